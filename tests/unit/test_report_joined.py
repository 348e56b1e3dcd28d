"""One comment for all stacks: what it begins with, what is cut of it, and when it fails."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from report import joined
from report import section as summary
from report.__main__ import main
from report.cost import Costs
from report.folds import Folded
from report.named import Loss
from report.plan import Finding, Plan, Step
from report.section import Section

LOSS = Loss(op="delete", resource="c3-thing", names=("c3-thing", "c3"), advised="c3")


def section(
    stack: str,
    *,
    lines: int = 3,
    body: str = "the whole summary",
    losses: tuple[Loss, ...] = (),
    failed: bool = False,
) -> Section:
    full = {"c1": [f"+ line {number} of {stack}" for number in range(lines)]}
    short = {"c1": full["c1"][: lines // 2]}
    fold = Folded(title="differences", full=full, short=short)
    return Section(
        stack=stack,
        headline=f"🟢 Something happens to {stack}.",
        weight="GROWS",
        failed=failed,
        body=f"{body} of {stack}",
        folds=(fold,),
        losses=losses,
    )


def run(folder: Path, *sections: Section, body: str = "", expect: str = "[]") -> tuple[int, str]:
    for one in sections:
        inside = folder / "in" / one.stack
        inside.mkdir(parents=True)
        (inside / "summary.json").write_text(one.to_json(), encoding="utf-8")
    (folder / "in").mkdir(exist_ok=True)
    (folder / "body").write_text(body, encoding="utf-8")
    out = folder / "comment.md"
    arguments = ["join", str(folder / "in"), "--named-in", str(folder / "body"), "--expect", expect]
    code = main([*arguments, "--output", str(out)])
    return code, out.read_text(encoding="utf-8")


def test_the_first_line_is_the_mark_by_which_the_comment_is_found_again(tmp_path: Path) -> None:
    code, text = run(tmp_path, section("a"), section("b"))

    assert code == 0
    assert text.startswith("<!-- ambientmesh-preview -->\n")


def test_all_headlines_come_before_all_else(tmp_path: Path) -> None:
    _, text = run(tmp_path, section("a"), section("b"))

    assert text.index("happens to b") < text.index("the whole summary of a")


def test_no_stack_is_a_comment_too(tmp_path: Path) -> None:
    code, text = run(tmp_path)

    assert code == 0
    assert "No stack is changed" in text


def test_a_delete_that_is_not_named_fails_and_the_comment_says_which_line_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = run(tmp_path, section("a", losses=(LOSS,)), section("b"))
    told = capsys.readouterr().err

    assert code == 1
    assert "deletes 1 resource that its description does not name" in text
    assert "\nDeletes: a/c3\n" in text
    assert "Add: Deletes: a/c3\n" in told


def test_a_delete_that_is_named_is_well(tmp_path: Path) -> None:
    code, text = run(tmp_path, section("a", losses=(LOSS,)), body="Deletes: c3")

    assert code == 0
    assert "description" not in text


def test_a_preview_that_failed_fails_the_whole(tmp_path: Path) -> None:
    assert run(tmp_path, section("a", failed=True))[0] == 1


def test_a_stack_without_a_preview_is_said(tmp_path: Path) -> None:
    code, text = run(tmp_path, section("a"), expect=json.dumps(["a", "b"]))

    assert code == 1
    assert "no preview of `b`" in text


def test_what_is_no_summary_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    code = main(["join", str(tmp_path), "--output", str(tmp_path / "out")])

    assert code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_of_a_long_difference_first_the_properties_go_and_it_is_said() -> None:
    text = joined.comment([section("a", lines=5_000)], {})

    assert len(text) <= joined.LIMIT
    assert "+ line 2499 of a" in text
    assert "+ line 2500 of a" not in text
    assert "Cut for room: 2,500 lines of 5,000" in text


def test_of_a_longer_one_lines_go_and_all_summaries_stay() -> None:
    stacks = [section(name, lines=20_000) for name in "abc"]
    text = joined.comment(stacks, {})

    assert joined.LIMIT * 0.95 < len(text) <= joined.LIMIT
    for name in "abc":
        assert f"the whole summary of {name}" in text
        assert f"+ line 100 of {name}" in text
    assert text.count("Cut for room") == 3


def test_where_not_even_the_summaries_fit_every_headline_stays() -> None:
    stacks = [section(f"s{number}", body="x" * 1_000) for number in range(100)]
    text = joined.comment(stacks, {})

    assert len(text) <= joined.LIMIT
    assert text.count("Something happens to") >= 100
    assert "No room for more" in text


def test_a_summary_is_read_as_it_was_written() -> None:
    one = section("a", losses=(LOSS,))

    assert joined.comment([Section.from_json(one.to_json())], {}) == joined.comment([one], {})
    assert Section.from_json(one.to_json()).losses == (LOSS,)


NOTHING = Costs(None, None, "")
URN = "urn:pulumi:test::ambientmesh::x:y:Z::c1-thing"


@pytest.mark.parametrize(
    "plan",
    [
        Plan(steps=(), errors=("x" * 100_000,)),
        Plan(steps=(), errors=("\n".join(["`" * 99] * 9_000),)),
        Plan(steps=(), warnings=tuple(f"**{number}** {'*' * 900}" for number in range(900))),
        Plan(
            steps=(),
            policies=True,
            findings=tuple(
                Finding(level="advisory", policy="p", pack="", urn=URN, message="|" * 9_000)
                for _ in range(900)
            ),
        ),
    ],
    ids=["a long line", "many lines", "warnings", "findings"],
)
def test_whatever_is_said_of_one_stack_its_summary_fits(plan: Plan) -> None:
    text = joined.comment([summary.section("a", plan, NOTHING)], {})

    assert len(text) <= joined.LIMIT
    assert "No room" not in text
    assert "in the log" in text or "100,000 characters" in text


def test_a_stack_without_a_difference_may_be_too_long_too() -> None:
    one = replace(section("a", body="x" * 70_000), folds=())

    assert len(joined.comment([one], {})) <= joined.LIMIT


def test_where_not_even_the_headlines_fit_the_comment_does() -> None:
    stacks = [section(f"{number:04}{'x' * 90}") for number in range(1_000)]
    text = joined.comment(stacks, {s.stack: [LOSS] for s in stacks})

    assert len(text) <= joined.LIMIT
    assert "No room for more" in text


def test_a_stack_whose_file_is_gone_goes_on_running(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    out = tmp_path / "comment.md"

    assert main(["join", str(tmp_path / "in"), "--gone", '["acme"]', "--output", str(out)]) == 0
    assert "`acme` has no file any more: what it made goes on running" in out.read_text("utf-8")


def test_the_report_of_one_stack_has_the_line_that_a_pull_request_must_have(
    tmp_path: Path,
) -> None:
    start = "urn:pulumi:test::ambientmesh::"
    urns = [f"{start}ambientmesh:index:Cluster::{name}" for name in ("c1", "c2")]
    lost = [
        f"{start}ambientmesh:index:Cluster$kubernetes:core/v1:Secret::c2-thing",
        f"{start}ambientmesh:index:Cluster$kubernetes:core/v1:Secret::c2-other",
    ]
    steps: list[dict[str, object]] = [{"urn": urns[0], "op": "same"}]
    steps += [
        {"urn": urn, "op": "delete", "oldState": {"inputs": {"a": 1}}} for urn in (urns[1], *lost)
    ]
    plan, out = tmp_path / "plan", tmp_path / "out.md"
    digest = {"steps": steps, "changeSummary": {"same": 1, "delete": 3}}
    plan.write_text(json.dumps(digest), encoding="utf-8")

    assert main(["comment", "--stack", "x", "--plan", str(plan), "--output", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "must have in its description:**\n\n```text\nDeletes: c2\n```" in text
    assert "each name begins with `x/`" in text
    assert "2 resources; the table counts 1 component that only holds them, too" in text


def _found(name: str, what: str, fix: str) -> Finding:
    urn = f"urn:pulumi:test::ambientmesh::x:y:Z::{name}"
    message = f"{what}\nFix: {fix}"
    return Finding(
        level="mandatory", policy="registries-allowed", pack="", urn=urn, message=message
    )


def test_what_policies_refuse_is_said_and_not_that_nothing_is_known() -> None:
    found = (_found("c1-a", "Release c1-a is foreign.", "ask."),)
    plan = Plan(steps=(), policies=True, findings=found, errors=("preview failed",), finished=False)
    made = summary.section("a", plan, NOTHING)

    assert made.headline == "🔴 Refused by policies: 1 mandatory finding (`registries-allowed`)."
    assert made.failed
    assert "preview failed" not in made.body


def test_an_error_beside_what_policies_refuse_is_not_lost() -> None:
    found = (_found("c1-a", "Release c1-a is foreign.", "ask."),)
    plan = Plan(steps=(), policies=True, findings=found, errors=("preview failed", "it broke"))
    made = summary.section("a", plan, NOTHING)

    assert made.headline.endswith("nothing is known: it broke.")
    assert "```text\nit broke\n```" in made.body
    assert "Refused by policies: 1 mandatory finding" in made.body


def test_what_policies_refuse_of_a_preview_that_came_to_its_end_comes_first() -> None:
    found = (_found("c1-a", "Release c1-a is foreign.", "ask."),)
    made = summary.section("a", Plan(steps=(), policies=True, findings=found), NOTHING)

    assert made.headline.startswith("🔴 Refused by policies")
    assert "Nothing changes." in made.body


def test_findings_with_one_fix_are_one_entry_that_lists_the_resources() -> None:
    found = [_found(f"c{n}-a", f"Release c{n}-a is foreign.", "ask.") for n in (1, 2)]
    found.append(_found("c3-b", "It is foreign.", "wait."))
    plan = Plan(steps=(), policies=True, findings=tuple(found))

    assert summary.section("a", plan, NOTHING).body.endswith(
        "- 🔴 mandatory `registries-allowed`, 2 findings. Fix: ask.\n"
        "  - Release c1-a is foreign.\n"
        "  - Release c2-a is foreign.\n"
        "- 🔴 mandatory `registries-allowed` on `c3-b`: It is foreign. Fix: wait."
    )


def test_of_many_findings_with_one_fix_three_are_open_and_all_are_counted() -> None:
    found = tuple(
        _found(f"c{n}-a", f"Release c{n}-a is foreign.", "ask.") for n in reversed(range(10, 40))
    )
    body = summary.section("a", Plan(steps=(), policies=True, findings=found), NOTHING).body

    opened, _, rest = body.partition("<details>")
    assert "30 findings. Fix: ask." in opened
    assert [n for n in range(10, 40) if f"Release c{n}-a is foreign." in opened] == [10, 11, 12]
    line = "- 🔴 mandatory `registries-allowed`: Release c{}-a is foreign. Fix: ask.\n"
    assert [n for n in range(10, 40) if line.format(n) in rest] == [*range(13, 33)]
    assert "<summary>20 more findings</summary>" in rest
    assert body.endswith("*7 more findings in the log.*")


def test_many_findings_with_one_fix_do_not_hide_another() -> None:
    found = [_found(f"c{n}-a", f"Release c{n}-a is foreign.", "ask.") for n in range(25)]
    found.append(_found("till", "till is foreign.", "wait."))
    body = summary.section("a", Plan(steps=(), policies=True, findings=tuple(found)), NOTHING).body

    assert "till is foreign. Fix: wait." in body.partition("<details>")[0]


def test_findings_without_a_fix_keep_their_sign_and_policy_where_they_are_folded() -> None:
    found = tuple(
        Finding(level="advisory", policy="theirs", pack="", urn=f"{URN}-{n}", message="no")
        for n in range(5)
    )
    body = summary.section("a", Plan(steps=(), policies=True, findings=found), NOTHING).body

    assert body.count("- 🟡 advisory `theirs` on `c1-thing-") == 5
    assert "<summary>2 more findings</summary>" in body


def test_outputs_that_change_are_folded_where_the_engine_calls_the_stack_the_same() -> None:
    stack = Step(
        urn="urn:pulumi:test::ambientmesh::pulumi:pulumi:Stack::ambientmesh-test",
        op="same",
        state={"url": "old"},
        outputs={"url": "new"},
    )
    made = summary.section("a", Plan(steps=(stack,)), NOTHING)

    assert "nothing changes but what is only recorded (1 entry)" in made.headline.lower()
    assert [fold.title for fold in made.folds] == [
        "What is only recorded, and changes nothing: 1 (stack output 1)"
    ]
