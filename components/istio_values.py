"""Values of Istio's four charts, as Solo documents them for an ambient mesh of several clusters.

Pure. Every value that has a moving default is said, and nothing that no documentation names.
"""

from collections.abc import Sequence
from typing import Any

from components.models import ClusterSettings, Settings
from components.naming import ISTIO_NAMESPACE, LICENSE_SECRET
from components.versions import release


def tag(settings: Settings) -> str:
    """Return the tag of Istio's images."""
    suffix = "solo-fips" if settings.distribution == "FIPS" else "solo"
    return f"{settings.mesh_version}-{suffix}"


def chart_version(settings: Settings) -> str:
    """Return the version of Istio's charts; the distribution is a matter of images alone."""
    return f"{settings.mesh_version}-solo"


def istiod_env(settings: Settings, site: str) -> dict[str, str]:
    """Return what istiod's environment needs for the machines of a cluster; mostly nothing."""
    if not any(vm.cluster == site for vm in settings.vms):
        return {}
    # A machine's token is a long-lived one, for the API server: by itself istiod refuses it.
    return {"REQUIRE_3P_TOKEN": "false"}


def _platform(cluster: ClusterSettings) -> dict[str, Any]:
    return {} if cluster.nodes is None else {"platform": cluster.nodes}


def _with_globals(values: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {**values, "global": found} if found else values


def base(cluster: ClusterSettings, foreign: Sequence[str]) -> dict[str, Any]:
    """Return the values of the chart ``base``; ``foreign`` CRDs are there and somebody else's."""
    values: dict[str, Any] = {"profile": "ambient", "defaultRevision": ""}
    if foreign:
        # Helm refuses a whole release for one object that another installation has made.
        values["base"] = {"excludedCRDs": sorted(foreign)}
    return _with_globals(values, _platform(cluster))


def istiod(settings: Settings, cluster: ClusterSettings, *, licensed: bool) -> dict[str, Any]:
    """Return the values of the chart ``istiod``."""
    discovery = release(settings.mesh_version).remote_secrets
    values: dict[str, Any] = {
        "profile": "ambient",
        "env": {
            "PILOT_ENABLE_IP_AUTOALLOCATE": "true",
            # Every cluster may have a trust domain of its own.
            "PILOT_SKIP_VALIDATE_TRUST_DOMAIN": "true",
            **({"DISABLE_LEGACY_MULTICLUSTER": "true"} if discovery else {}),
            **istiod_env(settings, cluster.name),
        },
        "global": {
            "hub": settings.mesh.hub,
            "tag": tag(settings),
            "multiCluster": {
                "clusterName": cluster.name,
                **({"enabled": True} if discovery else {}),
            },
            "network": cluster.network,
            "proxy": {"clusterDomain": "cluster.local"},
            **_platform(cluster),
        },
        "istio_cni": {"enabled": True, "namespace": ISTIO_NAMESPACE},
        "meshConfig": {
            "accessLogFile": "/dev/stdout",
            "defaultConfig": {
                "proxyMetadata": {
                    "ISTIO_META_DNS_AUTO_ALLOCATE": "true",
                    "ISTIO_META_DNS_CAPTURE": "true",
                }
            },
            # The chart's default is cluster.local, whatever peers are told of this cluster.
            "trustDomain": cluster.trust_domain,
        },
        "platforms": {"peering": {"enabled": True}},
    }
    if cluster.nodes == "openshift":
        # Its profile looks for ztunnel in kube-system.
        values["trustedZtunnelNamespace"] = ISTIO_NAMESPACE
    if licensed:
        reference = {"name": LICENSE_SECRET, "namespace": ISTIO_NAMESPACE}
        values["license"] = {"secretRef": reference}
    return values


def cni(settings: Settings, cluster: ClusterSettings) -> dict[str, Any]:
    """Return the values of the chart ``cni``."""
    return {
        "profile": "ambient",
        "ambient": {"dnsCapture": True},
        "excludeNamespaces": [ISTIO_NAMESPACE, "kube-system"],
        "global": {
            "hub": settings.mesh.hub,
            "tag": tag(settings),
            "variant": "distroless",
            **_platform(cluster),
        },
    }


def ztunnel(settings: Settings, cluster: ClusterSettings) -> dict[str, Any]:
    """Return the values of the chart ``ztunnel``, which has hub and tag at its top level."""
    values = {
        "profile": "ambient",
        "enabled": True,
        "configValidation": True,
        "hub": settings.mesh.hub,
        "tag": tag(settings),
        "variant": "distroless",
        "env": {"L7_ENABLED": "true", "SKIP_VALIDATE_TRUST_DOMAIN": "true"},
        "istioNamespace": ISTIO_NAMESPACE,
        "namespace": ISTIO_NAMESPACE,
        "multiCluster": {"clusterName": cluster.name},
        "network": cluster.network,
        "proxy": {"clusterDomain": "cluster.local"},
        "terminationGracePeriodSeconds": 29,
    }
    return _with_globals(values, _platform(cluster))


def critical_pods() -> dict[str, Any]:
    """Return the spec of the quota by which GKE lets node-critical pods into a namespace."""
    critical = {
        "scopeName": "PriorityClass",
        "operator": "In",
        "values": ["system-node-critical"],
    }
    return {"hard": {"pods": "1000"}, "scopeSelector": {"matchExpressions": [critical]}}
