"""Which objects a stack makes in a cluster, by name, before anything is registered.

Registrations are sent also when the program fails (``run_pulumi_func`` in pulumi's runtime/stack.py
waits for them), so that whatever must keep `up` from touching a cluster has to be known first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from components import (
    bookinfo,
    east_west_gateway,
    egress,
    gloo_operator,
    ingress,
    istio_crds,
    istio_helm,
    link_modes,
    management_agent,
    management_plane,
    namespaces,
    peering,
    service_mesh,
    trust,
    virtual_machine,
    waypoint,
)
from components.charts import PLATFORM_CHARTS
from components.naming import (
    EAST_WEST_GATEWAY,
    GATEWAY_API_RELEASE,
    GATEWAY_NAMESPACE,
    ISTIO_NAMESPACE,
    MANAGEMENT_NAMESPACE,
    MESH_CONTROLLER,
    OPERATOR_NAMESPACE,
    OPERATOR_RELEASE,
)
from components.ownership import Key
from components.settings import Settings


def objects(settings: Settings, site: str) -> frozenset[Key]:
    """Return the objects of a stack in one cluster, but for those of Helm, which guards its own."""
    found: set[Key] = set()
    if site in settings.names:
        found |= trust.planned()
        found |= gloo_operator.planned(settings, site)
        found |= service_mesh.planned(settings, site)
        found |= istio_helm.planned(settings, site)
        found |= east_west_gateway.planned()
        found |= peering.planned(settings, site)
        found |= bookinfo.planned(settings)
        found |= namespaces.planned(settings, site)
        found |= ingress.planned(settings, site)
        found |= virtual_machine.planned(settings, site)
        found |= waypoint.planned(settings, site)
        found |= egress.planned(settings, site)
        found -= link_modes.by_istioctl(settings, site)
    found |= management_plane.planned(settings, site)
    found |= management_agent.planned(settings, site)
    return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Release:
    """A Helm release that a stack makes in a cluster."""

    namespace: str
    name: str
    resource: str
    """Its name in the stack's state."""
    proof: Key | None = None
    """An object that is registered only once the release is in the state, if there is one."""


def releases(settings: Settings, site: str) -> Iterator[Release]:
    """Yield the Helm releases of a stack in one cluster, in namespaces of its own."""
    if site in settings.names and settings.mesh.install == "operator":
        yield Release(
            namespace=OPERATOR_NAMESPACE,
            name=OPERATOR_RELEASE,
            resource=f"{site}-operator-release",
            proof=("ServiceMeshController", "", MESH_CONTROLLER),
        )
    if settings.management:
        home = settings.management.site == site
        if home or settings.management.mode == "declarative":
            component = f"{site}-{'management' if home else 'agent'}"
            for name, resource in zip(PLATFORM_CHARTS, ("crds", "platform"), strict=True):
                yield Release(
                    namespace=MANAGEMENT_NAMESPACE,
                    name=name,
                    resource=f"{component}-{resource}",
                )
    if site in settings.names and settings.mesh.install == "helm":
        for name in (GATEWAY_API_RELEASE, *istio_helm.CHARTS):
            yield Release(
                namespace=ISTIO_NAMESPACE,
                name=name,
                resource=istio_helm.resource(f"{site}-mesh", name),
                proof=("Gateway", GATEWAY_NAMESPACE, EAST_WEST_GATEWAY),
            )


def looked_at(settings: Settings, site: str) -> frozenset[Key]:
    """Return the planned objects, and what else must be known of a cluster.

    That is one Secret for every namespace with a Helm release, services that may be adopted,
    Gateways that istioctl makes, and CRDs, used as they are found.
    """
    records: set[Key] = {("Secret", item.namespace, "") for item in releases(settings, site)}
    if site in settings.names:
        records |= link_modes.by_istioctl(settings, site) | istio_crds.looked_at(settings)
    return objects(settings, site) | records | namespaces.looked_at(settings, site)
