"""What must hold of every directed link, each with the sentence that says it does not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components import naming, readiness
from components.remote_links import RemoteLink
from components.topology import Link, Member
from verify.snapshot import Snapshot

TRUST_DOMAIN = "gateway.istio.io/trust-domain"


@dataclass(frozen=True)
class Result:
    """One link and everything that is wrong with it; nothing, if it is green."""

    link: Link
    problems: tuple[str, ...] = field(default=())
    note: str = ""
    """What keeps it from being made, if that is no fault of this stack's."""

    @property
    def name(self) -> str:
        """The link, or the cluster where there is only one."""
        source, target = self.link.source, self.link.target
        return source if source == target else f"{source} -> {target}"

    @property
    def green(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A link with the live facts of both of its ends."""

    source: Snapshot
    target: Snapshot
    peer: Mapping[str, Any]

    def label(self, key: str) -> str:
        """Return a label of the peer Gateway."""
        return str((self.peer["metadata"].get("labels") or {}).get(key, ""))

    @property
    def address(self) -> str:
        """The address that the peer Gateway points at."""
        addresses = self.peer["spec"].get("addresses") or [{}]
        return str(addresses[0].get("value", ""))


def differs(what: str, found: str, expected: str) -> str | None:
    """Return a sentence about a value that is not what it must be."""
    return None if found == expected else f"{what} is {found!r}, but must be {expected!r}"


def _connected(edge: Edge) -> str | None:
    verdict = readiness.link_verdict(edge.peer)
    return None if verdict.state == "ready" else verdict.reason


def _address(edge: Edge) -> str | None:
    return differs("the address", edge.address, edge.target.address)


def _loop(edge: Edge) -> str | None:
    own = edge.source.address
    return f"the address {own} is the cluster's own" if own and edge.address == own else None


def _trust_domain(edge: Edge) -> str | None:
    annotations = edge.peer["metadata"].get("annotations") or {}
    found = str(annotations.get(TRUST_DOMAIN, ""))
    return differs(f"annotation {TRUST_DOMAIN}", found, edge.target.trust_domain)


def _network(edge: Edge) -> str | None:
    return differs(
        f"label {naming.NETWORK_LABEL}", edge.label(naming.NETWORK_LABEL), edge.target.network
    )


def _remote_network(edge: Edge) -> str | None:
    where = f"the network of {naming.ISTIO_NAMESPACE} in {edge.target.member.name}"
    return differs(where, edge.target.network, edge.target.member.network)


def _roots(edge: Edge) -> str | None:
    if not edge.source.root or not edge.target.root:
        side = edge.source if not edge.source.root else edge.target
        return f"{side.member.name} publishes no root certificate"
    return None if edge.source.root == edge.target.root else "the two clusters' roots differ"


def _claims(peer: Mapping[str, Any], target: Member) -> bool:
    """Whether a peer Gateway says that it leads to a cluster."""
    labels = peer["metadata"].get("labels") or {}
    if labels.get(naming.NETWORK_LABEL) != target.network:
        return False
    return not target.flat or labels.get(naming.CLUSTER_LABEL) in (None, target.name)


def _single(edge: Edge) -> str | None:
    target = edge.target.member
    rivals = [p["metadata"]["name"] for p in edge.source.peers if _claims(p, target)]
    if len(rivals) <= 1:
        return None
    what = f"cluster {target.name!r}" if target.flat else f"network {target.network!r}"
    return f"{len(rivals)} peer Gateways claim {what}: {', '.join(sorted(rivals))}"


CHECKS: Final[tuple[Callable[[Edge], str | None], ...]] = (
    _connected,
    _address,
    _loop,
    _trust_domain,
    _network,
    _remote_network,
    _roots,
    _single,
)


def _foreign(snapshot: Snapshot, stack: str) -> str:
    """Return whose the mesh in a cluster is, if it is another stack's."""
    other = {what: m for what, m in snapshot.marked if not naming.is_marked_by(m, stack)}
    if not other:
        return ""
    return (
        f"{snapshot.member.name}: the mesh here is not this stack's:"
        f" {', '.join(other)} of stack {' and '.join(sorted(set(other.values())))}"
    )


def ends(stack: str, *snapshots: Snapshot) -> list[str]:
    """Return what is wrong with the clusters at the ends of a link."""
    problems = []
    for snapshot in snapshots:
        name = snapshot.member.name
        if snapshot.unreachable:
            problems.append(f"{name} does not answer: {snapshot.unreachable}")
            continue
        if foreign := _foreign(snapshot, stack):
            problems.append(foreign)
            continue
        if snapshot.mesh.state != "ready":
            problems.append(f"{name}: mesh: {snapshot.mesh.reason}")
        if snapshot.gateway.state != "ready":
            problems.append(f"{name}: east-west gateway: {snapshot.gateway.reason}")
    return problems


def check(link: Link, source: Snapshot, target: Snapshot, stack: str) -> Result:
    """Judge one directed link of a stack by the live facts of both of its ends."""
    problems = ends(stack, source, target)
    if problems:
        return Result(link, tuple(problems))
    name = target.member.peer
    peer = next((p for p in source.peers if p["metadata"]["name"] == name), None)
    if peer is None:
        missing = f"Gateway {naming.GATEWAY_NAMESPACE}/{name} does not exist in {link.source}"
        return Result(link, (missing,))
    edge = Edge(source=source, target=target, peer=peer)
    found = (test(edge) for test in CHECKS)
    return Result(link, tuple(problem for problem in found if problem))


def _unexpected(source: Snapshot, expected: Iterable[str], stack: str) -> list[Result]:
    """Return a red link for every peer Gateway of this stack that its topology does not have."""
    wanted = set(expected)
    results = []
    for peer in source.peers:
        meta = peer["metadata"]
        name, labels = meta["name"], meta.get("labels") or {}
        mark = (meta.get("annotations") or {}).get(naming.OWNER_ANNOTATION, "")
        if name in wanted or not mark or not naming.is_marked_by(mark, stack):
            continue
        target = labels.get(naming.CLUSTER_LABEL) or labels.get(naming.NETWORK_LABEL) or name
        problem = (
            f"Gateway {naming.GATEWAY_NAMESPACE}/{name} is in {source.member.name}, but the"
            " topology has no such link: pulumi up takes it away"
        )
        results.append(Result(Link(source.member.name, str(target)), (problem,)))
    return results


def check_all(
    links: Iterable[Link],
    snapshots: Mapping[str, Snapshot],
    stack: str,
    remote: Iterable[RemoteLink] = (),
) -> list[Result]:
    """Judge every link of a stack, each that should not be there, and each cluster without one.

    Args:
        links: those between clusters of the stack.
        snapshots: of its clusters, by name.
        stack: its name.
        remote: links out of the stack, which ``verify.remotes`` judges: they may be there.
    """
    wanted, out = list(links), list(remote)
    found = [check(link, snapshots[link.source], snapshots[link.target], stack) for link in wanted]
    for name, source in snapshots.items():
        peers = [snapshots[link.target].member.peer for link in wanted if link.source == name]
        peers += [link.target.peer for link in out if link.source == name]
        found += _unexpected(source, peers, stack)
    joined = {name for link in wanted for name in (link.source, link.target)}
    alone = [
        Result(Link(name, name), tuple(ends(stack, one)))
        for name, one in snapshots.items()
        if name not in joined
    ]
    return found + alone
