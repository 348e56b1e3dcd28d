"""The cloud's load balancer, simulated: an address for every Service that asks for one.

The addresses are loopback addresses on which nothing listens.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from localcloud.operator.context import Context

FINALIZER: Final = "service.kubernetes.io/load-balancer-cleanup"
"""What cloud controllers put on a Service, so that it outlives its load balancer's removal."""

MANAGER: Final = "cloud-controller-manager"

FIRST_RANGE: Final = 64
"""The planes' ranges are 127.64.0.0/16, 127.65.0.0/16, …: away from what others use on loopback."""

_SLOTS: Final = 254 * 254


def address(plane_index: int, uid: str, taken: Collection[str] = (), *, moved: bool = False) -> str:
    """Return the address of a Service's load balancer.

    Args:
        plane_index: the plane's range.
        uid: of the Service: one that is made again gets another address, as in a cloud.
        taken: addresses of other Services.
        moved: whether the load balancer was replaced and has another address than at first.
    """
    start = UUID(uid).int + (_SLOTS // 2 if moved else 0)
    for offset in range(_SLOTS):
        slot = (start + offset) % _SLOTS
        found = f"127.{FIRST_RANGE + plane_index}.{slot // 254 + 1}.{slot % 254 + 1}"
        if found not in taken:
            return found
    raise ValueError(f"all {_SLOTS} addresses of plane {plane_index} are taken")


def reconcile(context: Context) -> None:
    """Give addresses, and let go of Services whose load balancer is gone."""
    services = context.view.all("Service")
    for service in services:
        meta = service["metadata"]
        held = FINALIZER in meta.get("finalizers", [])
        if "deletionTimestamp" not in meta and _is_ours(service):
            if not held:
                _finalizers(context, service, [*meta.get("finalizers", []), FINALIZER])
            elif context.faults.load_balancer != "never":
                _serve(context, service, services)
        elif held:
            delay = context.scenario.delays.load_balancer_deletion
            key = ("lb-gone", meta["namespace"], meta["name"])
            if context.passed(delay, *key, uid=meta["uid"]):
                kept = [name for name in meta["finalizers"] if name != FINALIZER]
                _finalizers(context, service, kept)


def _is_ours(service: Mapping[str, Any]) -> bool:
    # A class asks for somebody else's load balancer (KEP-1959).
    spec = service["spec"]
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")


def _serve(context: Context, service: Mapping[str, Any], services: list[dict[str, Any]]) -> None:
    meta = service["metadata"]
    key = ("lb", meta["namespace"], meta["name"])
    if not context.passed(context.scenario.delays.load_balancer, *key, uid=meta["uid"]):
        return
    taken = {
        item["ip"]
        for other in services
        if other["metadata"]["uid"] != meta["uid"]
        for item in other.get("status", {}).get("loadBalancer", {}).get("ingress") or []
        if "ip" in item
    }
    found = address(context.index, meta["uid"], taken, moved=context.faults.load_balancer == "move")
    ingress = [{"ip": found, "ipMode": "VIP"}]
    context.view.write_status(service, {"loadBalancer": {"ingress": ingress}}, MANAGER)


def _finalizers(context: Context, service: Mapping[str, Any], finalizers: list[str]) -> None:
    context.view.merge("Service", service, {"finalizers": finalizers})
