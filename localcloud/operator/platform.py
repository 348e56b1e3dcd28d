"""The Gloo management plane, simulated: its server lets agents in, or says why not.

An agent that is let in gets the Secret with its certificate, as the real one does; a Secret without
a key in it, for nothing here would use one. What the real agent writes to its log stands here in an
annotation of its Deployment.
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any, Final

from localcloud.operator import relay
from localcloud.operator.context import Context
from localcloud.operator.sides import Management, Side
from localcloud.operator.status import is_available

NAMESPACE: Final = "gloo-mesh"
SERVER: Final = "gloo-mesh-mgmt-server"
AGENT: Final = "gloo-mesh-agent"
MANAGER: Final = "gloo-mesh"
SAYS: Final = "ambientmesh.dev/relay"
"""Annotation of an agent's Deployment: ``connected``, or the reason why it is not."""


def _environment(deployment: Mapping[str, Any]) -> dict[str, str]:
    name = deployment["metadata"]["name"]
    containers = deployment["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = next((one for one in containers if one["name"] == name), {})
    variables = {item["name"]: item.get("value", "") for item in found.get("env") or []}
    for source in found.get("envFrom") or []:
        variables["LICENSE_SECRET"] = source.get("secretRef", {}).get("name", "")
    return variables


def _files(context: Context, name: str) -> dict[str, bytes]:
    secret = context.view.find("relay", name, NAMESPACE) or {}
    return {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}


def _running(context: Context, name: str) -> dict[str, Any] | None:
    found = context.view.find("Deployment", name, NAMESPACE)
    return found if is_available(found) else None


def server(context: Context) -> Management | None:
    """Return what the plane's management server shows of itself, if one runs."""
    deployment = _running(context, SERVER)
    if deployment is None:
        return None
    told = _environment(deployment)
    served = _files(context, told.get("RELAY_TLS_SECRET", ""))
    signing = _files(context, told.get("RELAY_SIGNING_TLS_SECRET", ""))
    token = _files(context, told.get("RELAY_TOKEN_SECRET", "")).get(
        told.get("RELAY_TOKEN_KEY", ""), b""
    )
    secret = told.get("LICENSE_SECRET")
    license_ = bool(_files(context, secret).get("gloo-mesh-license-key")) if secret else None
    front = context.view.find("Service", SERVER, NAMESPACE) or {"spec": {}, "status": {}}
    ingress = front.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    clusters = context.view.all("KubernetesCluster")
    return Management(
        addresses=tuple(item.get("ip") or item.get("hostname", "") for item in ingress),
        ports=tuple(item["port"] for item in front["spec"].get("ports") or []),
        certificate=served.get("tls.crt", b"").decode(errors="replace"),
        token=relay.digest(token),
        clusters=tuple(
            item["metadata"]["name"]
            for item in clusters
            if item["metadata"]["namespace"] == NAMESPACE
            and "deletionTimestamp" not in item["metadata"]
        ),
        problem=relay.server_problem(served, signing, token, license_),
    )


def reconcile(context: Context, own: Management | None, others: Iterable[Side]) -> None:
    """Let the plane's agent in, or say why not."""
    deployment = _running(context, AGENT)
    if deployment is None:
        return
    told = _environment(deployment)
    root, client = told.get("RELAY_ROOT_TLS_SECRET", ""), told.get("RELAY_CLIENT_TLS_SECRET", "")
    token = _files(context, told.get("RELAY_TOKEN_SECRET", ""))
    agent = relay.Agent(
        cluster=told.get("CLUSTER", ""),
        address=told.get("RELAY_SERVER_ADDRESS", ""),
        authority=told.get("RELAY_AUTHORITY", ""),
        root=_files(context, root).get("ca.crt", b""),
        token=relay.digest(token.get(told.get("RELAY_TOKEN_KEY", ""), b"")),
    )
    servers = [(own, True)] if own else []
    servers += [(side.management, False) for side in others if side.management]
    says = relay.refusal(agent, servers)
    if not says and not context.passed(
        context.scenario.delays.agent_connect, "agent", uid=deployment["metadata"]["uid"]
    ):
        return
    if not says and context.view.find("relay", client, NAMESPACE) is None:
        context.view.client.apply(_certificate(client, agent), MANAGER)
    if deployment["metadata"].get("annotations", {}).get(SAYS) != (says or "connected"):
        annotations = {"annotations": {SAYS: says or "connected"}}
        context.view.merge("Deployment", deployment, annotations)


def _certificate(name: str, agent: relay.Agent) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "annotations": {"ambientmesh.dev/simulated": "true"},
        },
        "data": {"ca.crt": base64.b64encode(agent.root).decode()},
    }
