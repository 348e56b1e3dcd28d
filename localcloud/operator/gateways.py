"""istiod's gateway controller, simulated: workloads and status of the four classes."""

from collections.abc import Sequence
from typing import Any, Final

from localcloud.operator import peering, workloads
from localcloud.operator.context import Context
from localcloud.operator.peering import Answer, Side
from localcloud.operator.status import Condition, conditions, write

MANAGER: Final = "istiod"
ACCEPTED: Final = Condition("Accepted", True, "Accepted")


def reconcile(
    context: Context, gateways: list[dict[str, Any]], own: Side, others: Sequence[Side]
) -> None:
    """Bring every Gateway of a class that istiod serves to what it should be now."""
    for gateway in gateways:
        name = gateway["spec"].get("gatewayClassName")
        if "deletionTimestamp" in gateway["metadata"] or name not in workloads.CLASSES:
            continue
        whole = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", **gateway}
        status = (
            _peer(context, whole, own, others) if name == "istio-remote" else _local(context, whole)
        )
        write(context.api, workloads.path(whole), whole, status, MANAGER)


def _local(context: Context, gateway: dict[str, Any]) -> dict[str, Any]:
    kind = gateway["spec"]["gatewayClassName"]
    meta = gateway["metadata"]
    name = f"{meta['name']}-istio" if kind == "istio" else meta["name"]
    ports = [("status-port", 15021)]
    ports += [(item["name"], item["port"]) for item in gateway["spec"]["listeners"]]
    exposed = (meta.get("labels") or {}).get("istio.io/expose-istiod")
    labels = {"gateway.networking.k8s.io/gateway-name": meta["name"]}
    labels |= {"istio.io/expose-istiod": exposed} if exposed else {}
    front = workloads.service(
        name,
        meta["namespace"],
        name,
        ports,
        kind="ClusterIP" if kind == "istio-waypoint" else "LoadBalancer",
        labels=labels,
        owner=gateway,
    )
    image = f"{workloads.IMAGES}/proxyv2:simulated"
    proxy = workloads.deployment(name, meta["namespace"], name, image, owner=gateway)
    live = context.api.find(workloads.path(front))
    if live is None:
        live = context.api.apply(workloads.path(front), front, MANAGER)
    running = context.api.find(workloads.path(proxy))
    if running is None:
        running = context.api.apply(workloads.path(proxy), proxy, MANAGER)
    return _local_status(gateway, live, running)


def _local_status(
    gateway: dict[str, Any], front: dict[str, Any], proxy: dict[str, Any]
) -> dict[str, Any]:
    if front["spec"]["type"] == "ClusterIP":
        found = [front["spec"]["clusterIP"]]
    else:
        ingress = front.get("status", {}).get("loadBalancer", {}).get("ingress") or []
        found = [item["ip"] for item in ingress]
    available = proxy.get("status", {}).get("availableReplicas", 0) >= 1
    if not found:
        why = "the load balancer has no address yet"
        programmed = Condition("Programmed", False, "AddressNotAssigned", why)
    elif not available:
        programmed = Condition("Programmed", False, "Pending", "the proxy is not ready yet")
    else:
        programmed = Condition("Programmed", True, "Programmed")
    addresses = [{"type": "IPAddress", "value": address} for address in found]
    return {
        "addresses": addresses,
        "conditions": conditions(gateway, [ACCEPTED, programmed]),
    }


def _peer(
    context: Context, gateway: dict[str, Any], own: Side, others: Sequence[Side]
) -> dict[str, Any]:
    key = ("peer", gateway["metadata"]["uid"])
    answer = peering.judge(gateway, own, others)
    if context.faults.peer == "never":
        answer = Answer(False, "SimulatedFault", "the scenario keeps this plane's peers apart")
    if not answer.connected:
        context.forget(key)
    elif context.elapsed(key) < context.scenario.delays.peer_connect:
        answer = Answer(False, "Connecting", "waiting for the first push")
    found = [
        ACCEPTED,
        Condition("Programmed", True, "Programmed"),
        *(
            Condition(f"gloo.solo.io/{kind}", answer.connected, answer.reason, answer.message)
            for kind in ("PeeringSucceeded", "PeerConnected", "PeerDataPlaneProgrammed")
        ),
    ]
    return {
        "addresses": gateway["spec"].get("addresses") or [],
        "conditions": conditions(gateway, found),
    }
