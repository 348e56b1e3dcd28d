"""Writes everything that a world's processes read: ports, certificates, kubeconfigs, Stages."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud import kwok
from localcloud.plane import write_kubeconfig
from localcloud.spec import Spec, all_free, free_ports, indexes, read_spec, write_spec

_DNS_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_names(names: Sequence[str]) -> str:
    """Return what is wrong with names of planes; empty when nothing is."""
    if not names:
        return "a world has one plane at least"
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
) -> Spec:
    """Write a world's files and return its spec. What a plane had before, it keeps.

    Args:
        directory: of the world.
        names: of its planes.
        binaries: folder with the programs that planes run.
        owner: identity of the process that the world ends with; empty for none.
        scenario: file to take as the world's scenario; None leaves the one that is there.
        fresh_ports: whether the ports of last time are given up.
    """
    try:
        before = read_spec(directory)
    except OSError:
        before = Spec(ports={}, indexes={}, binaries="")
    spec = Spec(
        ports=_ports(names, {} if fresh_ports else before.ports),
        indexes=indexes(names, before.indexes),
        binaries=str(binaries),
        owner=dict(owner),
    )
    write_spec(directory, spec)
    target = directory / "scenario.yaml"
    if scenario is not None and scenario != target:
        target.write_text(scenario.read_text(encoding="utf-8"), encoding="utf-8")
    stages = yaml.safe_dump_all(kwok.kwok_stages(_pod_delays(target)))
    merged: dict[str, list[Any]] = {"clusters": [], "users": [], "contexts": []}
    for plane in spec.planes(directory):
        plane.prepare()
        (plane.folder / "stages.yaml").write_text(stages, encoding="utf-8")
        for key, entries in plane.entries("admin", "system:masters").items():
            merged[key] += entries
    write_kubeconfig(directory / "kubeconfig", merged, f"local-{names[0]}")
    return spec


def _ports(names: Sequence[str], before: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    # A kubeconfig that stays the same is a provider that Pulumi need not update.
    kept = {name: before[name] for name in names if name in before}
    fresh = free_ports([name for name in names if name not in kept])
    ports = {name: kept.get(name) or fresh[name] for name in names}
    return ports if all_free(ports) else free_ports(names)


def _pod_delays(scenario: Path) -> Mapping[str, float]:
    if not scenario.exists():
        return {}
    from localcloud.scenario import load  # noqa: PLC0415 only a scenario needs its schema

    return load(scenario).pod_delays()
