"""How the program reaches the clusters, and what it found in them before it began."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from components import ownership
from components.live import Reader
from components.ownership import Inventory, Key


@dataclass(frozen=True, kw_only=True)
class Access:
    """How the program reaches one cluster, and what it found there."""

    kubeconfig: Mapping[str, Any]
    reader: Reader
    inventory: Inventory


async def survey(
    owner: str,
    readers: Mapping[str, tuple[Mapping[str, Any], Reader]],
    planned: Mapping[str, Iterable[Key]],
) -> dict[str, Access]:
    """Take every cluster's inventory at once.

    Args:
        owner: the stack's mark.
        readers: kubeconfig and reader of every cluster, by its name.
        planned: the objects that the stack makes in it: only their kinds and namespaces are
            looked at.
    """
    inventories = await asyncio.gather(
        *(
            ownership.take(name, owner, reader, planned[name])
            for name, (_, reader) in readers.items()
        )
    )
    return {
        inventory.cluster: Access(
            kubeconfig=readers[inventory.cluster][0],
            reader=readers[inventory.cluster][1],
            inventory=inventory,
        )
        for inventory in inventories
    }
