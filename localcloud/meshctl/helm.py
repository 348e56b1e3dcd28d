"""Helm releases in the cluster of a context, by the stand-in charts."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from components.cli_run import private_file
from localcloud.istioctl.clusters import CommandError, content
from localcloud.istioctl.flags import Call
from localcloud.paths import CHECKOUT

CHARTS: Final = CHECKOUT / "localcloud" / "charts" / "gloo-platform"
NAMES: Final = ("gloo-platform-crds", "gloo-platform")
"""Charts and releases, in the order in which they are installed."""


def _run(call: Call, context: str, *arguments: str) -> None:
    helm = shutil.which("helm")
    if helm is None:
        raise CommandError("helm is not on PATH; meshctl has its own")
    with private_file(json.dumps(content(call))) as (path, descriptors):
        where = ["--kubeconfig", path, "--kube-context", context, "--namespace", "gloo-mesh"]
        done = subprocess.run(
            [helm, *arguments, *where],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            pass_fds=descriptors,
        )
    if done.returncode:
        raise CommandError(done.stderr.strip() or f"helm ended with {done.returncode}")


def install(call: Call, context: str, chart: str, values: Mapping[str, Any]) -> None:
    """Install or upgrade a release.

    Raises:
        CommandError: helm refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "values.json"  # JSON is YAML
        file.write_text(json.dumps(values), encoding="utf-8")
        _run(call, context, "upgrade", "--install", chart, str(CHARTS / chart), "-f", str(file))


def uninstall(call: Call, context: str, chart: str) -> None:
    """Remove a release; one that is not there is fine.

    Raises:
        CommandError: helm refuses.
    """
    _run(call, context, "uninstall", chart, "--ignore-not-found", "--wait")
