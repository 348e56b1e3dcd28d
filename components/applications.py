"""What runs in the mesh of one cluster: Bookinfo, namespaces that join, the way in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import ingress, layer7, membership, namespaces
from components.bookinfo import Bookinfo, BookinfoArgs
from components.cluster import Cluster
from components.ingress import Ingress, IngressArgs
from components.namespaces import Namespaces, NamespacesArgs
from components.naming import BOOKINFO_NAMESPACE
from components.settings import Settings


@dataclass(frozen=True)
class Applications:
    """What others need of it."""

    door: Ingress | None
    namespaces: Mapping[str, pulumi.Output[str]]
    """Each that the stack makes or labels, once it is there."""
    resources: tuple[pulumi.Resource, ...]


def build(cluster: Cluster, mesh: pulumi.Output[str], settings: Settings) -> Applications:
    """Register what runs in the mesh of one cluster.

    Args:
        cluster: where.
        mesh: known once the mesh in it is ready.
        settings: the stack's.
    """
    name, door = cluster.name, None
    found: dict[str, pulumi.Output[str]] = {}
    resources: list[pulumi.Resource] = []
    if settings.bookinfo.enabled:
        sample = Bookinfo(
            f"{name}-bookinfo",
            BookinfoArgs(
                cluster=cluster,
                settings=settings.bookinfo,
                entry=membership.bookinfo(settings, name),
                mesh=mesh,
                timeouts=settings.timeouts,
            ),
            # Its namespace is gone only when the load balancer of the way in is.
            cluster.outward if ingress.exposes(settings, name) else cluster.inside,
        )
        found[BOOKINFO_NAMESPACE] = sample.namespace
        resources.append(sample)
        if ingress.exposes(settings, name):
            args = IngressArgs(
                cluster=cluster,
                namespace=sample.namespace,
                mesh=mesh,
                timeouts=settings.timeouts,
            )
            door = Ingress(f"{name}-ingress", args, cluster.outward)
    if namespaces.any_in(settings, name):
        joined = Namespaces(
            f"{name}-namespaces",
            NamespacesArgs(cluster=cluster, settings=settings, mesh=mesh),
            # Whoever uses them may have a load balancer there.
            cluster.outward,
        )
        found.update(joined.names)
        resources.append(joined)
    layer7.register(cluster, mesh, settings, found)
    return Applications(door=door, namespaces=found, resources=tuple(resources))


def reached(applications: Mapping[str, Applications], settings: Settings) -> dict[str, Any]:
    """Return how it is reached: outputs that a stack without global services or a door lacks.

    Args:
        applications: what runs in each cluster, by its name.
        settings: the stack's.
    """
    doors = {name: item.door.url for name, item in sorted(applications.items()) if item.door}
    spanning = membership.spanning(settings)
    return ({"globalServices": spanning} if spanning else {}) | ({"url": doors} if doors else {})
