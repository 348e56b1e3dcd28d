"""istiod's view of HTTPRoutes, simulated: whether parents take them, and backends exist."""

from collections.abc import Mapping
from typing import Any, Final

from localcloud.operator import workloads
from localcloud.operator.context import Context
from localcloud.operator.istiod import MANAGER
from localcloud.operator.status import Condition, conditions

CONTROLLER: Final = "istio.io/gateway-controller"
GATEWAY_API: Final = "gateway.networking.k8s.io"
ISTIO: Final = "networking.istio.io"
CLUSTER_DOMAIN: Final = ".svc.cluster.local"


def reconcile(context: Context) -> None:
    """Write the status of every HTTPRoute."""
    for route in context.view.all("HTTPRoute"):
        if "deletionTimestamp" in route["metadata"]:
            continue
        before = route.get("status", {}).get("parents") or []
        parents = []
        for parent in route["spec"].get("parentRefs") or []:
            accepted = _accepted(context, route, parent)
            if accepted is None:
                continue
            old = [item for item in before if item["parentRef"] == parent]
            # Conditions keep the times of those of the same parent.
            aged = {"metadata": route["metadata"], "status": old[0] if old else {}}
            found = conditions(aged, [accepted, resolved(context, route)])
            parents.append({"parentRef": parent, "controllerName": CONTROLLER, "conditions": found})
        if parents or before:
            context.view.write_status(route, {"parents": parents}, MANAGER)


def _accepted(
    context: Context, route: Mapping[str, Any], parent: Mapping[str, Any]
) -> Condition | None:
    """Return whether a parent takes a route; None for one that another controller serves."""
    namespace = parent.get("namespace") or route["metadata"]["namespace"]
    kind, name = parent.get("kind", "Gateway"), parent["name"]
    live = context.view.find(kind, name, namespace) if kind in ("Gateway", "Service") else None
    if live is None:
        if kind == "Gateway":  # whose class it would be nobody knows
            return None
        why = f"parent service: {name!r} not found"
        return Condition("Accepted", False, "NoMatchingParent", why)
    if kind == "Gateway" and live["spec"].get("gatewayClassName") not in workloads.CLASSES:
        return None
    if kind == "Gateway" and not _listens(live, parent):
        why = f"no listener {parent.get('sectionName') or ''} at port {parent.get('port', '')}"
        return Condition("Accepted", False, "NoMatchingParent", why)
    return Condition("Accepted", True, "Accepted", "Route was valid")


def _listens(gateway: Mapping[str, Any], parent: Mapping[str, Any]) -> bool:
    return any(
        item["name"] == parent.get("sectionName", item["name"])
        and item["port"] == parent.get("port", item["port"])
        for item in gateway["spec"]["listeners"]
    )


def resolved(context: Context, route: Mapping[str, Any]) -> Condition:
    """Return whether every backend of a route exists."""
    for rule in route["spec"].get("rules") or []:
        for backend in rule.get("backendRefs") or []:
            if why := _missing(context, route, backend):
                return Condition("ResolvedRefs", False, "BackendNotFound", why)
    return Condition("ResolvedRefs", True, "ResolvedRefs", "All references resolved")


def _missing(context: Context, route: Mapping[str, Any], backend: Mapping[str, Any]) -> str:
    name = backend["name"]
    namespace = backend.get("namespace") or route["metadata"]["namespace"]
    kind = (backend.get("group", ""), backend.get("kind", "Service"))
    if kind == ("", "Service"):
        live = context.view.find("Service", name, namespace)
        return "" if live else f"backend({name}.{namespace}{CLUSTER_DOMAIN}) not found"
    if kind != (ISTIO, "Hostname"):
        return f"unsupported backend kind {'/'.join(kind)}"
    known = {
        host for entry in context.view.all("ServiceEntry") for host in entry["spec"]["hosts"]
    } | {
        f"{meta['name']}.{meta['namespace']}{CLUSTER_DOMAIN}"
        for meta in (item["metadata"] for item in context.view.all("Service"))
    }
    return "" if name in known else f"backend({name}) not found"
