"""Gates of waypoints and of what is bound to them: verdicts, and outputs that wait for one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from components import readiness
from components.gates import settled, teller
from components.gateway_api import WAYPOINT_CLASS
from components.gateway_gates import Place
from components.readiness import Verdict

BOUND: Final = "istio.io/WaypointBound"
"""What istiod writes on a ServiceEntry that names a waypoint (model.ServiceInfo.GetConditions)."""

ENFORCED: Final = "WaypointAccepted"
"""What istiod writes on an AuthorizationPolicy with a target (model.WaypointPolicyStatus)."""

Judge = Callable[[Mapping[str, Any] | None], Verdict]


def waypoint_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge a waypoint: a Gateway of that class which is programmed."""
    if obj is not None:
        found = obj.get("spec", {}).get("gatewayClassName")
        if found != WAYPOINT_CLASS:
            return Verdict("failed", f"its class is {found}, not {WAYPOINT_CLASS}")
    return readiness.condition_verdict(obj, "Programmed")


def automatic_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge a waypoint that istiod makes by itself."""
    if obj is None:
        why = "istiod has not made it (only Solo's does; others need a waypoint with a name)"
        return Verdict("pending", why)
    return waypoint_verdict(obj)


def bound_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge a ServiceEntry: its traffic passes through the waypoint that its labels name."""
    return readiness.condition_verdict(obj, BOUND)


def enforced_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge an AuthorizationPolicy with a target: a waypoint enforces it."""
    return readiness.condition_verdict(obj, ENFORCED)


def once(
    resource: pulumi.Resource,
    place: Place,
    kind: str,
    judge: Judge,
    since: pulumi.Output[Any] | None = None,
) -> pulumi.Output[str]:
    """Return the name of an object once it is what ``judge`` demands.

    A preview does not wait and knows the name all the same, so that nothing in it is unknown.

    Args:
        resource: what was registered, and in whose line it is said what is waited for.
        place: where the object is; ``timeouts.gateway`` is how long it may take.
        kind: of the object.
        judge: what a look at it says.
        since: known once it is worth looking; default: once ``resource`` is there.
    """

    async def wait() -> str:
        await readiness.wait(
            place.title(kind),
            lambda: place.read(kind),
            judge,
            place.timeouts.gateway,
            "timeouts.gateway",
            teller(resource),
        )
        return place.name

    async def look() -> str:
        return place.name

    return settled(resource.urn if since is None else since, wait, look)
