"""Packages that tests need are installed, or named with the command."""

import os
import subprocess
from typing import Any

import pytest

from localcloud import packages
from localcloud.golang import ToolError


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    made: list[list[str]] = []

    def run(arguments: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        made.append(arguments)
        return subprocess.CompletedProcess(arguments, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(packages, "WANTED", {"/nowhere/no-such-program": "some-package"})
    return made


def test_what_is_there_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, runs: list[list[str]]
) -> None:
    monkeypatch.setattr(packages, "WANTED", {"/bin/sh": "dash"})

    packages.ensure(print)

    assert runs == []


def test_root_installs_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, runs: list[list[str]]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: name if name == "apt-get" else None)

    packages.ensure(print)

    assert runs[-1] == ["apt-get", "install", "-y", "--no-install-recommends", "some-package"]


def test_anybody_else_is_told_the_command(
    monkeypatch: pytest.MonkeyPatch, runs: list[list[str]]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(ToolError, match=r"tests need some-package: .*apt-get install"):
        packages.ensure(print)

    assert runs == []
