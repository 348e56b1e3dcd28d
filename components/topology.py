"""Which directed links join the clusters of a stack. Never imports Pulumi.

A link is a peer Gateway. Peering is not transitive: istiod tells a peer of its own cluster's
services only, so that a cluster reaches those that it has a link to, and no others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from typing import Final

from components.models import EdgeSettings, Settings, TopologySettings
from components.naming import peer_gateway


@dataclass(frozen=True, kw_only=True)
class Member:
    """One cluster of the mesh as its peers see it."""

    name: str
    network: str
    trust_domain: str
    flat: bool = False
    """Whether another cluster has the same network: pods of both reach one another directly."""

    @property
    def peer(self) -> str:
        """The name of the peer Gateways that point at it.

        A network names its only cluster, as ``istioctl multicluster link`` does. Clusters that
        share one are told apart by their own names, as istiod does where it writes the Gateway
        itself (docs/decisions/0008-topology.md).
        """
        return peer_gateway(self.name if self.flat else self.network)


@dataclass(frozen=True, order=True)
class Link:
    """A directed link: ``source`` holds a peer Gateway that points at ``target``."""

    source: str
    target: str


def networks(settings: Settings) -> dict[str, list[str]]:
    """Return the clusters of every network. More than one: their pods reach one another."""
    found: dict[str, list[str]] = {}
    for cluster in settings.clusters:
        found.setdefault(cluster.network, []).append(cluster.name)
    return found


def members(settings: Settings) -> tuple[Member, ...]:
    """Return the clusters as their peers see them, in the order of the stack file."""
    found = networks(settings)
    return tuple(
        Member(
            name=cluster.name,
            network=cluster.network,
            trust_domain=cluster.trust_domain,
            flat=len(found[cluster.network]) > 1,
        )
        for cluster in settings.clusters
    )


Edges = Iterator[tuple[str, str]]


def _full_mesh(names: Sequence[str], found: TopologySettings) -> Edges:
    del found
    return permutations(names, 2)


def _hub_and_spokes(names: Sequence[str], found: TopologySettings) -> Edges:
    for hub, name in product(found.hubs or (), names):
        yield from ((hub, name), (name, hub))


def _ring(names: Sequence[str], found: TopologySettings) -> Edges:
    """Join neighbours by name: the order of a list must not decide which links there are."""
    del found
    around = sorted(names)
    for a, b in pairwise([*around, *around[:1]]):
        yield from ((a, b), (b, a))


def _groups(names: Sequence[str], found: TopologySettings) -> Edges:
    del names
    groups = found.groups or ()
    for group in groups:
        yield from permutations(group.clusters, 2)
    for one, other in permutations(groups, 2):
        yield from product(one.hubs or (), other.hubs or ())


def _none(names: Sequence[str], found: TopologySettings) -> Edges:
    del names, found
    return iter(())


SHAPES: Final[Mapping[str, Callable[[Sequence[str], TopologySettings], Edges]]] = {
    "full-mesh": _full_mesh,
    "hub-and-spokes": _hub_and_spokes,
    "ring": _ring,
    "groups": _groups,
    "none": _none,
}
"""What joins clusters by ``topology.shape``. A link may be yielded twice, and to itself."""


def edges(edge: EdgeSettings) -> Edges:
    """Yield the directed links of an entry of ``topology.links``, as it says them."""
    if edge.source is not None and edge.to is not None:
        yield edge.source, edge.to
    yield from permutations(edge.between or (), 2)


def _pairs(settings: Settings) -> set[tuple[str, str]]:
    names, found = settings.names, settings.topology
    pairs = set(SHAPES[found.shape](names, found))
    pairs.update(pair for edge in found.links for pair in edges(edge))
    known = set(names)
    return {(a, b) for a, b in pairs if a != b and a in known and b in known}


def links(settings: Settings) -> tuple[Link, ...]:
    """Return the links of a stack, each once, sorted.

    Names that are no cluster's have none: what is wrong with them ``topology_rules`` tells.
    """
    return tuple(sorted(Link(a, b) for a, b in _pairs(settings)))


def targets(settings: Settings, name: str) -> tuple[Member, ...]:
    """Return the clusters that a cluster has a link to, sorted by name."""
    reached = {b for a, b in _pairs(settings) if a == name}
    found = (member for member in members(settings) if member.name in reached)
    return tuple(sorted(found, key=lambda member: member.name))
