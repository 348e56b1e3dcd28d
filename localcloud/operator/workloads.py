"""The objects that the simulated controllers make, as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

ISTIOD: Final = "istiod-gloo"
"""The operator installs revision ``gloo``, so that istiod is not called ``istiod``."""

AGENTS: Final = ("istio-cni-node", "ztunnel")

CLASSES: Final = {
    "istio": "istio.io/gateway-controller",
    "istio-eastwest": "istio.io/eastwest-controller",
    "istio-remote": "istio.io/unmanaged-gateway",
    "istio-waypoint": "istio.io/mesh-controller",
}

IMAGES: Final = "us-docker.pkg.dev/soloio-img/istio"


def _pods(app: str, image: str, labels: Mapping[str, str]) -> dict[str, Any]:
    container = {"name": app, "image": image}
    return {
        "selector": {"matchLabels": {"app": app}},
        "template": {
            "metadata": {"labels": {"app": app, **labels}},
            "spec": {"containers": [container]},
        },
    }


def deployment(
    name: str, namespace: str, app: str, image: str, owner: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a Deployment of one replica; ``owner`` is the Gateway that it belongs to."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _meta(name, namespace, {"app": app}, owner),
        "spec": {"replicas": 1, **_pods(app, image, {})},
    }


def agent(name: str, namespace: str, image: str) -> dict[str, Any]:
    """Return a DaemonSet: the CNI agent or ztunnel."""
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": _meta(name, namespace, {"app": name}, None),
        "spec": _pods(name, image, {}),
    }


def service(
    name: str,
    namespace: str,
    app: str,
    ports: Sequence[tuple[str, int]],
    *,
    kind: str = "ClusterIP",
    labels: Mapping[str, str] | None = None,
    owner: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a Service in front of the pods of ``app``."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(name, namespace, {"app": app, **(labels or {})}, owner),
        "spec": {
            "type": kind,
            "selector": {"app": app},
            "ports": [{"name": label, "port": port, "protocol": "TCP"} for label, port in ports],
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


def _meta(
    name: str, namespace: str, labels: Mapping[str, str], owner: Mapping[str, Any] | None
) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name, "namespace": namespace, "labels": dict(labels)}
    if owner is not None:
        meta["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
                "controller": True,
            }
        ]
    return meta


def path(obj: Mapping[str, Any]) -> str:
    """Return the API path of an object."""
    group = obj["apiVersion"]
    prefix = f"/apis/{group}" if "/" in group else f"/api/{group}"
    plural = obj["kind"].lower() + ("es" if obj["kind"].endswith("s") else "s")
    meta = obj["metadata"]
    if "namespace" in meta:
        prefix += f"/namespaces/{meta['namespace']}"
    return f"{prefix}/{plural}/{meta['name']}"
