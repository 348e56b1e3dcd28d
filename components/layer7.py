"""Layer 7 of one cluster: its waypoints, and the way out. Composition only."""

from collections.abc import Mapping

import pulumi

from components import egress, waypoint
from components.cluster import Cluster
from components.egress import Egress, EgressArgs
from components.settings import Settings
from components.waypoint import Waypoint, WaypointArgs


def register(
    cluster: Cluster,
    mesh: pulumi.Output[str],
    settings: Settings,
    homes: Mapping[str, pulumi.Output[str]],
) -> None:
    """Register waypoints and the way out of one cluster.

    Args:
        cluster: which one.
        mesh: known once the mesh in it is ready.
        settings: the stack's configuration.
        homes: the cluster's namespaces by name, each known once it is there.
    """
    name, here = cluster.name, cluster.inside
    for entry in waypoint.entries(settings, name):
        Waypoint(
            # A dot, which no name has: cluster a-b and namespace c are not a and b-c.
            f"{name}-waypoint.{entry.name}",
            WaypointArgs(
                cluster=cluster,
                entry=entry,
                routes=waypoint.routes(settings, entry),
                namespace=homes[entry.name],
                mesh=mesh,
                timeouts=settings.timeouts,
            ),
            here,
        )
    if settings.egress is not None and egress.leaves(settings, name):
        Egress(
            f"{name}-egress",
            EgressArgs(
                cluster=cluster,
                hosts=settings.egress.hosts,
                namespaces=homes,
                mesh=mesh,
                timeouts=settings.timeouts,
            ),
            here,
        )
