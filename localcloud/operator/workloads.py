"""The objects that the simulated controllers make, as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

ISTIOD: Final = "istiod-gloo"
"""The operator installs revision ``gloo``, so that istiod is not called ``istiod``."""
HELM_ISTIOD: Final = "istiod"
"""What it is called by its own chart."""

CLASSES: Final = {
    "istio": "istio.io/gateway-controller",
    "istio-eastwest": "istio.io/eastwest-controller",
    "istio-remote": "istio.io/unmanaged-gateway",
    "istio-waypoint": "istio.io/mesh-controller",
}
"""The controller that istiod is known by, for each class that it serves."""

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
GATEWAY_NAME: Final = "gateway.networking.k8s.io/gateway-name"
GATEWAY_APP: Final = "istio-gateway"
"""Label ``app`` of all proxies, so that a scenario can say how long they take to start."""


def metadata(
    name: str,
    namespace: str,
    labels: Mapping[str, str],
    owner: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return metadata; ``owner`` is the Gateway that an object goes away with."""
    meta: dict[str, Any] = {"name": name, "namespace": namespace, "labels": dict(labels)}
    if owner is not None:
        meta["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
            }
        ]
    return meta


def _pods(
    account: str,
    labels: Mapping[str, str],
    image: str,
    env: Mapping[str, str],
    selector: Mapping[str, str],
) -> dict[str, Any]:
    variables = [{"name": name, "value": value} for name, value in env.items()]
    container = {"name": account, "image": image, **({"env": variables} if variables else {})}
    return {
        "selector": {"matchLabels": dict(selector)},
        "template": {
            "metadata": {"labels": dict(labels)},
            "spec": {"serviceAccountName": account, "containers": [container]},
        },
    }


def service_account(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ServiceAccount."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": dict(meta)}


def deployment(
    meta: Mapping[str, Any],
    *,
    labels: Mapping[str, str],
    image: str,
    env: Mapping[str, str] | None = None,
    replicas: int = 1,
    selector: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a Deployment whose pods run as the ServiceAccount of the same name."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": dict(meta),
        "spec": {
            "replicas": replicas,
            **_pods(meta["name"], labels, image, env or {}, selector or labels),
        },
    }


def daemon_set(meta: Mapping[str, Any], *, image: str) -> dict[str, Any]:
    """Return a DaemonSet: the CNI agent or ztunnel."""
    labels = {"app": meta["name"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": dict(meta),
        "spec": _pods(meta["name"], labels, image, {}, labels),
    }


def service(
    meta: Mapping[str, Any],
    *,
    selector: Mapping[str, str],
    ports: Sequence[tuple[str, int]],
    kind: str = "ClusterIP",
) -> dict[str, Any]:
    """Return a Service."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": dict(meta),
        "spec": {
            "type": kind,
            "selector": dict(selector),
            "ports": [{"name": name, "port": port, "protocol": "TCP"} for name, port in ports],
        },
    }


def gateway_class(name: str) -> dict[str, Any]:
    """Return one of the classes that istiod serves."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": name},
        "spec": {"controllerName": CLASSES[name]},
    }
