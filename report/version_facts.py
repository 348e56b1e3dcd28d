"""Facts on what is installed in clusters: Istio, its version, and the operator of both."""

import re
from collections.abc import Iterator
from typing import Any, Final

from components.naming import EXTENSIONS_CONFIG_MAP, ISTIOD_RELEASE
from report import masking
from report.facts import Fact, Pool, Rule, Weight, called, clusters, installed
from report.markdown import counted, plain
from report.places import Change, Places
from report.values import at


def version(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of another version of the mesh, and of its operator."""
    del places
    taken = pool.take(lambda change: bool(_versions(change)))
    for both in dict.fromkeys(_versions(change) for change in taken):
        some = [change for change in taken if _versions(change) == both]
        old, new = both or ("", "")
        count = counted(len({change.cluster for change in some}), "cluster")
        text = f"mesh version {plain(old)} → {plain(new)} in {count}: istiod, then CNI and ztunnel"
        back = _numbers(new) < _numbers(old)
        way = "go back in place" if back else "are upgraded in place"
        yield Fact(weight=Weight.TOUCHES, text=f"{text} {way}; long connections are reset")
        yield from _besides(some)


def extensions(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of what the operator adds to its values of istiod, which it restarts for it."""
    whole = {change.cluster for change in places.changes if _is_whole(change)}
    own = pool.take(
        lambda change: (
            change.cluster not in whole
            and change.op in _EXTENDED
            and (change.op != "update" or bool(change.telling))
            and _names_extensions(change)
        )
    )
    for op, verb in _EXTENDED.items():
        if some := [change for change in own if change.op == op]:
            text = f"{called(some[0])} {verb} in {clusters(some)}: the operator restarts istiod"
            yield Fact(weight=Weight.TOUCHES, text=text)


_CONTROLLER: Final = ":ServiceMeshController"
_EXTENDED: Final = {
    "create": "is added",
    "update": "changes",
    "replace": "is replaced",
    "delete": "is removed",
}


def _is_whole(change: Change) -> bool:
    """Whether what the operator would restart, or itself, is yet to be made, or goes."""
    own = change.component == "GlooOperator" and change.is_component
    return change.op in ("create", "delete") and (own or change.step.kind.endswith(_CONTROLLER))


def _names_extensions(change: Change) -> bool:
    named = (at(side, ("metadata", "name")) for side in (change.step.new, change.step.old))
    return change.component == "GlooOperator" and EXTENSIONS_CONFIG_MAP in named


def installations(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of what comes, goes or changes of Istio's installations and of their operators."""
    del places
    yield from installed(pool, ("IstioHelm", "ServiceMesh"), "Istio's installation")
    yield from installed(pool, ("GlooOperator",), "the Gloo operator")


_OF_A_VERSION: Final = ("version", "tag", "hub", "repositoryOpts")
"""Properties that another version of the mesh brings along."""


def _besides(upgraded: list[Change]) -> Iterator[Fact]:
    """Tell that more than the version changes in the same objects."""
    some = [
        change
        for change in upgraded
        if any(not set(found.path) & set(_OF_A_VERSION) for found in change.telling)
    ]
    if some:
        text = f"Istio's installation changes in more than its version in {clusters(some)}"
        yield Fact(weight=Weight.TOUCHES, text=text)


def _numbers(version: str) -> list[int]:
    """Return what sorts versions; a build of one is as new as that."""
    return [int(part) for part in re.findall(r"\d+", version.partition("-")[0])]


def _versions(change: Change) -> tuple[str, str] | None:
    """Return the old and the new version that one object of a cluster tells, if they differ."""
    step = change.step
    if step.op != "update":
        return None
    if step.kind.endswith(_CONTROLLER):
        paths: tuple[tuple[str, ...], ...] = (("spec", "version"),)
    elif step.kind.endswith(":Release") and at(step.new, ("name",)) == ISTIOD_RELEASE:
        paths = (("version",), ("values", "global", "tag"))
    else:
        return None
    for path in paths:
        old, new = at(step.old, path), at(step.new, path)
        if old != new and _is_text(old) and _is_text(new):
            return str(old), str(new)
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, masking.Mark)


RULES: Final[tuple[Rule, ...]] = (version, extensions, installations)
