"""The Go toolchain, run so that nothing is written outside the checkout."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from localcloud.paths import GO_BUILD, GO_MODULES, LOCAL

OLDEST: Final = (1, 21)
"""The first Go that fetches the toolchain which a go.mod asks for (go.dev/doc/toolchain)."""

_GET_GO: Final = "install Go 1.26 or newer (https://go.dev/dl) and run this again"
_OFFLINE: Final = re.compile(
    r"dial tcp|no such host|i/o timeout|connection refused|proxyconnect|handshake timeout"
    r"|network is unreachable|connection reset|module lookup disabled"
)
_TOO_OLD: Final = re.compile(r"requires go >= ([\d.]+) \(running go ([\d.]+)")


class ToolError(Exception):
    """A tool could not be had; the message is one line and says what to do."""


def environment(user: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of every Go command.

    HOME is ours because Go keeps telemetry counters there. The user's own ``go env -w`` settings
    are still read, for a company's proxy may be among them.
    """
    settings = Path(user.get("GOENV") or _config_home(user) / "go" / "env")
    ours = {
        "HOME": str(LOCAL / "home"),
        "XDG_CONFIG_HOME": str(LOCAL / "home" / ".config"),
        "GOENV": str(settings) if settings.is_file() else "off",
        "GOPATH": str(LOCAL / "go"),
        "GOMODCACHE": str(GO_MODULES),
        "GOCACHE": str(GO_BUILD),
        "GOTMPDIR": str(LOCAL / "go" / "tmp"),
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
        "GO111MODULE": "on",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }
    foreign = {"GOOS", "GOARCH", "GOBIN"}
    return {key: value for key, value in user.items() if key not in foreign} | ours


def _config_home(user: Mapping[str, str]) -> Path:
    home = Path(user.get("HOME") or "/nonexistent")
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(user.get("XDG_CONFIG_HOME") or home / ".config")


def executable(user: Mapping[str, str] = os.environ) -> str:
    """Return the path of ``go``.

    Raises:
        ToolError: there is none.
    """
    found = shutil.which("go", path=user.get("PATH"))
    if found is None:
        raise ToolError(f"localcloud builds its tools from source, and there is no Go: {_GET_GO}")
    return found


def version(user: Mapping[str, str] = os.environ) -> str:
    """Return the toolchain and platform, for example ``go1.26.8 linux/amd64``.

    Raises:
        ToolError: there is no Go, or one that is too old to fetch a newer one.
    """
    go = executable(user)
    asked = [go, "env", "GOVERSION", "GOOS", "GOARCH"]
    env = environment(user) | {"GOTOOLCHAIN": "local"}
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=False)
    number = re.match(r"go(\d+)\.(\d+)", done.stdout)
    if done.returncode or number is None:
        raise ToolError(f"{go} does not work ({done.stderr.strip()}): {_GET_GO}")
    if (int(number[1]), int(number[2])) < OLDEST:
        raise ToolError(f"{go} is {done.stdout.split()[0]}, which is too old: {_GET_GO}")
    name, system, machine = done.stdout.split()
    return f"{name} {system}/{machine}"


def run(arguments: Sequence[str], folder: Path, log: Path) -> None:
    """Run ``go`` in a module; its output goes to ``log``.

    Raises:
        ToolError: it failed; the message names the fix, or has the end of the output.
    """
    env = environment()
    for key in ("GOTMPDIR", "GOMODCACHE", "GOCACHE", "HOME"):
        Path(env[key]).mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [executable(), *arguments], cwd=folder, env=env, stdout=output, stderr=output,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    if done.returncode:
        raise ToolError(explain(folder.name, log.read_text("utf-8", "replace"), log))


def explain(name: str, output: str, log: Path) -> str:
    """Return what went wrong in one line with its fix; else the end of the output."""
    if old := _TOO_OLD.search(output):
        return f"tools/{name} needs Go {old[1]} and this is {old[2]}: {_GET_GO}"
    if "no space left on device" in output:
        return f"tools/{name}: the disk is full; a first build needs about 9 GiB in {LOCAL}"
    if "SECURITY ERROR" in output or "checksum mismatch" in output:
        return f"tools/{name}: a download is not what go.sum says; nothing was built (see {log})"
    if _OFFLINE.search(output):
        proxy = os.environ.get("GOPROXY", "https://proxy.golang.org")
        return (
            f"tools/{name}: Go's module proxy ({proxy}) cannot be reached: check the network or "
            "set GOPROXY, and run this again; what is built already is kept"
        )
    last = "\n".join(output.splitlines()[-12:])
    return f"tools/{name} could not be built ({log}):\n{last}"
