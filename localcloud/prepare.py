"""Writes everything that a world's processes read: ports, certificates, kubeconfigs, Stages."""

import re
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud import kwok
from localcloud.plane import write_kubeconfig
from localcloud.spec import Spec, all_free, free_ports, indexes, read_spec, write_spec
from localcloud.watch import WorldError

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


_API: Final = "kube-apiserver"


class PortTaken(WorldError):  # noqa: N818 a state of the machine, told to the user as such
    """Somebody else has the port of an API server that must be found where it was."""

    def __init__(self, plane: str, port: int) -> None:
        super().__init__(
            f"control plane {plane} is reached at 127.0.0.1:{port}, as the state of a stack has it,"
            " and another process has taken that port; fix: end that process, and run this again"
        )


def check_names(names: Sequence[str]) -> str:
    """Return what is wrong with names of planes; empty when nothing is."""
    if len(set(names)) < len(names):
        return f"planes must have different names: {', '.join(names)}"
    wrong = [name for name in names if not _DNS_LABEL.fullmatch(name)]
    return f"not a DNS label (a-z, 0-9, -): {', '.join(wrong)}" if wrong else ""


def prepare(
    directory: Path,
    names: Sequence[str],
    *,
    binaries: Path,
    owner: Mapping[str, Any],
    scenario: Path | None,
    fresh_ports: bool,
    lasting: Collection[str] = (),
) -> Spec:
    """Write a world's files and return its spec. What a plane had before, it keeps.

    Args:
        directory: of the world.
        names: of its planes.
        binaries: folder with the programs that planes run.
        owner: identity of the process that the world ends with; empty for none.
        scenario: file to take as the world's scenario; None leaves the one that is there.
        fresh_ports: whether the ports of last time are given up.
        lasting: planes whose API servers keep their ports also then.

    Raises:
        PortTaken: somebody else has a port that must be kept.
    """
    try:
        before = read_spec(directory)
    except OSError:
        before = Spec(ports={}, indexes={}, binaries="")
    known = before.parked | before.ports
    spec = Spec(
        ports=_ports(names, {} if fresh_ports else known, _addresses(known, lasting)),
        parked={name: ports for name, ports in known.items() if name not in names},
        indexes=indexes(names, before.indexes),
        binaries=str(binaries),
        owner=dict(owner),
    )
    target = directory / "scenario.yaml"
    write_spec(directory, spec)
    if scenario is not None and scenario != target:
        target.write_text(scenario.read_text(encoding="utf-8"), encoding="utf-8")
    _write(directory, spec, names)
    return spec


def plays(directory: Path, scenario: Path | None) -> bool:
    """Whether a world plays a scenario; None is whichever it plays.

    It must start anew for another: delays of pods are read when a plane starts.
    """
    target = directory / "scenario.yaml"
    if scenario is None:
        return True
    return target.exists() and target.read_bytes() == scenario.read_bytes()


def enter(directory: Path, names: Sequence[str], lasting: Collection[str] = ()) -> Spec:
    """Take more planes into the spec of a running world; what they had before, they keep.

    Raises:
        PortTaken: somebody else has the port of an API server that is among the lasting ones.
    """
    spec = read_spec(directory)
    spec.ports |= _ports(names, spec.parked, _addresses(spec.parked, lasting))
    spec.parked = {name: ports for name, ports in spec.parked.items() if name not in names}
    spec.indexes = indexes(names, spec.indexes)
    write_spec(directory, spec)
    _write(directory, spec, names)
    return spec


def leave(directory: Path, name: str) -> None:
    """Take a plane out of those that run. Its folder stays, and so do its ports and its index."""
    spec = read_spec(directory)
    if ports := spec.ports.pop(name, None):
        spec.parked[name] = ports
    write_spec(directory, spec)
    _merge(directory, spec)


def forget(directory: Path, name: str) -> bool:
    """Delete the folder of a plane that has left, free its ports and index; False: it had none.

    The index is free only when nothing is left that has addresses of its networks.
    """
    folder, away = directory / "planes" / name, directory / "removed"
    had = folder.exists()
    if had:
        # In one step: of a plane that is half deleted, nobody may take up the other half.
        away.mkdir(exist_ok=True)
        folder.rename(away / f"{name}-{time.monotonic_ns()}")
    shutil.rmtree(away, ignore_errors=True)
    spec = read_spec(directory)
    spec.indexes.pop(name, None)
    spec.parked.pop(name, None)
    write_spec(directory, spec)
    return had


def _write(directory: Path, spec: Spec, names: Sequence[str]) -> None:
    """Write what the processes of these planes read, and the kubeconfig of the whole world."""
    stages = yaml.safe_dump_all(kwok.kwok_stages(_pod_delays(directory / "scenario.yaml")))
    for plane in spec.planes(directory):
        if plane.name in names:
            plane.prepare()
            (plane.folder / "stages.yaml").write_text(stages, encoding="utf-8")
    _merge(directory, spec)


def _merge(directory: Path, spec: Spec) -> None:
    merged: dict[str, list[Any]] = {"clusters": [], "users": [], "contexts": []}
    planes = spec.planes(directory)
    for plane in planes:
        for key, entries in plane.entries("admin", "system:masters").items():
            merged[key] += entries
    current = planes[0].context if planes else ""
    write_kubeconfig(directory / "kubeconfig", merged, current)


def _addresses(known: Mapping[str, dict[str, int]], lasting: Collection[str]) -> dict[str, int]:
    return {name: known[name][_API] for name in lasting if name in known}


def _ports(
    names: Sequence[str], before: Mapping[str, dict[str, int]], addresses: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    # A kubeconfig that stays the same is a provider that Pulumi need not update.
    kept = {name: before[name] for name in names if name in before}
    kept = {name: ports for name, ports in kept.items() if all_free({name: ports})}
    fresh = free_ports([name for name in names if name not in kept])
    found = {name: kept.get(name) or fresh[name] for name in names}
    for name, port in addresses.items():
        if name in found and found[name][_API] != port:
            if not all_free({name: {_API: port}}):
                raise PortTaken(name, port)
            found[name][_API] = port
    return found


def _pod_delays(scenario: Path) -> Mapping[str, float]:
    if not scenario.exists():
        return {}
    from localcloud.scenario import load  # noqa: PLC0415 only a scenario needs its schema

    return load(scenario).pod_delays()
