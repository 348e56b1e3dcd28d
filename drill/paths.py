"""API paths that a drill reads and writes."""

from urllib.parse import quote

from components.naming import ISTIO_NAMESPACE
from drill.facts import SLICE_LABEL, Target

ENTRIES = f"/apis/networking.istio.io/v1/namespaces/{ISTIO_NAMESPACE}/workloadentries"
"""istiod keeps what it knows of other clusters' endpoints in its own namespace."""


def namespace(name: str) -> str:
    """Return the path of a namespace."""
    return f"/api/v1/namespaces/{quote(name)}"


def services(target: Target) -> str:
    """Return the path of the services beside the drilled one."""
    return f"{namespace(target.namespace)}/services"


def service(target: Target) -> str:
    """Return the path of the drilled service."""
    return f"{services(target)}/{quote(target.service)}"


def slices(target: Target) -> str:
    """Return the path of the service's EndpointSlices."""
    selector = quote(f"{SLICE_LABEL}={target.service}")
    group = f"/apis/discovery.k8s.io/v1/namespaces/{quote(target.namespace)}"
    return f"{group}/endpointslices?labelSelector={selector}"


def workloads(target: Target, plural: str) -> str:
    """Return the path of the namespace's deployments, statefulsets or daemonsets."""
    return f"/apis/apps/v1/namespaces/{quote(target.namespace)}/{plural}"


def deployment(target: Target, name: str) -> str:
    """Return the path of one Deployment."""
    return f"{workloads(target, 'deployments')}/{quote(name)}"


def scalers(target: Target) -> str:
    """Return the path of the namespace's autoscalers."""
    return f"/apis/autoscaling/v2/namespaces/{quote(target.namespace)}/horizontalpodautoscalers"
