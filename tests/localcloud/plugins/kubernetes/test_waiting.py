"""What an object must show before a wait ends, judged without a cluster."""

from typing import Any

import pytest

from localcloud.plugins.kubernetes import awaiters, managers, waitfor
from localcloud.plugins.kubernetes.waiting import Verdict
from localcloud.plugins.kubernetes.watch import Kind
from localcloud.plugins.provider import ProviderError


class Frozen:
    """A view of given objects."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self._found = found

    def items(self, kind: Kind) -> list[dict[str, Any]]:
        return [o for o in self._found if (o["apiVersion"], o["kind"]) == kind]

    def find(self, kind: Kind, name: str) -> dict[str, Any] | None:
        return next((o for o in self.items(kind) if o["metadata"]["name"] == name), None)


def judge(live: dict[str, Any], *others: dict[str, Any]) -> Verdict:
    awaiter = awaiters.for_object(live)
    assert awaiter is not None
    return awaiter.judge(live, Frozen(live, *others), None)


GATEWAY = {
    "metadata": {"name": "gw", "generation": 2},
    "status": {
        "addresses": [{"value": "10.0.0.1"}],
        "conditions": [
            {"type": "Programmed", "status": "False", "reason": "Pending", "message": "no address"},
            {"type": "Accepted", "status": "True", "observedGeneration": 1},
            {"type": "Ready", "status": "True", "observedGeneration": 2},
        ],
    },
}


@pytest.mark.parametrize(
    ("annotation", "ready"),
    [
        ("condition=Ready", True),
        ("condition=ready=true", True),
        ("condition=Programmed", False),
        ("condition=Programmed=False", True),
        ("condition=Accepted", False),
        ("condition=Missing", False),
        ("jsonpath={.status.addresses[0].value}", True),
        ("jsonpath={.status.addresses[0].value}=10.0.0.1", True),
        ("jsonpath={.status.addresses[0].value}=10.0.0.2", False),
        ("jsonpath={.status.addresses}", True),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', True),
        ('jsonpath={.status.conditions[?(@.type=="Programmed")].status}=True', False),
        ('["condition=Ready", "jsonpath={.status.addresses[0].value}"]', True),
        ('["condition=Ready", "condition=Programmed"]', False),
    ],
)
def test_wait_for(annotation: str, ready: bool) -> None:
    assert waitfor.parse(annotation).judge(GATEWAY, Frozen(), None).ready is ready


def test_what_is_waited_for_says_why_not() -> None:
    verdict = waitfor.parse("condition=Programmed").judge(GATEWAY, Frozen(), None)
    assert "Programmed=False" in verdict.message
    assert "no address" in verdict.message


@pytest.mark.parametrize(
    "annotation",
    ["Ready", "[]", "jsonpath=.status", "jsonpath={.a}=b=c", "jsonpath={.a}=", "jsonpath='{.a}'"],
)
def test_a_malformed_wait_is_refused(annotation: str) -> None:
    with pytest.raises(ProviderError):
        waitfor.parse(annotation)


def deployment(**status: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "uid": "d",
            "generation": 1,
            "annotations": {"deployment.kubernetes.io/revision": "1"},
        },
        "status": {"observedGeneration": 1, **status},
    }


def replica_set(ready: int) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": "web-1",
            "uid": "r",
            "ownerReferences": [{"uid": "d"}],
            "annotations": {"deployment.kubernetes.io/revision": "1"},
        },
        "spec": {"replicas": 2},
        "status": {"readyReplicas": ready},
    }


AVAILABLE = [{"type": "Available", "status": "True"}]


def test_a_deployment_is_ready_with_all_replicas() -> None:
    assert judge(deployment(conditions=AVAILABLE), replica_set(2)).ready


def test_a_deployment_waits_for_its_replicas_and_names_their_trouble() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1-a", "ownerReferences": [{"uid": "r"}]},
        "status": {
            "conditions": [
                {"type": "PodScheduled", "status": "True"},
                {"type": "Initialized", "status": "True"},
                {
                    "type": "Ready",
                    "status": "False",
                    "reason": "ContainersNotReady",
                    "message": "containers with unready status: [c]",
                },
            ],
            "containerStatuses": [
                {"name": "c", "state": {"waiting": {"reason": "ErrImagePull", "message": "no"}}}
            ],
        },
    }
    verdict = judge(deployment(conditions=AVAILABLE), replica_set(1), pod)
    assert not verdict.ready
    assert "(1/2 Pods available)" in verdict.message
    assert any("[ErrImagePull] no" in reason for reason in verdict.reasons)


def test_a_deployment_that_the_controller_has_not_seen_is_not_ready() -> None:
    stale = deployment(conditions=AVAILABLE)
    stale["metadata"]["generation"] = 2
    assert not judge(stale, replica_set(2)).ready


def service(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}


def endpoints(**subset: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "s"}, "subsets": [subset]}


def test_a_service_without_selector_needs_no_endpoints() -> None:
    assert judge(service(type="ClusterIP")).ready


def test_a_load_balancer_waits_for_its_address() -> None:
    waiting = judge(service(type="LoadBalancer", selector={"a": "b"}), endpoints(addresses=[{}]))
    assert not waiting.ready
    assert "IP address" in waiting.reasons[0]
    placed = service(type="LoadBalancer", selector={"a": "b"})
    placed["status"] = {"loadBalancer": {"ingress": [{"ip": "127.0.0.2"}]}}
    assert judge(placed, endpoints(addresses=[{}])).ready
    assert not judge(placed, endpoints(notReadyAddresses=[{}])).ready


def job(type_: str, reason: str = "") -> dict[str, Any]:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j"},
        "status": {
            "startTime": "now",
            "conditions": [{"type": type_, "status": "True", "reason": reason}],
        },
    }


def test_a_job_ends_the_wait_when_it_is_done_or_beyond_hope() -> None:
    assert judge(job("Complete")).ready
    assert judge(job("Failed", "BackoffLimitExceeded")).failed
    assert not judge(job("Failed", "PodFailurePolicy")).failed


def test_the_first_apply_takes_over_what_the_create_wrote() -> None:
    def entry(manager: str, operation: str, field: str) -> dict[str, Any]:
        return {"manager": manager, "operation": operation, "fieldsV1": {f"f:{field}": {}}}

    live = {
        "metadata": {
            "resourceVersion": "5",
            "managedFields": [
                entry("pulumi-kubernetes", "Update", "a"),
                entry("controller", "Update", "b"),
            ],
        }
    }
    patch = managers.takeover(live, "mine")
    assert patch is not None
    assert [(e["manager"], e["operation"]) for e in patch[0]["value"]] == [
        ("controller", "Update"),
        ("mine", "Apply"),
    ]
    assert managers.takeover({"metadata": {"managedFields": patch[0]["value"]}}, "mine") is None


def test_an_ignored_field_is_left_out_only_when_others_own_it() -> None:
    def live(manager: str) -> dict[str, Any]:
        fields: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
        return {
            "metadata": {"managedFields": [{"manager": manager, "fieldsV1": fields}]},
            "spec": {"replicas": 7},
        }

    theirs = {"spec": {"replicas": 1}}
    managers.leave_alone(theirs, live("autoscaler"), "mine", [["spec", "replicas"]])
    ours = {"spec": {"replicas": 1}}
    managers.leave_alone(ours, live("mine"), "mine", [["spec", "replicas"]])
    assert (theirs, ours) == ({"spec": {}}, {"spec": {"replicas": 7}})
