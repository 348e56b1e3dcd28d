"""Upstream's istioctl, run on manifests without a cluster."""

import json
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from localcloud.paths import BIN
from tests.validation.manifests import Manifest

ISTIOCTL = BIN / "upstream-istioctl"


@dataclass(frozen=True, order=True)
class Finding:
    """A message of ``istioctl analyze``: at what object, and its text."""

    level: str
    code: str
    origin: str
    message: str


def validate(manifests: Iterable[Manifest], folder: Path) -> str:
    """Return what ``istioctl validate`` has against the manifests; empty if nothing."""
    file = _written(manifests, folder)
    done = _run(["validate", "--filename", str(file)], folder)
    said = (done.stdout + done.stderr).strip()
    # A file with warnings ends well too; it is then not called valid.
    return "" if said == f'"{file}" is valid' else said


def analyze(manifests: Iterable[Manifest], folder: Path) -> set[Finding]:
    """Return what ``istioctl analyze`` finds in manifests that are one cluster's.

    What it cannot read is a finding, too: it says so beside its answer and goes on.
    """
    file = _written(manifests, folder)
    done = _run(["analyze", "--use-kube=false", "-A", "--output=json", str(file)], folder)
    assert done.returncode == 0, done.stderr
    # Warnings about what it could not read come before the answer.
    answer = re.search(r"^\[.*", done.stdout, re.MULTILINE | re.DOTALL)
    assert answer, done.stdout
    found = {
        Finding(
            level=item["level"], code=item["code"], origin=item["origin"], message=item["message"]
        )
        for item in json.loads(answer[0])
    }
    if "Error(s) adding files" in done.stderr:
        found.add(Finding(level="Error", code="unreadable", origin="", message=done.stderr))
    return found


def _written(manifests: Iterable[Manifest], folder: Path) -> Path:
    file = folder / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(manifests), encoding="utf-8")
    return file


def _run(arguments: list[str], home: Path) -> "subprocess.CompletedProcess[str]":
    assert ISTIOCTL.is_file(), "run `make test-all`, or `python -m localcloud tools --all-tests`"
    return subprocess.run(  # noqa: S603
        [str(ISTIOCTL), *arguments],
        env={"HOME": str(home), "PATH": os.defpath, "KUBECONFIG": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
