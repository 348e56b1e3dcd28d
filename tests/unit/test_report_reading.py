"""What a preview has written, read back: what is not whole is refused, not guessed."""

import json
from typing import Any

import pytest

from report import reading

URN = "urn:pulumi:test::ambientmesh::kubernetes:core/v1:Service::c1-details"
STEP = {"urn": URN, "op": "update", "newState": {"inputs": {"a": 1}}}


def test_a_json_without_what_stays_is_refused() -> None:
    digest = {"steps": [STEP], "changeSummary": {"same": 3, "update": 1}}

    with pytest.raises(reading.NoPlan, match="--show-sames"):
        reading.read(None, json.dumps(digest))


@pytest.mark.parametrize(
    ("events", "plan"),
    [
        (None, None),
        ("", ""),
        ("no json\n{}", None),
        ("[]\n", None),
        (None, "no json"),
        (None, "{}"),
    ],
)
def test_what_no_preview_has_written_is_refused(events: str | None, plan: str | None) -> None:
    with pytest.raises(reading.NoPlan):
        reading.read(events, plan)


def test_a_log_without_an_end_is_that_of_a_preview_that_failed() -> None:
    line = json.dumps({"resourcePreEvent": {"metadata": {"urn": URN, "op": "create"}}})

    plan = reading.read(f'{line}\n{{"resourcePreEv', None)
    assert len(plan.steps) == 1
    assert plan.failed


@pytest.mark.parametrize(("level", "failed"), [("mandatory", True), ("advisory", False)])
def test_a_mandatory_finding_fails_a_preview(level: str, failed: bool) -> None:
    finding = {"enforcementLevel": level, "policyName": "p", "message": "<{%fg 1%}>no<{%reset%}>"}
    events: list[dict[str, Any]] = [
        {"policyEvent": finding},
        {"summaryEvent": {"PolicyPacks": {"mesh": "1"}}},
    ]

    plan = reading.from_events(events)
    assert plan.failed is failed
    assert plan.policies
    assert plan.findings[0].message == "no"


def test_three_operations_on_one_resource_are_one_replace() -> None:
    events = [
        {"resourcePreEvent": {"metadata": {"urn": URN, "op": op}}}
        for op in ("create-replacement", "replace", "delete-replaced")
    ]

    (step,) = reading.from_events(events).steps
    assert step.op == "replace"
