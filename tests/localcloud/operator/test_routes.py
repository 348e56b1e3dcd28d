"""What the status of an HTTPRoute says of its parents and its backends."""

from typing import Any

import pytest

from localcloud.operator import routes
from tests.localcloud.operator.seen import Seen, context

HOST = {"kind": "Hostname", "group": "networking.istio.io", "name": "web.shop.mesh.internal"}
ENTRY = {
    "kind": "ServiceEntry",
    "metadata": {"name": "e", "namespace": "x"},
    "spec": {"hosts": ["web.shop.mesh.internal"]},
}
SERVICE = {"kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {}}
BY_CLUSTER_NAME = {**HOST, "name": "web.shop.svc.cluster.local"}


def gateway(kind: str = "istio") -> dict[str, Any]:
    listener = {"name": "http", "port": 80}
    spec = {"gatewayClassName": kind, "listeners": [listener]}
    return {"kind": "Gateway", "metadata": {"name": "door", "namespace": "shop"}, "spec": spec}


def route(backend: dict[str, Any], **parent: Any) -> dict[str, Any]:
    spec = {"parentRefs": [{"name": "door", **parent}], "rules": [{"backendRefs": [backend]}]}
    meta = {"name": "r", "namespace": "shop", "generation": 3}
    return {"kind": "HTTPRoute", "metadata": meta, "spec": spec}


def told(*objects: dict[str, Any]) -> dict[str, tuple[str, str]]:
    seen = Seen(*objects)
    routes.reconcile(context(seen))
    if not seen.statuses:
        return {}
    ((_, status),) = seen.statuses
    (parent,) = status["parents"]
    return {c["type"]: (c["status"], c["reason"]) for c in parent["conditions"]}


@pytest.mark.parametrize(
    ("backend", "objects", "expected"),
    [
        (HOST, [ENTRY], ("True", "ResolvedRefs")),
        (HOST, [], ("False", "BackendNotFound")),
        (HOST, [SERVICE], ("False", "BackendNotFound")),
        (BY_CLUSTER_NAME, [SERVICE], ("True", "ResolvedRefs")),
        ({"name": "web", "port": 80}, [SERVICE], ("True", "ResolvedRefs")),
        ({"name": "web", "port": 80}, [], ("False", "BackendNotFound")),
        ({"name": "web", "kind": "Elsewhere", "group": "x"}, [], ("False", "BackendNotFound")),
    ],
)
def test_a_backend_must_exist(
    backend: dict[str, Any], objects: list[dict[str, Any]], expected: tuple[str, str]
) -> None:
    found = told(route(backend), gateway(), *objects)

    assert found == {"Accepted": ("True", "Accepted"), "ResolvedRefs": expected}


@pytest.mark.parametrize("parent", [{"sectionName": "https"}, {"port": 443}])
def test_a_listener_that_is_not_there_takes_nothing(parent: dict[str, Any]) -> None:
    found = told(route(HOST, **parent), gateway(), ENTRY)

    assert found["Accepted"] == ("False", "NoMatchingParent")


def test_a_service_may_be_the_parent() -> None:
    one = {"kind": "Service", "group": "", "name": "web"}

    assert told(route(HOST, **one), SERVICE, ENTRY)["Accepted"] == ("True", "Accepted")
    assert told(route(HOST, **one), ENTRY)["Accepted"] == ("False", "NoMatchingParent")


@pytest.mark.parametrize("objects", [[], [gateway("somebody-elses")]])
def test_what_is_another_controllers_is_left_alone(objects: list[dict[str, Any]]) -> None:
    assert told(route(HOST), *objects) == {}
