"""Which waypoints istiod makes by itself, and what it says of whatever is bound to one."""

from typing import Any

import pytest

from localcloud.operator import waypoints
from localcloud.operator.client import path_of
from tests.localcloud.operator.seen import Seen, context

USE, USE_NAMESPACE = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace"
OWN = {"app.kubernetes.io/managed-by": "istiod"}
ALL = {"namespaces": {"from": "All"}}


def thing(kind: str, name: str, namespace: str = "shop", **labels: str) -> dict[str, Any]:
    where = {"namespace": namespace} if namespace else {}
    return {"kind": kind, "metadata": {"name": name, **where, "labels": labels}, "spec": {}}


def home(**labels: str) -> dict[str, Any]:
    return thing("Namespace", "shop", "", **labels)


def waypoint(
    name: str = "door",
    namespace: str = "shop",
    *,
    programmed: str = "True",
    kind: str = "istio-waypoint",
    routes: dict[str, Any] | None = None,
    labels: dict[str, str] | None = None,
) -> dict[str, Any]:
    listener = {"name": "mesh", "port": 15008, **({"allowedRoutes": routes} if routes else {})}
    return {
        **thing("Gateway", name, namespace, **(labels or {})),
        "spec": {"gatewayClassName": kind, "listeners": [listener]},
        "status": {"conditions": [{"type": "Programmed", "status": programmed}]},
    }


def bound(*objects: dict[str, Any], **labels: str) -> tuple[bool, str] | None:
    entry = thing("ServiceEntry", "example.com", **labels)
    found = waypoints.binding(context(Seen(entry, *objects)), entry)
    return None if found is None else (found.true, found.reason)


def test_a_label_makes_a_waypoint_that_its_absence_takes_away() -> None:
    asked, not_asked = Seen(home(**{USE: "auto"})), Seen(home(), waypoint("auto", labels=OWN))

    waypoints.automatic(context(asked))
    waypoints.automatic(context(not_asked))

    (made,) = asked.applied
    assert (made["metadata"]["namespace"], made["metadata"]["name"]) == ("shop", "auto")
    assert made["spec"]["gatewayClassName"] == "istio-waypoint"
    assert not_asked.deleted == [("Gateway", "auto")]


@pytest.mark.parametrize("labels", [{}, {USE: "auto"}, {USE: "door"}])
def test_a_waypoint_of_somebody_else_is_left_alone(labels: dict[str, str]) -> None:
    seen = Seen(home(**labels), waypoint("auto"), waypoint("door"))

    waypoints.automatic(context(seen))

    assert (seen.applied, seen.deleted) == ([], [])


@pytest.mark.parametrize(
    ("objects", "labels", "expected"),
    [
        ([home()], {}, None),
        ([home(), waypoint()], {USE: "door"}, (True, "WaypointAccepted")),
        ([home(**{USE: "door"}), waypoint()], {}, (True, "WaypointAccepted")),
        ([home(**{USE: "door"}), waypoint()], {USE: "none"}, None),
        ([home()], {USE: "door"}, (False, "WaypointIsNotReady")),
        ([home(), waypoint(programmed="False")], {USE: "door"}, (False, "WaypointIsNotReady")),
        ([home(), waypoint(kind="istio")], {USE: "door"}, (False, "WaypointIsNotReady")),
        ([home(), waypoint(labels={"istio.io/waypoint-for": "workload"})], {USE: "door"},
         (False, "UnsupportedTrafficType")),
        ([home(), waypoint(namespace="out")], {USE: "door", USE_NAMESPACE: "out"},
         (False, "AttachmentDenied")),
        ([home(), waypoint(namespace="out", routes=ALL)], {USE: "door", USE_NAMESPACE: "out"},
         (True, "WaypointAccepted")),
    ],
)  # fmt: skip
def test_an_entry_is_bound_to_a_waypoint_that_serves_and_allows_it(
    objects: list[dict[str, Any]], labels: dict[str, str], expected: tuple[bool, str] | None
) -> None:
    assert bound(*objects, **labels) == expected


def test_a_waypoints_own_service_is_behind_none() -> None:
    labels = {**OWN, "gateway.networking.k8s.io/gateway-name": "door"}
    service = thing("Service", "door", **labels)

    assert waypoints.used(service, home(**{USE: "door"})) is None


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        ([], "TargetNotFound"),
        ([thing("ServiceEntry", "example.com")], "AncestorNotBound"),
        ([thing("ServiceEntry", "example.com", **{USE: "door"})], "AncestorNotBound"),
        ([thing("ServiceEntry", "example.com", **{USE: "door"}), waypoint()], "Accepted"),
    ],
)
def test_a_policy_is_enforced_where_its_target_is_bound(
    objects: list[dict[str, Any]], reason: str
) -> None:
    policy = thing("AuthorizationPolicy", "example.com")
    ref = {"group": "networking.istio.io", "kind": "ServiceEntry", "name": "example.com"}
    policy["spec"] = {"targetRefs": [ref]}
    policy["metadata"]["generation"] = 4
    seen = Seen(home(), policy, *objects)

    waypoints.report(context(seen))

    ((status),) = [status for name, status in seen.statuses if "conditions" in status][-1:]
    (condition,) = status["conditions"]
    assert (condition["type"], condition["reason"]) == ("WaypointAccepted", reason)
    assert condition["observedGeneration"] == "4", "Istio's API writes 64-bit numbers as text"


def test_what_is_bound_no_longer_says_so_no_longer() -> None:
    service = thing("Service", "web")
    service["status"] = {"conditions": [{"type": "istio.io/WaypointBound", "status": "True"}]}
    seen = Seen(home(), service, thing("Service", "other"))

    waypoints.report(context(seen))

    assert seen.statuses == [("web", {"conditions": []})]


def test_policies_are_found_under_their_plural() -> None:
    meta = {"name": "a", "namespace": "shop"}
    policy = {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": meta}

    assert path_of(policy) == ("/apis/security.istio.io/v1/namespaces/shop/authorizationpolicies/a")
