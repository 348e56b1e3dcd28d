"""The cloud's load balancer, simulated: an address for every Service that asks for one."""

from typing import Any, Final
from uuid import UUID

from localcloud.operator.context import Context
from localcloud.operator.status import write

FINALIZER: Final = "service.kubernetes.io/load-balancer-cleanup"
"""What cloud controllers put on a Service, so that it outlives its load balancer's removal."""

MANAGER: Final = "cloud-controller-manager"


def address(plane_index: int, uid: str) -> str:
    """Return the address of a Service's load balancer.

    It is in a loopback range of the plane and depends on the Service's uid, so that a Service that
    is made again gets another one, as in a cloud.
    """
    number = UUID(uid).int % (254 * 254)
    return f"127.{64 + plane_index}.{number // 254 + 1}.{number % 254 + 1}"


def reconcile(context: Context, services: list[dict[str, Any]]) -> None:
    """Give addresses, and let go of Services whose load balancer is gone."""
    for service in services:
        meta = service["metadata"]
        held = FINALIZER in meta.get("finalizers", [])
        wanted = service["spec"].get("type") == "LoadBalancer" and "deletionTimestamp" not in meta
        path = f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}"
        if wanted and not held:
            _finalizers(context, path, [*meta.get("finalizers", []), FINALIZER])
        elif held and not wanted:
            delay = context.scenario.delays.load_balancer_deletion
            if context.elapsed(("lb-gone", meta["uid"])) >= delay:
                kept = [name for name in meta["finalizers"] if name != FINALIZER]
                _finalizers(context, path, kept)
        elif wanted and context.faults.load_balancer != "never":
            delay = context.scenario.delays.load_balancer
            if context.elapsed(("lb", meta["uid"])) >= delay:
                ingress = [{"ip": address(context.index, meta["uid"]), "ipMode": "VIP"}]
                status = {"loadBalancer": {"ingress": ingress}}
                whole = {"apiVersion": "v1", "kind": "Service", **service}
                write(context.api, path, whole, status, MANAGER)


def _finalizers(context: Context, path: str, finalizers: list[str]) -> None:
    context.api.patch(path, {"metadata": {"finalizers": finalizers}})
