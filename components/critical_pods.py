"""Lets pods of class system-node-critical into istio-system, where nodes are GKE's.

GKE lets them into kube-system only, but for namespaces that have a quota of the class: without it
neither the CNI agent nor ztunnel starts. Charts may bring quotas of their own under other names;
several in one namespace do not harm one another.
"""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import Cluster
from components.istio_values import critical_pods
from components.naming import CRITICAL_PODS_QUOTA, ISTIO_NAMESPACE
from components.ownership import Key
from components.settings import Settings


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the quota of one cluster, whose nodes are GKE's."""
    if any(c.name == site and c.nodes == "gke" for c in settings.clusters):
        return {("ResourceQuota", ISTIO_NAMESPACE, CRITICAL_PODS_QUOTA)}
    return set()


def quota(
    name: str, cluster: Cluster, within: pulumi.Output[str], parent: pulumi.Resource
) -> k8s.core.v1.ResourceQuota:
    """Register the quota.

    Args:
        name: of the resource.
        cluster: where.
        within: istio-system, as soon as it exists.
        parent: the component that needs it.
    """
    spec: Any = critical_pods()
    return k8s.core.v1.ResourceQuota(
        name,
        metadata=cluster.inventory.metadata(
            CRITICAL_PODS_QUOTA, namespace=ISTIO_NAMESPACE, within=within
        ),
        spec=spec,
        opts=pulumi.ResourceOptions(parent=parent),
    )
