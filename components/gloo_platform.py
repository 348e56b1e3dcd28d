"""What every cluster of the management plane has: a namespace, secrets, two Helm releases."""

import base64
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components import charts, management_values
from components.cluster import Cluster
from components.naming import MANAGEMENT_NAMESPACE
from components.ownership import Key
from components.settings import Settings

CRDS, PLATFORM = charts.PLATFORM_CHARTS

ROOT_SECRET: Final = "relay-root-tls-secret"  # noqa: S105 the name of a Secret
TOKEN_SECRET: Final = "relay-identity-token-secret"  # noqa: S105 the name of a Secret

MODE_ANNOTATION: Final = "ambientmesh.dev/registered-by"
"""On the namespace: what installs the agent in it, so that two never do."""

CLUSTER_KIND: Final = {"api_version": "admin.gloo.solo.io/v2", "kind": "KubernetesCluster"}


def namespace(
    name: str, cluster: Cluster, settings: Settings, mode: str, opts: pulumi.ResourceOptions
) -> k8s.core.v1.Namespace:
    """Register gloo-mesh; its deletion waits for the load balancers in it to be really gone."""
    gone = pulumi.CustomTimeouts(delete=f"{settings.timeouts.deletion}s")
    return k8s.core.v1.Namespace(
        f"{name}-namespace",
        metadata=cluster.inventory.metadata(
            MANAGEMENT_NAMESPACE, annotations={MODE_ANNOTATION: mode}
        ),
        opts=pulumi.ResourceOptions(
            parent=opts.parent,
            provider=opts.provider,
            custom_timeouts=gone,
            deleted_with=opts.deleted_with,
        ),
    )


def secret(
    name: str,
    cluster: Cluster,
    within: pulumi.Input[str],
    files: Mapping[str, pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Secret:
    """Register a Secret; its own name is the resource's, after the component's."""
    component, _, own = name.partition("/")
    data = {file: text.apply(encoded) for file, text in files.items()}
    return k8s.core.v1.Secret(
        f"{component}-{own}",
        metadata=cluster.inventory.metadata(own, namespace=MANAGEMENT_NAMESPACE, within=within),
        data=data,
        opts=opts,
    )


def encoded(text: str) -> str:
    """Return text as a Secret holds it."""
    return base64.b64encode(text.encode()).decode()


def release(
    component: str,
    chart: str,
    settings: Settings,
    where: pulumi.Input[str],
    values: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> k8s.helm.v3.Release:
    """Register one of the two releases; it is ready when its workloads are rolled out."""
    version = settings.management.version if settings.management else None
    return k8s.helm.v3.Release(
        f"{component}-{chart.removeprefix(PLATFORM).strip('-') or 'platform'}",
        name=chart,
        namespace=where,
        **charts.located(settings.charts.gloo_platform, chart, version),
        values=dict(values),
        timeout=settings.timeouts.management,
        opts=opts,
    )


def crds(
    component: str, settings: Settings, where: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> k8s.helm.v3.Release:
    """Register the kinds of the plane."""
    return release(component, CRDS, settings, where, management_values.CRDS, opts)


def cluster_spec() -> dict[str, Any]:
    """Return the spec of a KubernetesCluster."""
    return {"clusterDomain": "cluster.local"}


def planned_cluster(name: str) -> Key:
    """Return the KubernetesCluster of a registered cluster, in the management cluster."""
    return ("KubernetesCluster", MANAGEMENT_NAMESPACE, name)
