"""Istio Ambient in one cluster, as one object that the Gloo operator acts on."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import critical_pods, live, readiness
from components.cluster import Cluster
from components.gates import gated, once, teller
from components.naming import MESH_CONTROLLER
from components.ownership import Key
from components.settings import Settings


def mesh_spec(
    settings: Settings, *, cluster: str, network: str, trust_domain: str, namespace: Any
) -> dict[str, Any]:
    """Return the spec of a ServiceMeshController.

    The trust domain is explicit, because its default depends on the way Istio is installed.
    """
    return {
        "version": settings.mesh_version,
        "cluster": cluster,
        "network": network,
        "trustDomain": trust_domain,
        "dataplaneMode": "Ambient",
        "distribution": settings.distribution,
        "scalingProfile": settings.scaling_profile,
        "installNamespace": namespace,
    }


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the objects of the mesh in one cluster."""
    if settings.mesh.install != "operator":
        return set()
    own: set[Key] = {("ServiceMeshController", "", MESH_CONTROLLER)}
    return own | critical_pods.planned(settings, site)


@dataclass(frozen=True, kw_only=True)
class ServiceMeshArgs:
    """Which mesh in which cluster."""

    cluster: Cluster
    settings: Settings
    namespace: pulumi.Output[str]
    """istio-system, once ``cacerts`` is in it."""
    critical_pods: bool = False
    """Whether the cluster lets node-critical pods into no namespace that has no quota for them."""


class ServiceMesh(pulumi.ComponentResource):
    """The ServiceMeshController ``istio``: cluster-scoped, ready when its phase is SUCCEEDED."""

    network: pulumi.Output[str]
    """The cluster's network, once the mesh in it is ready."""
    version: pulumi.Output[str]
    """The mesh version, once it is installed."""

    def __init__(
        self, name: str, args: ServiceMeshArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:ServiceMesh", name, None, opts)
        cluster, settings = args.cluster, args.settings
        namespace = args.namespace
        if args.critical_pods:
            quota = critical_pods.quota(f"{name}-quota", cluster, namespace, self)
            namespace = pulumi.Output.all(namespace, quota.urn).apply(lambda found: str(found[0]))
        deletion = f"{settings.timeouts.mesh}s"
        controller = k8s.apiextensions.CustomResource(
            f"{name}-controller",
            api_version="operator.gloo.solo.io/v1",
            kind="ServiceMeshController",
            metadata=cluster.inventory.metadata(MESH_CONTROLLER),
            spec=mesh_spec(
                settings,
                cluster=cluster.name,
                network=cluster.network,
                trust_domain=cluster.trust_domain,
                namespace=namespace,
            ),
            # Gone for real before its operator goes: only the operator removes its finalizer.
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=deletion)
            ),
        )
        path = live.mesh_controller_path(MESH_CONTROLLER)

        async def wait() -> str:
            await readiness.wait(
                f"{cluster.name}: ServiceMeshController {MESH_CONTROLLER}",
                lambda: cluster.reader.get(path),
                readiness.mesh_verdict,
                settings.timeouts.mesh,
                "timeouts.mesh",
                teller(controller),
            )
            return cluster.network

        async def planned() -> str:
            return cluster.network

        self.network = gated(controller, wait, planned)
        self.version = once(self.network, settings.mesh_version)
        self.register_outputs({"version": self.version})
