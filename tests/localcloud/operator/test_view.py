"""How a plane is changed: only where that says something, and at the right moment."""

from typing import Any, cast

import pytest

from localcloud.operator.client import Client
from localcloud.operator.view import View, covers


class Spy:
    """In place of a ``Client``: keeps what is deleted."""

    def __init__(self) -> None:
        self.deleted: list[tuple[str, bool]] = []

    def delete(self, path: str, *, dependents_first: bool) -> None:
        self.deleted.append((path, dependents_first))


def obj(version: str, kind: str, **meta: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", **meta}}


@pytest.mark.parametrize(
    ("live", "path", "dependents_first"),
    [
        (
            obj("apps/v1", "Deployment", namespace="n"),
            "/apis/apps/v1/namespaces/n/deployments/x",
            True,
        ),
        (
            obj("apps/v1", "DaemonSet", namespace="n"),
            "/apis/apps/v1/namespaces/n/daemonsets/x",
            True,
        ),
        (
            obj("gateway.networking.k8s.io/v1", "GatewayClass"),
            "/apis/gateway.networking.k8s.io/v1/gatewayclasses/x",
            False,
        ),
        (obj("v1", "ConfigMap", namespace="n"), "/api/v1/namespaces/n/configmaps/x", False),
    ],
    ids=["Deployment", "DaemonSet", "GatewayClass", "ConfigMap"],
)
def test_only_what_has_pods_waits_for_the_garbage_collector(
    live: dict[str, Any], path: str, dependents_first: bool
) -> None:
    spy = Spy()

    View(cast("Client", spy), lambda: None).delete(live)

    assert spy.deleted == [(path, dependents_first)]


def test_what_is_being_deleted_is_not_deleted_again() -> None:
    spy = Spy()

    View(cast("Client", spy), lambda: None).delete(obj("v1", "Pod", deletionTimestamp="2001"))

    assert spy.deleted == []


ONE, TWO = {"type": "One", "status": "True"}, {"type": "Two", "status": "True"}


@pytest.mark.parametrize(
    ("live", "wanted", "covered"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, True),
        ({"a": None}, {"a": {}}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": [{"name": "x", "more": 1}]}, {"a": [{"name": "x"}]}, True),
        ({"a": [TWO, ONE]}, {"a": [ONE, TWO]}, True),
        ({"a": [TWO, ONE]}, {"a": [ONE, TWO | {"status": "False"}]}, False),
        ({"a": []}, {"a": []}, True),
        ({}, {"a": []}, False),
    ],
)
def test_an_object_is_left_alone_if_it_says_all_that_it_should(
    live: Any, wanted: Any, covered: bool
) -> None:
    assert covers(live, wanted) is covered
