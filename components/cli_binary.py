"""Which istioctl or meshctl runs: the pinned version, from a path, PATH or this checkout.

Standard library only: the program asks before it registers anything, and the runner that the
command plugin starts asks once more before each call, on a machine that may be another one.
"""

import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

CHECKOUT: Final = Path(__file__).resolve().parent.parent
DOWNLOADS: Final = CHECKOUT / ".bin"
"""Where downloaded tools are; ignored by git."""

VERSION_SECONDS: Final = 60
"""Longest that a tool may take to say its version: a cold disk and a slow machine included."""

OPERATING_SYSTEMS: Final = {
    "istioctl": {"Linux": "linux", "Darwin": "osx", "Windows": "win"},
    "meshctl": {"Linux": "linux", "Darwin": "darwin", "Windows": "windows"},
}
"""What the tools' files call an operating system, by ``platform.system()``."""
ARCHITECTURES: Final = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
"""What the tools' files call a processor, by ``platform.machine()``."""

Name = Literal["istioctl", "meshctl"]


class Unusable(Exception):  # noqa: N818 a state of the machine, told to the user as such
    """The tool cannot be used; the message says what was found, what is allowed and the fix."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A command-line tool in one version, and where it may come from."""

    name: Name
    version: str
    """As the tool itself says it; for istioctl it ends with ``-solo``."""
    path: str | None = None
    """An executable that the configuration names; then no other is looked for."""
    download: bool = False
    """Whether it is downloaded to ``DOWNLOADS``; then PATH has no say."""
    checksums: tuple[tuple[str, str], ...] = ()
    """SHA-256 in hex of files to download, by their name."""

    @property
    def downloaded(self) -> Path:
        """Where it is put by a download."""
        return DOWNLOADS / f"{self.name}-{self.version}"


def machine(tool: Name) -> tuple[str, str]:
    """Return operating system and processor of this machine as the tool's files are named.

    Raises:
        Unusable: there is no file for this machine.
    """
    system, processor = platform.system(), platform.machine()
    try:
        return OPERATING_SYSTEMS[tool][system], ARCHITECTURES[processor]
    except KeyError:
        raise Unusable(
            f"cli.download: found {system} on {processor}; allowed:"
            f" {', '.join(OPERATING_SYSTEMS[tool])} on {', '.join(ARCHITECTURES)};"
            f" fix: build {tool} and name it in cli.{tool}"
        ) from None


def locate(tool: Tool) -> str | None:
    """Return the executable to use: at the configured path, downloaded, or on PATH; None: none."""
    if tool.path:
        return str(Path(tool.path).expanduser())
    if tool.download:
        return str(tool.downloaded) if tool.downloaded.exists() else None
    return shutil.which(tool.name)


def _version(tool: Tool, said: str) -> str:
    content: Any = json.loads(said)
    if tool.name == "istioctl":
        return str(content["clientVersion"]["version"])
    return str(content["client"]["version"])


def _ask(tool: Tool, executable: str) -> str:
    """Return the version that an executable says it is, in its own words where they are odd."""
    flags = ["--remote=false", "--output=json"] if tool.name == "istioctl" else []
    # Without a kubeconfig, or meshctl would go and ask the servers, too.
    env = {**os.environ, "KUBECONFIG": os.devnull}
    done = subprocess.run(  # noqa: S603 the user's own tool, no shell
        [executable, "version", *flags],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=VERSION_SECONDS,
    )
    try:
        return _version(tool, done.stdout)
    except (ValueError, KeyError, TypeError):
        first = next(iter((done.stdout or done.stderr).splitlines()), "nothing")
        return f"{first[:80]!r} (exit code {done.returncode})"


def check(tool: Tool) -> str:
    """Return the executable to use.

    Raises:
        Unusable: there is none, it cannot be run, or it is another version.
    """
    where = f"cli.{tool.name}"
    allowed = f"allowed: {tool.name} {tool.version}"
    executable = locate(tool)
    if executable is None:
        raise Unusable(
            f"{where}: found no {tool.name} on PATH; {allowed}; fix: put it on PATH, name its path"
            f" in {where}, or set cli.download: true"
        )
    try:
        found = _ask(tool, executable)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise Unusable(
            f"{where}: found {executable} ({why}); {allowed}; fix: name an executable"
        ) from None
    if found.removeprefix("v") != tool.version:
        raise Unusable(
            f"{where}: found version {found} at {executable}; {allowed}, which belongs to"
            f" {'meshVersion' if tool.name == 'istioctl' else 'management.version'};"
            f" fix: install that one, or name its path in {where}"
        )
    return executable
