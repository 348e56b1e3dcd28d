"""When a part of the mesh is ready, and what is said when it is not."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from components import readiness
from components.live import Unreachable
from components.readiness import Address, NotReady, Verdict

NOT_CONNECTED = {
    "type": "gloo.solo.io/PeerConnected",
    "status": "False",
    "reason": "RootMismatch",
    "message": "the roots differ",
}


def link(*conditions: Mapping[str, Any]) -> dict[str, Any]:
    good = [{"type": kind, "status": "True"} for kind in readiness.LINK_CONDITIONS]
    named = {c["type"] for c in conditions}
    kept = [c for c in good if c["type"] not in named]
    return {"metadata": {"generation": 2}, "status": {"conditions": [*kept, *conditions]}}


@pytest.mark.parametrize(
    ("phase", "state"),
    [
        ("SUCCEEDED", "ready"),
        ("Installed", "ready"),
        ("FAILED", "failed"),
        ("ABORTED", "failed"),
        ("RUNNING", "pending"),
        ("", "pending"),
    ],
)
def test_the_phase_decides(phase: str, state: str) -> None:
    assert readiness.mesh_verdict({"status": {"phase": phase}}).state == state


def test_a_failed_phase_is_told_with_the_condition_behind_it() -> None:
    condition = {"type": "CNIDeployed", "status": "False", "reason": "X", "message": "no quota"}
    verdict = readiness.mesh_verdict({"status": {"phase": "FAILED", "conditions": [condition]}})

    assert "phase=FAILED" in verdict.reason
    assert "CNIDeployed=False (X): no quota" in verdict.reason


def test_a_phase_about_an_older_generation_is_not_believed() -> None:
    status = {"phase": "SUCCEEDED", "observedGeneration": 1}

    stale = readiness.mesh_verdict({"metadata": {"generation": 2}, "status": status})
    assert stale.state == "pending"


@pytest.mark.parametrize(
    ("value", "kind"),
    [("10.0.0.1", "IPAddress"), ("2001:db8::1", "IPAddress"), ("a.elb.test", "Hostname")],
)
def test_the_type_of_an_address_fits_its_value(value: str, kind: str) -> None:
    found = readiness.address({"status": {"addresses": [{"type": "IPAddress", "value": value}]}})

    assert found == Address(kind, value)  # type: ignore[arg-type]


def test_a_programmed_gateway_without_address_is_not_ready() -> None:
    gateway = {"status": {"conditions": [{"type": "Programmed", "status": "True"}]}}

    assert readiness.gateway_verdict(gateway).state == "pending"
    assert readiness.gateway_verdict(gateway | {}).reason.startswith("status.addresses is empty")


def test_a_link_with_every_condition_true_is_ready() -> None:
    assert readiness.link_verdict(link()) == Verdict("ready")


@pytest.mark.parametrize("missing", readiness.LINK_CONDITIONS)
def test_a_link_needs_each_of_its_conditions(missing: str) -> None:
    conditions = [c for c in link()["status"]["conditions"] if c["type"] != missing]

    verdict = readiness.link_verdict({"status": {"conditions": conditions}})
    assert verdict == Verdict("pending", f"{missing} is not reported yet")


def test_a_broken_link_tells_condition_reason_and_message() -> None:
    verdict = readiness.link_verdict(link(NOT_CONNECTED))

    told = "gloo.solo.io/PeerConnected=False (RootMismatch): the roots differ"
    assert verdict == Verdict("pending", told)


def test_the_data_plane_condition_counts_where_it_is_reported() -> None:
    condition = {"type": readiness.DATA_PLANE_CONDITION, "status": "False", "message": "no"}

    assert readiness.link_verdict(link(condition)).state == "pending"


def test_a_condition_about_an_older_generation_is_not_believed() -> None:
    condition = {"type": "Programmed", "status": "True", "observedGeneration": 1}

    assert readiness.link_verdict(link(condition)).state == "pending"


def run_wait(
    answers: list[Any], timeout: int = 60, say: Callable[[str], None] = print
) -> Mapping[str, Any]:
    async def read() -> Any:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return asyncio.run(
        readiness.wait("alpha: X y", read, readiness.mesh_verdict, timeout, "timeouts.mesh", say)
    )


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "POLL", 0.001)


def test_a_wait_outlives_an_api_server_that_does_not_answer() -> None:
    ready = {"status": {"phase": "SUCCEEDED"}}

    assert run_wait([Unreachable("refused"), None, ready]) == ready


def test_a_wait_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "REPORT", 0.0)
    said: list[str] = []

    run_wait(
        [{"status": {"phase": "RUNNING"}}, {"status": {"phase": "SUCCEEDED"}}], say=said.append
    )

    assert said == ["waiting: phase=RUNNING (want SUCCEEDED): no condition says more"]


def test_failure_ends_a_wait_at_once() -> None:
    # A second look would find success: it must never be taken.
    answers = [{"status": {"phase": "FAILED"}}, {"status": {"phase": "SUCCEEDED"}}]

    with pytest.raises(NotReady, match="phase=FAILED"):
        run_wait(answers)


def test_a_wait_that_ends_names_object_reason_and_the_key_of_its_timeout() -> None:
    with pytest.raises(NotReady) as caught:
        run_wait([{"status": {"phase": "RUNNING"}}], timeout=0)

    assert "alpha: X y: phase=RUNNING" in str(caught.value)
    assert "(timeouts.mesh)" in str(caught.value)


@pytest.mark.parametrize(
    ("obj", "state", "reason"),
    [
        (None, "pending", "does not exist"),
        ({"spec": {"replicas": 2}, "status": {}}, "pending", "2 pods wanted, 0 updated"),
        (
            {"spec": {"replicas": 2}, "status": {"updatedReplicas": 1, "availableReplicas": 2}},
            "pending",
            "2 pods wanted, 1 updated, 2 available",
        ),
        (
            {
                "spec": {"replicas": 1},
                "status": {
                    "updatedReplicas": 1,
                    "conditions": [
                        {"type": "Available", "status": "False", "message": "no node fits"}
                    ],
                },
            },
            "pending",
            "Available=False: no node fits",
        ),
        (
            {"spec": {"replicas": 2}, "status": {"updatedReplicas": 2, "availableReplicas": 2}},
            "ready",
            "",
        ),
        (
            {"metadata": {"generation": 2}, "status": {"observedGeneration": 1}},
            "pending",
            "older generation",
        ),
        ({"status": {"desiredNumberScheduled": 0}}, "pending", "no pod at all"),
        (
            {
                "status": {
                    "desiredNumberScheduled": 3,
                    "updatedNumberScheduled": 3,
                    "numberAvailable": 2,
                }
            },
            "pending",
            "3 pods wanted, 3 updated, 2 available",
        ),
        (
            {
                "status": {
                    "desiredNumberScheduled": 3,
                    "updatedNumberScheduled": 3,
                    "numberAvailable": 3,
                }
            },
            "ready",
            "",
        ),
    ],
)
def test_a_rollout_is_over_when_all_pods_are_new_and_available(
    obj: Any, state: str, reason: str
) -> None:
    verdict = readiness.rollout_verdict(obj)

    assert verdict.state == state
    assert reason in verdict.reason


def route(*parents: Mapping[str, str], observed: int = 2) -> dict[str, Any]:
    """Return an HTTPRoute with these statuses of conditions, one map a parent."""
    told = [
        {
            "conditions": [
                {"type": kind, "status": status, "message": "m", "observedGeneration": observed}
                for kind, status in parent.items()
            ]
        }
        for parent in parents
    ]
    return {"metadata": {"generation": 2}, "status": {"parents": told}}


TAKEN_UP = {"Accepted": "True", "ResolvedRefs": "True"}


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (None, "does not exist"),
        (route(), "no controller has taken it up"),
        (route({"Accepted": "False", "ResolvedRefs": "True"}), "Accepted=False: m"),
        (route({"Accepted": "True"}), "ResolvedRefs is not reported yet"),
        (route(TAKEN_UP, {**TAKEN_UP, "ResolvedRefs": "False"}), "ResolvedRefs=False: m"),
        (route(TAKEN_UP, observed=1), "Accepted is about an older generation"),
    ],
)
def test_a_route_waits_for_every_parent_and_backend(
    obj: dict[str, Any] | None, reason: str
) -> None:
    verdict = readiness.route_verdict(obj)

    assert verdict.state == "pending"
    assert reason in verdict.reason


def test_a_route_that_every_parent_took_is_ready() -> None:
    assert readiness.route_verdict(route(TAKEN_UP, TAKEN_UP)).state == "ready"
