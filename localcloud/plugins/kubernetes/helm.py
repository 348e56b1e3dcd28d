"""The helm binary: run with nothing secret in its arguments and nothing of the user's settings."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.plugins.provider import ProviderError

_POLL_SECONDS: Final = 0.2
_PREFIX: Final = re.compile(r"^Error: (?:(?:INSTALLATION|UPGRADE) FAILED: )?")


class HelmError(ProviderError):
    """Helm refused or failed; the text is helm's reason without its prefixes."""

    @property
    def not_found(self) -> bool:
        """Tell whether there is no such release."""
        return "release: not found" in str(self)


def binary() -> str:
    """Return helm's path: LOCALCLOUD_HELM, else ``helm`` on PATH."""
    named = os.environ.get("LOCALCLOUD_HELM")
    found = shutil.which(named or "helm")
    if found is None:
        where = f"LOCALCLOUD_HELM={named} is no executable" if named else "helm is not on PATH"
        raise ProviderError(f"helm.sh/v3:Release needs helm, but {where}")
    return found


def home() -> Path:
    """Return the folder for helm's caches and short-lived files, beside the plugins."""
    base = os.environ.get("PULUMI_HOME") or tempfile.gettempdir()
    return Path(base) / "helm"


class Helm:
    """Runs helm against one cluster.

    Args:
        kubeconfig: the kubeconfig's content; empty for what needs no cluster.
        context: the context in it; empty means the current one.
        cancelled: set when helm must stop.
    """

    def __init__(self, *, kubeconfig: str, context: str, cancelled: threading.Event) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._cancelled = cancelled

    def run(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> str:
        """Return what helm writes to stdout.

        When the engine cancels, helm is told to stop and records the release as failed.

        Raises:
            HelmError: it failed.
        """
        base = home()
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="run-", dir=base) as directory:
            config = Path(directory) / "kubeconfig"
            config.touch(mode=0o600)
            config.write_text(self._kubeconfig, encoding="utf-8")
            env = _environment(base, config) | dict(environment or {})
            context = ("--kube-context", self._context) if self._context else ()
            return self._wait([binary(), *arguments, *context], env, stdin)

    def _wait(self, argv: list[str], env: dict[str, str], stdin: str) -> str:
        process = subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        told = False
        given: str | None = stdin
        while True:
            try:
                output, said = process.communicate(given, timeout=_POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                given = None
                if self._cancelled.is_set() and not told:
                    process.terminate()
                    told = True
        if process.returncode:
            raise HelmError(reason(said))
        return output


def reason(said: str) -> str:
    """Return helm's error out of its stderr, without warnings and prefixes."""
    lines = said.strip().splitlines()
    first = next((i for i, line in enumerate(lines) if line.startswith("Error: ")), None)
    text = "\n".join(lines if first is None else lines[first:])
    return _PREFIX.sub("", text).strip() or "helm failed without saying why"


def _environment(base: Path, config: Path) -> dict[str, str]:
    kept: dict[str, Any] = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("HELM_") and key != "KUBECONFIG"
    }
    driver = os.environ.get("PULUMI_K8S_HELM_DRIVER")  # the real plugin's variable
    return {
        **kept,
        "KUBECONFIG": str(config),
        "HELM_CACHE_HOME": str(base / "cache"),
        "HELM_CONFIG_HOME": str(base / "config"),
        "HELM_DATA_HOME": str(base / "data"),
        **({"HELM_DRIVER": driver} if driver else {}),
    }
