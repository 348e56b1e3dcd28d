"""``meshctl cluster register`` and ``deregister``."""

import sys
from typing import Any, Final

from localcloud.api import Api, ApiError
from localcloud.istioctl import clusters
from localcloud.istioctl.clusters import CommandError
from localcloud.istioctl.flags import Call, Flag, UsageError
from localcloud.meshctl import helm

COMMON: Final = (
    Flag(name="kubecontext"),
    Flag(name="kubeconfig"),
    Flag(name="remote-context"),
)
REGISTER: Final = (
    *COMMON,
    Flag(name="profiles"),
    Flag(name="relay-server-address"),
    Flag(name="telemetry-server-address"),
)
PROFILE: Final = "gloo-mesh-agent"
CORE: Final = "/api/v1/namespaces"
NAMESPACE: Final = "gloo-mesh"
KIND: Final = "/apis/admin.gloo.solo.io/v2/namespaces/gloo-mesh/kubernetesclusters"
COPIED: Final = {"relay-root-tls-secret": "ca.crt", "relay-identity-token-secret": "token"}
"""What the workload cluster gets of the management cluster's Secrets: one file of each."""


def _contexts(call: Call) -> tuple[Api, Api]:
    given = {name: call.get(name) for name in ("kubecontext", "remote-context")}
    for name, value in given.items():
        if not value:
            raise UsageError(f"required flag --{name} is not set; none is guessed here")
    return (
        clusters.api(call, given["kubecontext"]),
        clusters.api(call, given["remote-context"]),
    )


def _name(call: Call) -> str:
    if len(call.words) != 1:
        raise UsageError(f"accepts 1 arg(s), received {len(call.words)}")
    if "_" in call.words[0]:
        raise CommandError("a cluster's name must not contain underscores")
    return call.words[0]


def _copy(plane: Api, remote: Api, name: str, file: str) -> None:
    secret = plane.find(f"{CORE}/{NAMESPACE}/secrets/{name}")
    if secret is None:
        raise CommandError(f"secret {NAMESPACE}/{name} of the management cluster is not there")
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "data": {file: secret["data"][file]},
    }
    remote.apply(f"{CORE}/{NAMESPACE}/secrets/{name}", body, "meshctl")


def _address(call: Call, plane: Api) -> str:
    if given := call.get("relay-server-address"):
        return given
    found = plane.find(f"{CORE}/{NAMESPACE}/services/gloo-mesh-mgmt-server") or {}
    for entry in found.get("status", {}).get("loadBalancer", {}).get("ingress") or []:
        return f"{entry.get('ip') or entry.get('hostname')}:9900"
    raise CommandError("the management server has no address; set --relay-server-address")


def _values(call: Call, plane: Api, name: str) -> dict[str, Any]:
    endpoint = call.get("telemetry-server-address")
    collector: dict[str, Any] = {"enabled": bool(endpoint)}
    if endpoint:
        collector["config"] = {"exporters": {"otlp": {"endpoint": endpoint}}}
    return {
        "common": {"cluster": name},
        "glooAgent": {"enabled": True, "relay": {"serverAddress": _address(call, plane)}},
        "glooAnalyzer": {"enabled": True},
        "telemetryCollector": collector,
        "installEnterpriseCrds": False,
    }


def register(call: Call) -> int:
    """Announce a cluster to the management cluster, and install the agent in it."""
    name = _name(call)
    if call.get("profiles") != PROFILE:
        raise UsageError(f"unknown profile {call.get('profiles')!r}; known here: {PROFILE}")
    plane, remote = _contexts(call)
    try:
        body = {
            "apiVersion": "admin.gloo.solo.io/v2",
            "kind": "KubernetesCluster",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"clusterDomain": "cluster.local"},
        }
        plane.apply(f"{KIND}/{name}", body, "meshctl")
        if remote.find(f"{CORE}/{NAMESPACE}") is None:
            remote.create(CORE, {"metadata": {"name": NAMESPACE}})
        for secret, file in COPIED.items():
            _copy(plane, remote, secret, file)
    except ApiError as error:
        raise CommandError(str(error)) from None
    context = call.get("remote-context")
    helm.install(call, context, helm.NAMES[0], {"installEnterpriseCrds": False})
    helm.install(call, context, helm.NAMES[1], _values(call, plane, name))
    sys.stdout.write(f"Successfully registered cluster {name}\n")
    return 0


def deregister(call: Call) -> int:
    """Remove the agent from a cluster, and the cluster from the management cluster."""
    name = _name(call)
    plane, remote = _contexts(call)
    for chart in reversed(helm.NAMES):
        helm.uninstall(call, call.get("remote-context"), chart)
    try:
        paths = [f"{CORE}/{NAMESPACE}/secrets/{secret}" for secret in COPIED]
        for api, path in [(plane, f"{KIND}/{name}"), *((remote, path) for path in paths)]:
            if api.find(path) is not None:
                api.delete(path)
    except ApiError as error:
        raise CommandError(str(error)) from None
    sys.stdout.write(f"Successfully deregistered cluster {name}\n")
    return 0
