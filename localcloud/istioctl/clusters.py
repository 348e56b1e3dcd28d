"""The clusters that a command talks to, and what it looks up in them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.api import Api, ApiError
from localcloud.istioctl.flags import Call

NETWORK: Final = "topology.istio.io/network"
CLUSTER: Final = "topology.istio.io/cluster"
EXPOSE: Final = "istio.io/expose-istiod"
GATEWAYS: Final = "/apis/gateway.networking.k8s.io/v1"


class CommandError(Exception):
    """The command failed; the message is what the tool would print."""


def content(call: Call) -> Mapping[str, Any]:
    """Return the kubeconfig that a command line or the environment names."""
    path = call.get("kubeconfig") or os.environ.get("KUBECONFIG") or "~/.kube/config"
    try:
        found = yaml.safe_load(Path(path).expanduser().read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise CommandError(f"failed to create Kubernetes client: {error}") from None
    if not isinstance(found, dict):
        raise CommandError("failed to create Kubernetes client: this is no kubeconfig")
    return found


def _named(config: Mapping[str, Any], section: str, name: str) -> list[Any]:
    return [item for item in config.get(section) or [] if item.get("name") == name]


def api(call: Call, context: str = "") -> Api:
    """Return access to the cluster of a context; default: the command line's, else the current.

    Raises:
        CommandError: there is no such context.
    """
    config = content(call)
    wanted = context or call.get("context") or str(config.get("current-context") or "")
    found = _named(config, "contexts", wanted)
    if not found:
        raise CommandError(f'failed to create Kubernetes client: context "{wanted}" does not exist')
    inner = found[0]["context"]
    return Api(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": wanted,
            "contexts": found,
            "clusters": _named(config, "clusters", inner["cluster"]),
            "users": _named(config, "users", inner["user"]),
        }
    )


def system_namespace(call: Call) -> str:
    """Return istiod's namespace."""
    return call.get("istioNamespace", "istio-system")


def network(cluster: Api, call: Call) -> str:
    """Return a cluster's network: a label of istiod's namespace.

    Raises:
        CommandError: it has none.
    """
    where = system_namespace(call)
    found = cluster.find(f"/api/v1/namespaces/{where}") or {"metadata": {}}
    label = (found["metadata"].get("labels") or {}).get(NETWORK)
    if not label:
        raise CommandError(f"failed to find network: namespace {where} has no label {NETWORK}")
    return str(label)


def istiod_env(cluster: Api, call: Call) -> dict[str, str]:
    """Return the environment of istiod's container; empty where none runs."""
    path = f"/apis/apps/v1/namespaces/{system_namespace(call)}/deployments"
    for item in cluster.items(f"{path}?labelSelector=app%3Distiod"):
        [container, *_] = item["spec"]["template"]["spec"]["containers"]
        return {entry["name"]: str(entry.get("value", "")) for entry in container.get("env") or []}
    return {}


def trust_domain(cluster: Api, call: Call) -> str:
    """Return the trust domain in a mesh's configuration.

    Raises:
        CommandError: there is no such configuration.
    """
    path = f"/api/v1/namespaces/{system_namespace(call)}/configmaps"
    for item in cluster.items(path):
        text = (item.get("data") or {}).get("mesh")
        if text and item["metadata"]["name"].split("-")[0] == "istio":
            mesh = yaml.safe_load(text) or {}
            return str(mesh.get("trustDomain") or "cluster.local")
    raise CommandError("failed to find trust domain: istiod has no mesh config")


def region_labels(cluster: Api) -> dict[str, str]:
    """Return labels for the region and zone that all nodes share, if they do."""
    found: dict[str, str] = {}
    nodes = [item["metadata"].get("labels") or {} for item in cluster.items("/api/v1/nodes")]
    for label in ("topology.kubernetes.io/region", "topology.kubernetes.io/zone"):
        values = {labels.get(label) for labels in nodes} - {None}
        if len(values) != 1:
            break
        found[label] = str(values.pop())
    return found


def apply(cluster: Api, gateway: Mapping[str, Any]) -> None:
    """Apply a Gateway as istioctl does: its own field manager, and no force.

    Raises:
        CommandError: the API server refuses.
    """
    meta = gateway["metadata"]
    path = f"{GATEWAYS}/namespaces/{meta['namespace']}/gateways/{meta['name']}"
    try:
        cluster.apply(path, gateway, "istioctl", force=False)
    except ApiError as error:
        raise CommandError(str(error)) from None
