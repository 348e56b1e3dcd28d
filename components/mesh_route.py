"""The two ways in which Istio gets into a cluster; what follows need not know which it was."""

import pulumi

from components.cluster import Cluster
from components.gloo_operator import GlooOperator, GlooOperatorArgs
from components.istio_helm import IstioHelm, IstioHelmArgs
from components.service_mesh import ServiceMesh, ServiceMeshArgs
from components.settings import ClusterSettings, Secrets, Settings
from components.trust import Trust

Mesh = ServiceMesh | IstioHelm
"""Either gives ``network`` and ``version``, once Istio is ready."""


def install(
    planned: ClusterSettings,
    settings: Settings,
    cluster: Cluster,
    trust: Trust,
    secrets: Secrets,
) -> Mesh:
    """Register Istio in one cluster, by the operator or by its own charts."""
    name, license_key = f"{cluster.name}-mesh", secrets.get("licenseKey")
    here = cluster.inside
    if settings.mesh.install == "helm":
        args = IstioHelmArgs(
            cluster=cluster,
            planned=planned,
            settings=settings,
            home=trust.home,
            namespace=trust.namespace,
            license_key=license_key,
        )
        return IstioHelm(name, args, here)
    operator = GlooOperator(
        f"{cluster.name}-operator",
        GlooOperatorArgs(cluster=cluster, settings=settings, license_key=license_key),
        here,
    )
    return ServiceMesh(
        name,
        ServiceMeshArgs(
            cluster=cluster,
            settings=settings,
            namespace=trust.namespace,
            critical_pods=planned.nodes == "gke",
        ),
        # The operator acts on the object and removes its finalizer: no data flows between them.
        pulumi.ResourceOptions.merge(cluster.inside, pulumi.ResourceOptions(depends_on=[operator])),
    )
