"""Facts on the mesh itself: members, root, certificates, version, gateways and links."""

from collections.abc import Iterator
from typing import Any, Final

from components.naming import ISTIOD_RELEASE, NETWORK_LABEL
from report import masking
from report.facts import Fact, Pool, Rule, Weight, clusters
from report.markdown import code, counted, listed, plain
from report.places import Change, Link, Places
from report.values import at


def link_name(link: Link) -> str:
    """Return a link as it is shown."""
    return f"{code(link.source)} → {code(link.target)}"


def members(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of clusters that join and leave, and of a mesh that begins or ends."""
    coming, going = set(places.joins), set(places.leaves)
    moved = coming | going
    taken = pool.take(
        lambda change: change.cluster in moved or bool(moved & set(change.link or ()))
    )
    links = {op: sum(1 for c in taken if c.link and c.is_component and c.op == op) for op in _OPS}
    if places.joins and not places.runs:
        pool.take(lambda change: change.op == "create")
        text = f"a new mesh of {counted(len(coming), 'cluster')}{_links(links['create'], 'with')}"
        yield Fact(weight=Weight.GROWS, text=f"{text}: nothing of it runs yet")
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
        yield Fact(weight=Weight.GROWS, text=text)


_OPS: Final = ("create", "delete")


def _links(count: int, word: str) -> str:
    return f" {word} {counted(count, 'link')}" if count else ""


def _verb(names: set[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many


def root(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of another root, and of other intermediates."""
    if pool.take(lambda change: change.component == "RootAuthority" and not change.is_component):
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
        yield Fact(
            weight=Weight.TOUCHES, text=f"{text} are upgraded in place; long connections are reset"
        )
    if taken := pool.take(lambda change: change.component in ("IstioHelm", "ServiceMesh")):
        yield from _installed(taken, "Istio's installation")
    if taken := pool.take(lambda change: change.component == "GlooOperator"):
        yield from _installed(taken, "the Gloo operator")


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


def _installed(taken: list[Change], what: str, made: str = "installed") -> Iterator[Fact]:
    verbs = {
        "create": (Weight.GROWS, f"is {made}"),
        "update": (Weight.TOUCHES, "changes in place"),
        "replace": (Weight.BREAKS, "is replaced"),
        "delete": (Weight.BREAKS, "is removed"),
    }
    for op, (weight, verb) in verbs.items():
        some = [
            change for change in taken if change.op == op and (change.telling or op != "update")
        ]
        if some:
            yield Fact(weight=weight, text=f"{what} {verb} in {clusters(some)}")


def gateways(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of east-west gateways, at which all links to a cluster end."""
    del places
    taken = pool.take(lambda change: change.component == "EastWestGateway")
    lost = [change for change in taken if change.op in ("delete", "replace")]
    if lost:
        text = f"the east-west gateway of {clusters(lost)} is taken away or replaced"
        yield Fact(weight=Weight.BREAKS, text=f"{text}: links to it are down, its address moves")
    others = [change for change in taken if change not in lost]
    yield from _installed(others, "the east-west gateway", "made")


def links(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of links between clusters that stay."""
    del places
    taken = pool.take(lambda change: change.component == "Peering")
    pairs = {
        op: list(dict.fromkeys(c.link for c in taken if c.link and c.op == op))
        for op in ("delete", "replace", "create")
    }
    if some := pairs["delete"]:
        text = f"{counted(len(some), 'link is', 'links are')} removed: calls over"
        yield Fact(weight=Weight.BREAKS, text=f"{text} {'it' if len(some) == 1 else 'them'} end")
    if some := pairs["replace"]:
        text = f"{counted(len(some), 'link is', 'links are')} replaced: down meanwhile"
        yield Fact(weight=Weight.BREAKS, text=text)
    if some := pairs["create"]:
        text = f"{counted(len(some), 'link is', 'links are')} added"
        yield Fact(weight=Weight.GROWS, text=text)
    changed = [change for change in taken if change.op == "update" and change.telling]
    moved = [c for c in changed if all(d.path[:2] == ("spec", "addresses") for d in c.telling)]
    if moved:
        text = f"{counted(len(moved), 'link follows', 'links follow')} another address"
        yield Fact(weight=Weight.TOUCHES, text=text)
    if others := [change for change in changed if change not in moved]:
        text = f"{counted(len(others), 'link changes', 'links change')} in place"
        yield Fact(weight=Weight.TOUCHES, text=text)


RULES: Final[tuple[Rule, ...]] = (members, root, network, version, gateways, links)
