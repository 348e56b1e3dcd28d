"""istiod's waypoints, simulated: those that it makes by itself, and what is bound to which.

Conditions are named and worded as upstream's (pilot/pkg/serviceregistry/ambient). As there, one of
a Service or ServiceEntry has no ``observedGeneration``, and that of a policy has it as text.
"""

from collections.abc import Mapping
from typing import Any, Final

from localcloud.operator import workloads
from localcloud.operator.context import Context
from localcloud.operator.istiod import MANAGER
from localcloud.operator.status import Condition, conditions

USE: Final = "istio.io/use-waypoint"
USE_NAMESPACE: Final = "istio.io/use-waypoint-namespace"
FOR: Final = "istio.io/waypoint-for"
SERVED: Final = ("service", "all")
"""Kinds of traffic in which a waypoint serves Services; the default is ``service``."""
AUTO: Final = "auto"
NONE: Final = "none"
"""The label's value that means no waypoint, whatever the namespace says."""
CLASS: Final = "istio-waypoint"
BOUND: Final = "istio.io/WaypointBound"
ACCEPTED: Final = "WaypointAccepted"


def _labels(obj: Mapping[str, Any] | None) -> Mapping[str, str]:
    return (obj or {}).get("metadata", {}).get("labels") or {}


def _ends(obj: Mapping[str, Any]) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def automatic(context: Context) -> None:
    """Make a Gateway ``auto`` where a label asks for it, and take it away where none does."""
    view = context.view
    if not view.serves("Gateway"):
        return
    wanted = {
        namespace["metadata"]["name"]
        for namespace in view.all("Namespace")
        if not _ends(namespace) and _labels(namespace).get(USE) == AUTO
    }
    found = {
        gateway["metadata"]["namespace"]: gateway
        for gateway in view.all("Gateway")
        if gateway["metadata"]["name"] == AUTO
    }
    for namespace in sorted(wanted):
        # One that somebody else made is left as it is.
        if namespace not in found or is_own(found[namespace]):
            view.ensure(gateway_of(namespace), MANAGER)
    for namespace, gateway in found.items():
        if namespace not in wanted and is_own(gateway):
            view.delete(gateway)


def is_own(gateway: Mapping[str, Any]) -> bool:
    """Whether istiod made a Gateway by itself."""
    return _labels(gateway).get(workloads.MANAGED_BY) == MANAGER


def gateway_of(namespace: str) -> dict[str, Any]:
    """Return the Gateway that istiod makes by itself."""
    labels = {workloads.MANAGED_BY: MANAGER, FOR: SERVED[0]}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": workloads.metadata(AUTO, namespace, labels),
        "spec": {
            "gatewayClassName": CLASS,
            "listeners": [{"name": "mesh", "port": 15008, "protocol": "HBONE"}],
        },
    }


def report(context: Context) -> None:
    """Write on every Service, ServiceEntry and policy what it is bound to."""
    for kind in ("Service", "ServiceEntry"):
        for obj in context.view.all(kind):
            _write(context, obj, binding(context, obj), observed=None)
    for policy in context.view.all("AuthorizationPolicy"):
        generation = str(policy["metadata"].get("generation", 1))
        _write(context, policy, acceptance(context, policy), observed=generation)


def _write(
    context: Context, obj: Mapping[str, Any], found: Condition | None, *, observed: str | None
) -> None:
    before = obj.get("status", {}).get("conditions") or []
    ours = [item for item in before if item["type"] in (BOUND, ACCEPTED)]
    if _ends(obj) or (found is None and not ours):
        return
    now = conditions(obj, [found] if found else [])
    for item in now:
        del item["observedGeneration"]
        if observed is not None:
            item["observedGeneration"] = observed
    others = [item for item in before if item["type"] not in (BOUND, ACCEPTED)]
    context.view.write_status(obj, {"conditions": [*others, *now]}, MANAGER)


def used(obj: Mapping[str, Any], namespace: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """Return namespace and name of the waypoint that an object asks for, itself or its namespace.

    What istiod made for a Gateway has none: a waypoint is not behind itself.
    """
    labels = _labels(obj)
    if workloads.GATEWAY_NAME in labels and labels.get(workloads.MANAGED_BY) == MANAGER:
        return None
    said = labels if USE in labels else _labels(namespace)
    name = said.get(USE, NONE)
    return None if name == NONE else (said.get(USE_NAMESPACE, obj["metadata"]["namespace"]), name)


def binding(context: Context, obj: Mapping[str, Any]) -> Condition | None:
    """Return whether a Service or ServiceEntry is behind the waypoint that it asks for."""
    namespace = context.view.find("Namespace", obj["metadata"]["namespace"])
    wanted = used(obj, namespace)
    if wanted is None:
        return None
    where = "/".join(wanted)
    gateway = context.view.find("Gateway", wanted[1], wanted[0])
    if gateway is None or not is_ready(gateway):
        return Condition(BOUND, False, "WaypointIsNotReady", f'waypoint "{where}" is not ready')
    if not allows(gateway, obj["metadata"]["namespace"], _labels(namespace)):
        why = f'we are not permitted to attach to waypoint "{where}" (missing allowedRoutes?)'
        return Condition(BOUND, False, "AttachmentDenied", why)
    if _labels(gateway).get(FOR, SERVED[0]) not in SERVED:
        why = f'attempting to bind to traffic type "service" which "{where}" does not support'
        return Condition(BOUND, False, "UnsupportedTrafficType", why)
    return Condition(BOUND, True, ACCEPTED, f"Successfully attached to waypoint {where}")


def is_ready(gateway: Mapping[str, Any]) -> bool:
    """Whether a Gateway is a waypoint that serves."""
    found = gateway.get("status", {}).get("conditions") or []
    programmed = any(i["type"] == "Programmed" and i["status"] == "True" for i in found)
    return gateway["spec"].get("gatewayClassName") == CLASS and programmed and not _ends(gateway)


def allows(gateway: Mapping[str, Any], namespace: str, labels: Mapping[str, str]) -> bool:
    """Whether a listener of a waypoint takes what is in a namespace that has these labels."""
    for listener in gateway["spec"].get("listeners") or []:
        said = (listener.get("allowedRoutes") or {}).get("namespaces") or {}
        source = said.get("from", "Same")
        chosen = (said.get("selector") or {}).get("matchLabels") or {}
        if (
            source == "All"
            or (source == "Same" and namespace == gateway["metadata"]["namespace"])
            or (source == "Selector" and chosen.items() <= labels.items())
        ):
            return True
    return False


def acceptance(context: Context, policy: Mapping[str, Any]) -> Condition | None:
    """Return whether a waypoint enforces an AuthorizationPolicy; None for one without a target."""
    refs = policy.get("spec", {}).get("targetRefs") or []
    kinds = [ref for ref in refs if ref["kind"] in ("Service", "ServiceEntry")]
    if not kinds:
        return None
    ref, namespace = kinds[0], policy["metadata"]["namespace"]
    what = f"{ref['kind']} {namespace}/{ref['name']}"
    target = context.view.find(ref["kind"], ref["name"], namespace)
    if target is None:
        return Condition(ACCEPTED, False, "TargetNotFound", f"{what} was not found")
    bound = binding(context, target)
    if bound is None or not bound.true:
        why = f"{what} is not bound to a waypoint"
        return Condition(ACCEPTED, False, "AncestorNotBound", why)
    return Condition(ACCEPTED, True, "Accepted", f"bound to {bound.message.rpartition(' ')[2]}")
