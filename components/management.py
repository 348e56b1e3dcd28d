"""Puts the management plane together: where it runs, who is registered, what is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import gke_plan
from components.access import Access
from components.cluster import Cluster, ClusterArgs
from components.management_agent import ManagementAgent, ManagementAgentArgs
from components.management_plane import (
    ManagementPlane,
    ManagementPlaneArgs,
    gke_ui_command,
    ui_command,
)
from components.relay import RelayAuthority, RelayAuthorityArgs
from components.settings import Secrets, Settings


@dataclass(frozen=True, kw_only=True)
class Managed:
    """A cluster of the mesh that is to be registered."""

    cluster: Cluster
    ready: pulumi.Output[str]
    """Known once its mesh is ready."""


def _dedicated(name: str, access: Access) -> Cluster:
    return Cluster(name, ClusterArgs(access=access))


def _ui(settings: Settings, site: str) -> str:
    if plan := gke_plan.plans(settings).get(site):
        return gke_ui_command(plan)
    place = next(found for found in settings.sites if found.name == site)
    return ui_command(place.context, place.kubeconfig or settings.kubeconfig)


def build(
    settings: Settings,
    members: Mapping[str, Managed],
    access: Mapping[str, Access],
    secrets: Secrets,
) -> dict[str, Any]:
    """Register the plane and its agents, and return the stack's outputs of them: none if it is off.

    Args:
        settings: the stack's configuration.
        members: the clusters of the mesh, by name.
        access: how each cluster is reached, a dedicated one included.
        secrets: those that are set.
    """
    if settings.management is None:
        return {}
    site = settings.management.site
    home = members.get(site)
    cluster = home.cluster if home else _dedicated(site, access[site])
    relay = RelayAuthority("relay-authority", RelayAuthorityArgs(trust=settings.trust))
    plane = ManagementPlane(
        f"{site}-management",
        ManagementPlaneArgs(
            cluster=cluster,
            settings=settings,
            relay=relay,
            license_key=secrets.get("licenseKey"),
            ready=home.ready if home else None,
        ),
    )
    states = {
        name: ManagementAgent(
            f"{name}-agent",
            ManagementAgentArgs(
                cluster=member.cluster,
                management=cluster,
                settings=settings,
                relay=relay,
                namespace=plane.namespace,
                relay_address=plane.relay_address,
                telemetry_address=plane.telemetry_address,
                ready=member.ready,
            ),
        ).registered
        for name, member in sorted(members.items())
        if name != site
    }
    if plane.registered is not None:
        states[site] = plane.registered
    return {
        "management": {
            "ui": _ui(settings, site),
            "relayAddress": plane.relay_address,
            "telemetryAddress": plane.telemetry_address,
            "clusters": dict(sorted(states.items())),
        }
    }
