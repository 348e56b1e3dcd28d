"""What a preview has written, read back: what is not whole is refused, not guessed."""

import json
from typing import Any

import pytest

from report import approved, masking, reading, values
from report.places import placed

URN = "urn:pulumi:test::ambientmesh::kubernetes:core/v1:Service::c1-details"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----"
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


def test_what_is_only_taken_away_of_a_replace_is_a_delete() -> None:
    metadata = {"urn": URN, "op": "delete-replaced", "old": {"inputs": {"a": 1}}}

    (step,) = reading.from_events([{"resourcePreEvent": {"metadata": metadata}}]).steps
    assert step.op == "delete"


def test_what_is_taken_away_first_and_made_anew_is_a_replace() -> None:
    events = [
        {"resourcePreEvent": {"metadata": {"urn": URN, "op": op}}}
        for op in ("delete-replaced", "import-replacement")
    ]

    assert [step.op for step in reading.from_events(events).steps] == ["replace"]


def test_a_line_of_text_within_an_event_ends_no_event() -> None:
    event = {"diagnosticEvent": {"severity": "warning", "message": "a\u0085b"}}
    line = json.dumps(event, ensure_ascii=False)

    assert reading.read(f"{line}\n{{}}\n", None).warnings == ("a\u0085b",)


def test_two_certificates_that_look_alike_once_they_are_shortened_differ() -> None:
    sides = ({"inputs": {"data": {"ca": CERTIFICATE.format(name)}}} for name in "ab")
    old, new = sides
    metadata = {"urn": URN, "op": "update", "old": old, "new": new}

    (step,) = reading.from_events([{"resourcePreEvent": {"metadata": metadata}}]).steps
    (found,) = values.differences(step)
    assert (found.path, found.noise) == (("data", "ca"), "")
    assert found.old == found.new == masking.CERTIFICATE


PROVIDER = "urn:pulumi:test::ambientmesh::pulumi:providers:kubernetes::"


@pytest.mark.parametrize(
    ("urn", "kept"),
    [
        (f"{PROVIDER}default", False),
        (f"{PROVIDER}default_4_30_0", False),
        (f"{PROVIDER}default_4_30_0_https:/get.example.com", False),
        (f"{PROVIDER}default-us-kubernetes", True),
        ("urn:pulumi:test::ambientmesh::ambientmesh:index:Cluster::default-us", True),
        ("urn:pulumi:test::ambientmesh::ambientmesh:index:Cluster::default", True),
        ("urn:pulumi:test::ambientmesh::kubernetes:core/v1:Service::default_x", True),
        ("urn:pulumi:test::ambientmesh::x:y:Holder$pulumi:providers:gcp::default", True),
    ],
)
def test_only_the_engines_own_providers_are_left_out(urn: str, kept: bool) -> None:
    events = [{"resourcePreEvent": {"metadata": {"urn": urn, "op": "delete"}}}]
    digest = json.dumps({"steps": [{"urn": urn, "op": "delete"}], "changeSummary": {}})

    for plan in (reading.from_events(events), reading.from_digest(digest)):
        assert bool(plan.steps) is kept
        assert bool(approved.operations(plan)) is kept


def test_outputs_that_the_json_does_not_plan_do_not_go() -> None:
    stack = {
        "urn": "urn:pulumi:test::p::pulumi:pulumi:Stack::p-test",
        "op": "same",
        "oldState": {"outputs": {"links": {"a": 1}}},
        "newState": {"type": "pulumi:pulumi:Stack"},
    }

    plan = reading.read(None, json.dumps({"steps": [stack], "changeSummary": {"same": 1}}))

    assert placed(plan).outputs == ()
