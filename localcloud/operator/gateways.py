"""istiod's gateway controller, simulated: workloads and status of the four classes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from localcloud.operator import peering, workloads
from localcloud.operator.context import Context
from localcloud.operator.istiod import MANAGER, NETWORK, Istiod
from localcloud.operator.peering import Answer
from localcloud.operator.sides import EastWest, Side
from localcloud.operator.status import Condition, conditions, is_available

ACCEPTED: Final = Condition("Accepted", True, "Accepted", "Resource accepted")
PEER_CONDITIONS: Final = ("PeeringSucceeded", "PeerConnected")
DATA_PLANE_CONDITION: Final = "PeerDataPlaneProgrammed"
"""Newer istiods report it; which one was the first is not documented, here 1.28 is."""

STATUS_PORT: Final = 15021
PROXY_IMAGE: Final = "us-docker.pkg.dev/soloio-img/istio/proxyv2"


def reconcile(context: Context, running: Istiod | None, own: Side, others: Sequence[Side]) -> None:
    """Bring every Gateway of a class that istiod serves to what it should be now."""
    for gateway in context.view.all("Gateway"):
        kind = gateway["spec"].get("gatewayClassName")
        if "deletionTimestamp" in gateway["metadata"] or kind not in workloads.CLASSES:
            continue
        if kind == "istio-remote":
            if running is not None or _was_peer(gateway):
                _peer(context, gateway, own, others)
        elif running is not None and not _ends(context, gateway):
            _local(context, gateway, running)


def _ends(context: Context, gateway: Mapping[str, Any]) -> bool:
    namespace = context.view.find("Namespace", gateway["metadata"]["namespace"])
    return namespace is None or "deletionTimestamp" in namespace["metadata"]


def _was_peer(gateway: Mapping[str, Any]) -> bool:
    found = gateway.get("status", {}).get("conditions") or []
    return any(item["type"].endswith(PEER_CONDITIONS[0]) for item in found)


def objects(gateway: Mapping[str, Any], version: str) -> list[dict[str, Any]]:
    """Return what istiod makes for a Gateway: ServiceAccount, Deployment, Service, in this order.

    Args:
        gateway: of any class but istio-remote.
        version: tag of istiod's own image, which its proxies have too.
    """
    kind, meta = gateway["spec"]["gatewayClassName"], gateway["metadata"]
    name = f"{meta['name']}-istio" if kind == "istio" else meta["name"]
    selector = {workloads.GATEWAY_NAME: meta["name"]}
    exposed = (meta.get("labels") or {}).get("istio.io/expose-istiod")
    labels = {**selector, workloads.MANAGED_BY: MANAGER}
    made = workloads.metadata(name, meta["namespace"], labels, gateway)
    front = {**made, "labels": labels | ({"istio.io/expose-istiod": exposed} if exposed else {})}
    return [
        workloads.service_account(made),
        workloads.deployment(
            made,
            labels={**selector, "app": workloads.GATEWAY_APP},
            image=f"{PROXY_IMAGE}:{version}",
            selector=selector,
        ),
        workloads.service(
            front,
            selector=selector,
            ports=_ports(gateway),
            kind="ClusterIP" if kind == "istio-waypoint" else "LoadBalancer",
        ),
    ]


def _ports(gateway: Mapping[str, Any]) -> list[tuple[str, int]]:
    ports = {STATUS_PORT: "status-port"}
    for listener in gateway["spec"]["listeners"]:
        # Several listeners may share a port, and their names may have dots; a Service's may not.
        ports.setdefault(listener["port"], listener["name"].replace(".", "-")[:63])
    return [(name, port) for port, name in ports.items()]


def addresses_of(service: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where a Service is reached: its load balancer, or its own address."""
    if service["spec"].get("type") != "LoadBalancer":
        return (service["spec"]["clusterIP"],)
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return tuple(item["ip"] for item in ingress if "ip" in item)


def _local(context: Context, gateway: Mapping[str, Any], running: Istiod) -> None:
    _, proxy, service = (
        context.view.ensure(item, MANAGER) for item in objects(gateway, running.version)
    )
    found = addresses_of(service)
    if not found:
        why = f"Service {service['metadata']['name']} has no load balancer address yet"
        programmed = Condition("Programmed", False, "AddressNotAssigned", why)
    elif not is_available(proxy):
        why = f"Deployment {proxy['metadata']['name']} has no pod that is ready yet"
        programmed = Condition("Programmed", False, "Pending", why)
    else:
        programmed = Condition("Programmed", True, "Programmed", "Resource programmed")
    status = {
        "addresses": [{"type": "IPAddress", "value": address} for address in found],
        "conditions": conditions(gateway, [ACCEPTED, programmed]),
    }
    context.view.write_status(gateway, status, MANAGER)


def east_west(context: Context) -> tuple[EastWest, ...]:
    """Return what answers at the east-west gateways of a plane now."""
    found = []
    for gateway in context.view.all("Gateway"):
        meta = gateway["metadata"]
        if gateway["spec"].get("gatewayClassName") != "istio-eastwest":
            continue
        service = context.view.find("Service", meta["name"], meta["namespace"])
        proxy = context.view.find("Deployment", meta["name"], meta["namespace"])
        if service is None or not is_available(proxy):
            continue
        found.append(
            EastWest(
                name=meta["name"],
                addresses=addresses_of(service),
                ports=tuple(port["port"] for port in service["spec"]["ports"]),
                network=(meta.get("labels") or {}).get(NETWORK, ""),
            )
        )
    return tuple(found)


def _peer(context: Context, gateway: Mapping[str, Any], own: Side, others: Sequence[Side]) -> None:
    meta = gateway["metadata"]
    key, uid = ("peer", meta["namespace"], meta["name"]), meta["uid"]
    answer = peering.judge(gateway, own, others)
    if answer.connected and context.faults.peer == "never":
        answer = Answer(False, "SimulatedFault", "the scenario keeps this plane's peers apart")
    if not answer.connected:
        context.forget(*key, uid=uid)
    elif not context.passed(context.scenario.delays.peer_connect, *key, uid=uid):
        answer = Answer(False, "Connecting", "waiting for the first push")
    status = {
        "addresses": gateway["spec"].get("addresses") or [],
        "conditions": conditions(gateway, peer_conditions(answer, own.version)),
    }
    context.view.write_status(gateway, status, MANAGER)


def peer_conditions(answer: Answer, version: str) -> list[Condition]:
    """Return the conditions of a peer Gateway. ``version`` is that of istiod."""
    names = [*PEER_CONDITIONS]
    if not version.startswith(("1.26.", "1.27.")):
        names.append(DATA_PLANE_CONDITION)
    return [
        ACCEPTED,
        Condition("Programmed", True, "Programmed", "Resource programmed"),
        *(
            Condition(f"gloo.solo.io/{name}", answer.connected, answer.reason, answer.message)
            for name in names
        ),
    ]
