"""Facts on the mesh itself: members, root, certificates, networks and version."""

import re
from collections.abc import Iterator
from typing import Any, Final

from components.naming import ISTIOD_RELEASE, NETWORK_LABEL
from report import masking
from report.facts import Fact, Pool, Rule, Weight, clusters, installed
from report.label_facts import enrolled
from report.markdown import code, counted, listed, plain
from report.places import Change, Places
from report.values import at


def members(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of clusters that join and leave, and of a mesh that begins or ends."""
    coming, going = set(places.joins), set(places.leaves)
    moved = coming | going
    taken = pool.take(
        lambda change: change.cluster in moved or bool(moved & set(change.link or ()))
    )
    links = {op: sum(1 for c in taken if c.link and c.is_component and c.op == op) for op in _OPS}
    # What joins may be full of pods; a namespace of them is not asked again.
    pods = enrolled(change for change in taken if change.cluster in coming)
    if places.joins and not places.runs:
        pool.take(lambda change: change.op == "create")
        text = f"a new mesh of {counted(len(coming), 'cluster')}{_links(links['create'], 'with')}"
        weight = Weight.TOUCHES if pods else Weight.GROWS
        yield Fact(weight=weight, text=f"{text}: {pods or 'nothing of it runs yet'}")
        return
    if places.leaves and going == set(places.runs) and not coming:
        pool.take(lambda change: change.op == "delete")
        text = f"the whole mesh goes: {counted(len(going), 'cluster')}"
        yield Fact(weight=Weight.BREAKS, text=f"{text}{_links(links['delete'], 'and')}")
        return
    size = counted(len(places.runs), "cluster")
    if going:
        names, verb = listed([code(n) for n in places.leaves]), _verb(going, "leaves", "leave")
        along = _links(links["delete"], _verb(going, "and takes along", "and take along"))
        text = (
            f"{names} {verb} the mesh of {size}{along}: calls to {_verb(going, 'it', 'them')} end"
        )
        yield Fact(weight=Weight.BREAKS, text=text)
    if coming:
        names, verb = listed([code(n) for n in places.joins]), _verb(coming, "joins", "join")
        text = f"{names} {verb} the mesh of {size}{_links(links['create'], 'with')}"
        if pods:
            yield Fact(weight=Weight.TOUCHES, text=f"{text}; {pods}")
        else:
            yield Fact(weight=Weight.GROWS, text=text)


_OPS: Final = ("create", "delete")


def _links(count: int, word: str) -> str:
    return f" {word} {counted(count, 'link')}" if count else ""


def _verb(names: set[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many


def root(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of another root, and of other intermediates."""
    own = pool.take(
        lambda change: (
            change.component == "RootAuthority"
            and not change.is_component
            and bool(change.op != "update" or change.telling)
        )
    )
    if own or pool.left(_under_another_root):
        pool.take(lambda change: change.component in ("RootAuthority", "Trust") and _signs(change))
        count = counted(len(places.runs), "cluster")
        text = "the root certificate is replaced: every link breaks until istiod and ztunnel"
        yield Fact(weight=Weight.BREAKS, text=f"{text} have restarted in all {count}")
    if taken := pool.take(lambda change: change.component == "Trust" and _signs(change)):
        text = f"new intermediate certificates under the same root in {clusters(taken)}"
        yield Fact(weight=Weight.TOUCHES, text=f"{text}; istiod takes them up without a restart")
    if pool.take(lambda change: change.component == "RelayAuthority"):
        text = "the relay of the management plane gets other certificates: restart its agents"
        yield Fact(weight=Weight.TOUCHES, text=text)


def _under_another_root(change: Change) -> bool:
    """Whether an intermediate gets another issuer: of a root that was given nothing else shows."""
    paths = (found.path[:1] for found in change.differences)
    renewed = change.component == "Trust" and change.op in ("update", "replace")
    return renewed and ("caCertPem",) in paths


def _signs(change: Change) -> bool:
    return change.is_component or change.step.kind.startswith(("tls:", "kubernetes:core/v1:Secret"))


def network(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of a cluster that is given another network."""
    where = ("metadata", "labels", NETWORK_LABEL)
    del places
    taken = pool.take(
        lambda change: (
            change.component == "Trust" and any(found.path == where for found in change.telling)
        )
    )
    if taken:
        text = f"the network of {clusters(taken)} changes: links to it are down until istiod there"
        yield Fact(weight=Weight.BREAKS, text=f"{text} has restarted")


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
    if step.kind.endswith(":ServiceMeshController"):
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


RULES: Final[tuple[Rule, ...]] = (members, root, network, version)
