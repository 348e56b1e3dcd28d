"""What was approved is recorded without values, and more than that is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from report import approval, approved
from report.approved import Operation
from report.plan import Plan, Step

URN = "urn:pulumi:s::ambientmesh::k:v1:Kind::thing"
STACK = "urn:pulumi:s::ambientmesh::pulumi:pulumi:Stack::ambientmesh-s"


def doing(op: str, *paths: str) -> dict[str, Operation]:
    return {URN: Operation(op=op, paths=frozenset(paths))}


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (doing("update", "spec.a"), doing("update", "spec.a")),
        (doing("update", "spec.a", "spec.b"), doing("update", "spec.b")),
        (doing("delete"), {}),
        (doing("import"), doing("import")),
        # The `up` before this one created it, and could not wait for it.
        (doing("create"), doing("update", "status")),
        (doing("replace", "spec"), doing("update", "spec")),
    ],
)
def test_what_was_approved_or_less_may_be_done(
    then: dict[str, Operation], now: dict[str, Operation]
) -> None:
    assert approved.beyond(then, now) == []


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        ({}, doing("create"), "thing (URN): create; approved was: nothing"),
        (doing("update"), doing("replace"), "thing (URN): replace; approved was: update"),
        (doing("create"), doing("delete"), "thing (URN): delete; approved was: create"),
        (doing("update", "a"), doing("update", "a", "b"), "thing (URN): b would differ, too"),
        (doing("replace", "a"), doing("replace", "c", "b"), "thing (URN): b, c would differ, too"),
    ],
)
def test_more_than_was_approved_is_named(
    then: dict[str, Operation], now: dict[str, Operation], said: str
) -> None:
    assert approved.beyond(then, now) == [said.replace("URN", URN)]


def test_a_record_has_names_of_properties_and_no_value() -> None:
    step = Step(urn=URN, op="update", old={"a": "one", "b": 1}, new={"a": "two", "b": 1})

    text = approved.to_json(approved.operations(Plan(steps=(step,))))

    assert approved.from_json(text) == doing("update", "a")
    assert "one" not in text
    assert "two" not in text


def test_the_differences_that_a_provider_found_count_before_those_of_inputs() -> None:
    step = Step(urn=URN, op="update", old={"a": 1}, new={"a": 2}, detailed={"a.b": "UPDATE"})

    assert approved.operations(Plan(steps=(step,))) == doing("update", "a.b")


def test_what_stays_is_not_recorded_but_outputs_that_change_are() -> None:
    same = Step(urn=URN, op="same")
    outputs = Step(urn=STACK, op="same", state={"url": "old"}, outputs={"url": "new"})

    found = approved.operations(Plan(steps=(same, outputs)))

    assert found == {STACK: Operation(op="update", paths=frozenset(["outputs"]))}


def events(folder: Path, op: str, *, ends: bool = True) -> Path:
    entry: dict[str, Any] = {"metadata": {"urn": URN, "op": op, "old": None, "new": {"inputs": {}}}}
    lines: list[dict[str, Any]] = [{"resourcePreEvent": entry}]
    if ends:
        lines.append({"summaryEvent": {"resourceChanges": {op: 1}}})
    path = folder / f"{op}-{ends}.log"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_a_preview_is_recorded_and_a_later_one_held_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "approved.json"
    create, delete = events(tmp_path, "create"), events(tmp_path, "delete")

    assert approval.main(["--events", str(create), "--output", str(record)]) == 0
    assert capsys.readouterr().out == "1\n"
    assert approval.main(["--events", str(create), "--within", str(record)]) == 0
    assert approval.main(["--events", str(delete), "--within", str(record)]) == 1
    assert "thing" in capsys.readouterr().err


def test_a_preview_that_did_not_end_is_within_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "approved.json"
    approval.main(["--events", str(events(tmp_path, "create")), "--output", str(record)])

    cut = events(tmp_path, "create", ends=False)

    assert approval.main(["--events", str(cut), "--within", str(record)]) == 1
    assert "the preview failed" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99, "operations": {}}'])
def test_what_is_no_record_approves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    record = tmp_path / "approved.json"
    record.write_text(text, encoding="utf-8")

    code = approval.main(["--events", str(events(tmp_path, "create")), "--within", str(record)])

    assert code == 2
    assert str(record) in capsys.readouterr().err
