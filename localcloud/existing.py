"""Tools that the user has already: used where their version fits, and always named."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.paths import LOCAL

Version = tuple[int, int, int]

PULUMI: Final[tuple[Version, Version]] = ((3, 200, 0), (4, 0, 0))
"""From the engine that localcloud builds up to the next major version, that one excluded."""
ASSETS: Final[Mapping[str, tuple[Version, Version]]] = {
    "etcd": ((3, 5, 0), (3, 7, 0)),
    "kube-apiserver": ((1, 35, 0), (1, 36, 0)),
}
"""kube-apiserver must not be older than its controllers, nor newer by more than three minors."""

_LANGUAGE_HOST: Final = ("pulumi-language-python", "pulumi-language-python-exec")
_BESIDE_IT: Final = ("pulumi-analyzer-policy-python",)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the user has.

    Attributes:
        files: executables to use, by name.
        notes: one line for every tool that was looked at: used, or why it is not.
    """

    files: Mapping[str, Path]
    notes: tuple[str, ...]


def find(user: Mapping[str, str] = os.environ) -> Found:
    """Return the tools of the user that fit."""
    files: dict[str, Path] = {}
    notes: list[str] = []
    for found in (_pulumi(user), _assets(user)):
        files |= found.files
        notes += found.notes
    return Found(files=files, notes=tuple(notes))


def _pulumi(user: Mapping[str, str]) -> Found:
    on_path = shutil.which("pulumi", path=user.get("PATH"))
    if on_path is None or Path(on_path).resolve().is_relative_to(LOCAL.resolve()):
        return Found(files={}, notes=())
    pulumi = Path(on_path)
    quiet = {"PULUMI_HOME": str(LOCAL / "pulumi"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    version = read_version([str(pulumi), "version"], dict(user) | quiet)
    if problem := misfit(version, PULUMI):
        return Found(files={}, notes=(f"pulumi: {pulumi} is not used: {problem}",))
    # The engine looks beside itself, links resolved, before it looks on the PATH.
    beside = pulumi.resolve().parent
    missing = [name for name in _LANGUAGE_HOST if not (beside / name).is_file()]
    if missing:
        note = f"pulumi: {pulumi} is not used: {', '.join(missing)} is not beside it"
        return Found(files={}, notes=(note,))
    files = {name: beside / name for name in _LANGUAGE_HOST + _BESIDE_IT}
    return Found(
        files={"pulumi": pulumi.resolve()} | {k: p for k, p in files.items() if p.is_file()},
        notes=(f"pulumi: yours is used, {pulumi} {_dotted(version)}",),
    )


def _assets(user: Mapping[str, str]) -> Found:
    folder = user.get("KUBEBUILDER_ASSETS")
    if not folder:
        return Found(files={}, notes=())
    files: dict[str, Path] = {}
    notes: list[str] = []
    for name, accepted in ASSETS.items():
        path = Path(folder).expanduser().absolute() / name
        version = read_version([str(path), "--version"], user) if path.is_file() else None
        problem = misfit(version, accepted) if path.is_file() else "no such file"
        if problem:
            notes.append(f"{name}: {path} (KUBEBUILDER_ASSETS) is not used: {problem}")
        else:
            files[name] = path
            notes.append(f"{name}: yours is used, {path} {_dotted(version)} (KUBEBUILDER_ASSETS)")
    return Found(files=files, notes=tuple(notes))


def read_version(argv: list[str], user: Mapping[str, str]) -> Version | None:
    """Return the first version that a program prints; None when it prints none."""
    try:
        done = subprocess.run(
            argv, env=dict(user), capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\bv?(\d+)\.(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def misfit(version: Version | None, accepted: tuple[Version, Version]) -> str:
    """Return why a version is not in a half-open range; empty when it is."""
    lowest, limit = accepted
    if version is None:
        return "it does not tell its version"
    if not lowest <= version < limit:
        return f"it is {_dotted(version)}, and >= {_dotted(lowest)}, < {_dotted(limit)} is needed"
    return ""


def _dotted(version: Version | None) -> str:
    return ".".join(str(number) for number in version or ())
