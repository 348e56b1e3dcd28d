"""Refuses to move a running mesh from one way of installation to the other."""

import asyncio
from collections.abc import Mapping
from typing import Final

from components.access import Access
from components.live import Unreachable
from components.naming import ISTIO_NAMESPACE, ISTIOD_RELEASE
from components.ownership import collection
from components.settings import Settings

GONE: Final = ("uninstalled", "superseded")
"""Values of Helm's label ``status`` on records of what no longer runs."""


async def switched(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Return a line for every cluster whose mesh came the other way.

    Both istiods would serve the same Gateways meanwhile, and each takes the other's objects away
    when it goes.
    """
    look = _controllers if settings.mesh.install == "helm" else _releases
    found = await asyncio.gather(
        *(look(name, cluster) for name, cluster in access.items() if name in settings.names)
    )
    return [line for line in found if line]


async def _controllers(name: str, cluster: Access) -> str:
    try:
        items = await cluster.reader.metadata(collection("ServiceMeshController", ""))
    except Unreachable:
        return ""
    if not items:
        return ""
    return _line(
        name, f"ServiceMeshController {items[0].get('name')}", found="helm", fits="operator"
    )


async def _releases(name: str, cluster: Access) -> str:
    try:
        items = await cluster.reader.metadata(collection("Secret", ISTIO_NAMESPACE))
    except Unreachable:
        return ""
    wanted = {"owner": "helm", "name": ISTIOD_RELEASE}
    labels = [item.get("labels") or {} for item in items]
    # Records may outlive a release that is gone (helm uninstall --keep-history).
    if not any(wanted.items() <= one.items() and one.get("status") not in GONE for one in labels):
        return ""
    what = f"Helm release {ISTIO_NAMESPACE}/{ISTIOD_RELEASE}"
    return _line(name, what, found="operator", fits="helm")


def _line(cluster: str, what: str, *, found: str, fits: str) -> str:
    return (
        f"mesh.install: found {found!r}, but {cluster} has {what}; allowed: {fits!r}, because a"
        f" running mesh stays with the way it was installed; fix: write {fits!r} again, or take the"
        f" mesh away first (with {fits!r}: pulumi destroy) and bring it up anew"
    )
