"""Conditions with the times of their changes, and when a workload counts as rolled out."""

from typing import Any

import pytest

from localcloud.operator.status import Condition, conditions, is_available, is_rolled_out

LONG_AGO = "2001-01-01T00:00:00Z"
READY = Condition("Ready", True, "Good", "new words")


def told(status: str) -> dict[str, Any]:
    old = {
        "type": "Ready",
        "status": status,
        "lastTransitionTime": LONG_AGO,
        "message": "old words",
    }
    return {"metadata": {"generation": 3}, "status": {"conditions": [old]}}


def test_a_condition_that_stays_keeps_its_time_whatever_it_says() -> None:
    assert conditions(told("True"), [READY]) == [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Good",
            "message": "new words",
            "observedGeneration": 3,
            "lastTransitionTime": LONG_AGO,
        }
    ]


@pytest.mark.parametrize(
    "obj", [told("False"), {"metadata": {}}, {"metadata": {}, "status": {"conditions": None}}]
)
def test_a_condition_that_changes_or_is_new_has_changed_now(obj: dict[str, Any]) -> None:
    (found,) = conditions(obj, [READY])

    assert found["status"] == "True"
    assert found["lastTransitionTime"] > LONG_AGO


def test_a_condition_nobody_asks_for_any_more_goes() -> None:
    assert [c["type"] for c in conditions(told("True"), [Condition("Other", False, "New")])] == [
        "Other"
    ]


def deployment(**changed: Any) -> dict[str, Any]:
    done = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    return {
        "kind": "Deployment",
        "metadata": {"generation": 2},
        "spec": {"replicas": 2},
        "status": done | changed,
    }


def daemon_set(**changed: Any) -> dict[str, Any]:
    done = {
        "observedGeneration": 2,
        "desiredNumberScheduled": 3,
        "updatedNumberScheduled": 3,
        "numberAvailable": 3,
    }
    return {"kind": "DaemonSet", "metadata": {"generation": 2}, "status": done | changed}


def leaving(workload: dict[str, Any]) -> dict[str, Any]:
    meta = {**workload["metadata"], "deletionTimestamp": LONG_AGO}
    return {**workload, "metadata": meta}


@pytest.mark.parametrize("workload", [deployment(), daemon_set()], ids=["Deployment", "DaemonSet"])
def test_a_workload_with_all_pods_ready_is_rolled_out(workload: dict[str, Any]) -> None:
    assert is_rolled_out(workload)


LATE = {
    "gone": None,
    "leaving": leaving(deployment()),
    "newest template not seen": deployment(observedGeneration=1),
    "an old pod left": deployment(replicas=3),
    "a pod of the old template": deployment(updatedReplicas=1),
    "a pod not ready": deployment(availableReplicas=1),
    "no status": deployment() | {"status": {}},
    "DaemonSet leaving": leaving(daemon_set()),
    "DaemonSet not seen": daemon_set(observedGeneration=1),
    "DaemonSet without nodes": daemon_set(
        desiredNumberScheduled=0, updatedNumberScheduled=0, numberAvailable=0
    ),
    "DaemonSet with an old pod": daemon_set(updatedNumberScheduled=2),
    "DaemonSet with a pod not ready": daemon_set(numberAvailable=2),
}


@pytest.mark.parametrize("workload", LATE.values(), ids=LATE)
def test_a_workload_is_not_rolled_out_before(workload: dict[str, Any] | None) -> None:
    assert not is_rolled_out(workload)


def test_one_ready_pod_serves_while_others_are_replaced() -> None:
    assert is_available(deployment(updatedReplicas=0, availableReplicas=1))


@pytest.mark.parametrize("workload", [None, leaving(deployment()), deployment(availableReplicas=0)])
def test_a_deployment_without_pods_or_a_future_serves_nobody(
    workload: dict[str, Any] | None,
) -> None:
    assert not is_available(workload)
