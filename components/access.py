"""How the program reaches the clusters, and what it found in them before it began."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pulumi

from components import ownership
from components.live import Kubeconfig, Reader
from components.ownership import Inventory, Key


@dataclass(frozen=True, kw_only=True)
class Way:
    """How one cluster can be reached before anything is registered."""

    kubeconfig: Kubeconfig = field(default_factory=dict)
    """Empty, if there is no way to it yet."""
    reader: Reader
    exists: bool = True
    """Whether there is such a cluster; the stack makes those that are missing."""
    made: Collection[str] = frozenset()
    """Names of the resources in the stack's state, where the cluster is missing: a run that ended
    before has made some of its parts, and other clusters have what it shares with them."""
    obstacle: str = ""
    """Why nobody can be asked what is in it, although it exists."""
    later: Callable[[pulumi.Output[Kubeconfig]], Reader] | None = None
    """Makes what reads a cluster of the stack's own making, for its gates: the cluster may be made,
    or made anew, in this run. None for those that are there: ``reader`` is good for the whole run.
    """


@dataclass(frozen=True, kw_only=True)
class Access(Way):
    """How the program reaches one cluster, and what it found there."""

    inventory: Inventory
    lost: Mapping[str, list[str]] = field(default_factory=dict)
    """Objects of others in namespaces that this run takes away, by namespace."""


async def _enter(name: str, owner: str, way: Way, planned: Iterable[Key]) -> Access:
    if way.exists and not way.obstacle:
        inventory = await ownership.take(name, owner, way.reader, planned)
    else:
        inventory = Inventory(cluster=name, owner=owner, unreachable=way.obstacle)
    return Access(**vars(way), inventory=inventory)


async def survey(
    owner: str, ways: Mapping[str, Way], planned: Mapping[str, Iterable[Key]]
) -> dict[str, Access]:
    """Take every cluster's inventory at once. One that does not exist yet holds nothing.

    Args:
        owner: the stack's mark.
        ways: how every cluster is reached, by its name.
        planned: the objects that the stack makes in it: only their kinds and namespaces are
            looked at.
    """
    found = await asyncio.gather(
        *(_enter(name, owner, way, planned[name]) for name, way in ways.items())
    )
    return {item.inventory.cluster: item for item in found}
