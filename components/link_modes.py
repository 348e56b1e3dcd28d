"""Keeps the two modes of links apart: a Gateway is the graph's or istioctl's, never both.

A Gateway that the graph makes carries the stack's mark. One that istioctl makes carries none, and
istioctl among its field managers. Either is refused before anything is touched where the other mode
would write to it; the way from one mode to the other leads through the Gateway's deletion.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from components import topology
from components.access import Access
from components.naming import EAST_WEST_GATEWAY, GATEWAY_NAMESPACE, OWNER_ANNOTATION
from components.ownership import ISTIOCTL, SWITCH, Inventory, Key, managers
from components.settings import Settings

MODES: Final = "one mode for a Gateway"


def gateways(settings: Settings, site: str) -> set[Key]:
    """Return the Gateways of one cluster that links are made of."""
    names = [EAST_WEST_GATEWAY, *(target.peer for target in topology.targets(settings, site))]
    return {("Gateway", GATEWAY_NAMESPACE, name) for name in names}


def by_istioctl(settings: Settings, site: str) -> set[Key]:
    """Return those that istioctl makes: they are in the stack's state as commands."""
    return gateways(settings, site) if settings.links.mode == "istioctl" else set()


def _problem(inventory: Inventory, key: Key, meta: Mapping[str, Any]) -> str:
    what = f"{inventory.cluster}: Gateway {key[1]}/{key[2]} exists"
    if inventory.owns(key):
        return (
            f"{what} and was made with links.mode: declarative; allowed: {MODES};"
            f" fix: set links.mode back, {SWITCH}, and set links.mode: istioctl again"
        )
    if holder := (meta.get("annotations") or {}).get(OWNER_ANNOTATION):
        return (
            f"{what} and belongs to stack {holder}; allowed: names that are free;"
            " fix: name another cluster, or delete it"
        )
    if ISTIOCTL not in managers(meta):
        return f"{what} and was not made by istioctl; allowed: names that are free; fix: delete it"
    return ""


def conflicts(inventory: Inventory, keys: Iterable[Key]) -> list[str]:
    """Return a line for every Gateway that istioctl would write to and must not."""
    present = [key for key in sorted(keys) if key in inventory.found]
    found = [_problem(inventory, key, inventory.found[key]) for key in present]
    return [line for line in found if line]


async def check_modes(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Refuse to write with istioctl to a Gateway that it did not make."""
    return [
        line
        for name, found in access.items()
        if name in settings.names
        for line in conflicts(found.inventory, by_istioctl(settings, name))
    ]
