"""How far an installation is, what stands in its way, and what a removal takes away."""

from typing import Any

import pytest

from localcloud.operator import installation, mesh
from localcloud.scenario import Faults
from tests.localcloud.operator.seen import Seen, context

SPEC = {"version": "1.28.3-patch0", "installNamespace": "istio-system", "cluster": "one"}
DONE = {"istiod-gloo": True, "istio-cni-node": True, "ztunnel": True}
NAMESPACE = {"kind": "Namespace", "metadata": {"name": "istio-system"}}


def foreign(kind: str, name: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/managed-by": "Helm"}
    meta = {"name": name, "namespace": "istio-system", "labels": labels}
    return {"kind": kind, "metadata": meta}


def test_a_mesh_is_there_once_every_workload_is() -> None:
    phase, found = mesh.progress(Faults(), "", DONE)

    assert phase == "SUCCEEDED"
    assert all(condition.true for condition in found)


@pytest.mark.parametrize("late", DONE)
def test_a_mesh_says_which_workload_it_waits_for(late: str) -> None:
    phase, found = mesh.progress(Faults(), "", DONE | {late: False})

    assert phase == "RUNNING"
    told = [(c.type, c.message) for c in found if not c.true]
    assert told == [(mesh.STEPS[late], f"{late} is not rolled out yet")]


def test_a_mesh_repeats_what_the_api_server_said_against_it() -> None:
    phase, found = mesh.progress(Faults(), "no quota", DONE)

    assert phase == "RUNNING"
    assert [(c.reason, c.message) for c in found if not c.true] == [("Refused", "no quota")]


def test_a_fault_is_told_even_where_all_is_done() -> None:
    phase, found = mesh.progress(Faults(mesh_phase="ABORTED", message="why"), "", DONE)

    assert phase == "ABORTED"
    assert [c.message for c in found if not c.true] == ["why"]


def test_a_mesh_waits_for_its_namespace() -> None:
    found = mesh.obstacle(context(Seen()), SPEC)

    assert found is not None
    assert (found.reason, found.message) == (
        "NamespaceNotFound",
        "namespace istio-system does not exist",
    )


def test_nothing_is_in_the_way_of_a_mesh_in_an_empty_namespace() -> None:
    assert mesh.obstacle(context(Seen(NAMESPACE)), SPEC) is None


@pytest.mark.parametrize(
    ("kind", "name"), [("Deployment", "istiod-gloo"), ("DaemonSet", "ztunnel")]
)
def test_a_workload_of_somebody_else_is_overwritten_by_force_only(kind: str, name: str) -> None:
    plane = context(Seen(NAMESPACE, foreign(kind, name)))

    found = mesh.obstacle(plane, SPEC)

    assert found is not None
    assert found.reason == "Conflict"
    assert found.message.startswith(f"{kind} istio-system/{name} exists")
    assert mesh.obstacle(plane, SPEC | {"onConflict": "Force"}) is None


def test_a_mesh_is_not_in_its_own_way() -> None:
    assert mesh.obstacle(context(Seen(NAMESPACE, *installation.rollouts(SPEC))), SPEC) is None


@pytest.mark.parametrize(
    ("live", "bundle", "older"),
    [
        ("v1.3.0", "v1.4.1", True),
        ("v1.4.1", "v1.4.1", False),
        ("v1.10.0", "v1.9.0", False),
        ("v1.9.0", "v1.10.0", True),
        ("v1.5.0-rc.1", "v1.4.1", False),
        ("", "v1.3.0", True),
        ("v1.3.0", "", False),
    ],
)
def test_only_a_newer_gateway_api_replaces_what_is_there(
    live: str, bundle: str, older: bool
) -> None:
    annotations = {"gateway.networking.k8s.io/bundle-version": live} if live else {}

    assert mesh.is_older({"metadata": {"annotations": annotations}}, bundle) is older


def controller(**meta: Any) -> dict[str, Any]:
    """Return a ServiceMeshController that is deleted and held by its finalizer and another."""
    return {
        "kind": "ServiceMeshController",
        "metadata": {
            "name": "istio",
            "creationTimestamp": "2001-01-01T00:00:00Z",
            "deletionTimestamp": "2001-01-01T00:00:01Z",
            "finalizers": [mesh.FINALIZER, "other"],
            **meta,
        },
        "spec": SPEC,
    }


OPERATOR = {
    "kind": "Deployment",
    "metadata": {
        "name": "gloo-operator",
        "namespace": "gloo-system",
        "labels": {"app.kubernetes.io/name": "gloo-operator"},
    },
    "status": {"availableReplicas": 1},
}


def test_a_removal_takes_the_workloads_away_and_holds_on_until_they_are_gone() -> None:
    made = installation.objects(SPEC)
    seen = Seen(OPERATOR, controller(), *made)

    mesh.reconcile(context(seen))

    assert seen.deleted == [(item["kind"], item["metadata"]["name"]) for item in made]
    assert seen.merged == []


def test_a_removal_lets_go_of_the_controller_once_all_is_gone() -> None:
    seen = Seen(OPERATOR, controller())

    mesh.reconcile(context(seen))

    assert seen.merged == [("istio", {"finalizers": ["other"]})]


def test_a_removal_leaves_alone_what_was_in_the_way_of_the_installation() -> None:
    seen = Seen(OPERATOR, controller(), foreign("Deployment", "istiod-gloo"))

    mesh.reconcile(context(seen))

    assert seen.deleted == []
    assert seen.merged == [("istio", {"finalizers": ["other"]})]


def test_nobody_removes_a_mesh_without_an_operator() -> None:
    seen = Seen(controller(), *installation.objects(SPEC))

    mesh.reconcile(context(seen))

    assert (seen.deleted, seen.merged) == ([], [])


def test_a_second_controller_fails_and_is_not_held() -> None:
    late = controller(name="late", creationTimestamp="2002-01-01T00:00:00Z", generation=1)
    del late["metadata"]["deletionTimestamp"]
    late["metadata"]["finalizers"] = []
    first = controller(name="z-first")
    seen = Seen(OPERATOR, NAMESPACE, late, first)

    mesh.reconcile(context(seen))

    ((name, status),) = seen.statuses
    assert (name, status["phase"]) == ("late", "FAILED")
    assert "z-first installs the mesh" in status["conditions"][0]["message"]
    assert [name for name, _ in seen.merged] == ["z-first"]
