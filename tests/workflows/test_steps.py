"""Scripts of steps, run as GitHub runs them, with a gh and an engine that answer from files."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.paths import CHECKOUT
from tests.workflows.files import jobs, script

GH = """#!/bin/sh
printf '%s\\n' "$*" >> asked
while [ $# -gt 0 ]; do
  case $1 in --jq) filter=$2 ;; esac
  shift
done
[ -z "$filter" ] || jq --raw-output "$filter" answer.json
"""
BASH = ("/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
"""What GitHub runs for `shell: bash`, but that it names a file."""
MARKER = "<!-- ambientmesh-preview -->"

Run = Callable[..., list[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH, encoding="utf-8")
    gh.chmod(0o755)

    def run(step: tuple[str, str, str], answer: Any, **env: str) -> list[str]:
        """Run a step; return what gh was asked, but for the answers' filters."""
        (tmp_path / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
        subprocess.run(  # noqa: S603 a script of ours
            [*BASH, script(*step)],
            cwd=tmp_path,
            env={**env, "PATH": f"{gh.parent}:{os.environ['PATH']}"},
            check=True,
        )
        log = tmp_path / "asked"
        asked = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [line for line in asked if line.startswith("api") and "--paginate" not in line]

    return run


COMMENT = ("pull-request", "comment", "one comment, edited in place")


def comment(number: int, kind: str, body: str) -> dict[str, Any]:
    return {"url": f"https://x.example/{number}", "user": {"type": kind}, "body": body}


def test_a_first_comment_is_made(run: Run) -> None:
    others = [comment(1, "Bot", "another bot's"), comment(2, "User", f"{MARKER} quoted")]

    assert run(COMMENT, others, PULL_REQUEST="repos/o/r/issues/7") == [
        "api repos/o/r/issues/7/comments --field body=@comment.md --silent"
    ]


def test_the_comment_that_is_there_is_edited(run: Run) -> None:
    there = [
        comment(1, "Bot", "hello"),
        comment(5, "Bot", f"{MARKER}\nold"),
        comment(6, "Bot", MARKER),
    ]

    assert run(COMMENT, there, PULL_REQUEST="repos/o/r/issues/7") == [
        "api --method PATCH https://x.example/5 --field body=@comment.md --silent"
    ]


PLANNED = ("main", "planned", "planned stacks")


@pytest.mark.parametrize(
    ("artifacts", "stacks"), [(["plan-eu", "plan-us", "other"], '["eu","us"]'), (["other"], "[]")]
)
def test_stacks_with_a_plan_are_those_that_come_up(
    run: Run, tmp_path: Path, artifacts: list[str], stacks: str
) -> None:
    answer = {"artifacts": [{"name": name} for name in artifacts]}

    run(PLANNED, answer, RUN="repos/o/r/actions/runs/9", GITHUB_OUTPUT=str(tmp_path / "output"))

    assert (tmp_path / "output").read_text(encoding="utf-8") == f"stacks={stacks}\n"


ISSUE = ("nightly", "issue", "one issue")
THERE = [{"title": "Nightly: drift", "number": 4}, {"title": "another", "number": 3}]


OPENED = (
    "api --method POST I --field title=Nightly: {what}"
    " --field body=See the failed jobs of U --silent"
)


@pytest.mark.parametrize(
    ("what", "result", "there", "asked"),
    [
        ("drift", "success", [], []),
        ("drift", "success", THERE, ["api --method PATCH I/4 --field state=closed --silent"]),
        (
            "drift",
            "failure",
            THERE,
            ["api --method POST I/4/comments --field body=Still: U --silent"],
        ),
        ("drift", "failure", THERE[1:], [OPENED.format(what="drift")]),
        ("drift", "skipped", THERE, []),
        ("tests", "failure", THERE, [OPENED.format(what="tests")]),
        ("tests", "success", THERE, []),
    ],
)
def test_what_a_night_finds_has_one_issue_for_as_long_as_it_lasts(
    run: Run, what: str, result: str, there: list[Any], asked: list[str]
) -> None:
    found = run(ISSUE, there, ISSUES="I", RESULT=result, RUN="U", TITLE=f"Nightly: {what}")

    assert found == asked


def test_a_night_tells_of_every_job_that_it_waits_for() -> None:
    job = jobs("nightly")["issue"]

    assert job["strategy"]["matrix"]["what"] == job["needs"]
    assert {"issue", *job["needs"]} == set(jobs("nightly"))


PULUMI = """#!/bin/sh
printf '%s\\n' "$1" >> ran
while [ $# -gt 0 ]; do
  case $1 in --event-log) cp events.json "$2" ;; esac
  shift
done
"""


def planned(op: str) -> str:
    metadata = {"urn": "urn:pulumi:s::p::k:v1:Kind::thing", "op": op}
    events: list[dict[str, Any]] = [
        {"resourcePreEvent": {"metadata": metadata}},
        {"summaryEvent": {"resourceChanges": {}}},
    ]
    return "\n".join(map(json.dumps, events))


@pytest.fixture
def main(tmp_path: Path) -> Callable[[str, str], int]:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "venv").symlink_to(sys.prefix)
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(PULUMI, encoding="utf-8")
    pulumi.chmod(0o755)

    def main(job: str, op: str) -> int:
        """Run what a job of main.yml does with the engine, whose previews find one operation."""
        (tmp_path / "events.json").write_text(planned(op), encoding="utf-8")
        output = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        done = subprocess.run(  # noqa: S603 a script of ours
            [*BASH, script("main", job, job)],
            cwd=tmp_path,
            env={
                **output,
                "STACK": "acme",
                "PYTHONPATH": str(CHECKOUT),
                "PATH": f"{pulumi.parent}:{os.environ['PATH']}",
            },
            check=False,
        )
        return done.returncode

    return main


def test_what_was_approved_comes_up(tmp_path: Path, main: Callable[[str, str], int]) -> None:
    assert main("plan", "create") == 0
    assert (tmp_path / "GITHUB_OUTPUT").read_text(encoding="utf-8") == "operations=1\n"

    assert main("up", "create") == 0
    assert (tmp_path / "ran").read_text(encoding="utf-8").split() == ["preview", "preview", "up"]


def test_more_than_was_approved_does_not_come_up(
    tmp_path: Path, main: Callable[[str, str], int]
) -> None:
    assert main("plan", "create") == 0

    assert main("up", "delete") == 1
    assert (tmp_path / "ran").read_text(encoding="utf-8").split() == ["preview", "preview"]


def test_a_plan_in_which_nothing_happens_is_not_asked_about(
    tmp_path: Path, main: Callable[[str, str], int]
) -> None:
    assert main("plan", "same") == 0

    assert (tmp_path / "GITHUB_OUTPUT").read_text(encoding="utf-8") == "operations=0\n"


def of_git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)  # noqa: S603, S607


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository of four stacks, with the program's Python."""
    (tmp_path / "Pulumi.yaml").write_text("name: ambientmesh\n", encoding="utf-8")
    for name in ("eu", "us", "old", "example"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text("config: {}\n", encoding="utf-8")
    of_git(tmp_path, "init", "-q")
    of_git(tmp_path, "add", "-A")
    of_git(tmp_path, "commit", "-qm", "main")
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "venv").symlink_to(sys.prefix)
    return tmp_path


def changed(repository: Path, workflow: str, **env: str) -> str:
    """Run the step that finds changed stacks; return what it puts out."""
    output = repository / "output"
    found = {"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(output)}
    subprocess.run(  # noqa: S603 a script of ours
        [*BASH, script(workflow, "stacks", "changed stacks")],
        cwd=repository,
        env=found | env,
        check=True,
    )
    return output.read_text(encoding="utf-8")


def test_stacks_that_run_and_change_or_lose_their_file_are_told_apart(repository: Path) -> None:
    (repository / "Pulumi.eu.yaml").write_text("config: {ambientmesh:clusters: []}\n", "utf-8")
    of_git(repository, "rm", "-q", "Pulumi.old.yaml", "Pulumi.example.yaml")
    of_git(repository, "commit", "-qam", "work")

    found = changed(repository, "pull-request", STACKS='["eu", "us", "old"]')

    assert found == 'changed=["eu"]\ngone=["old"]\n'


@pytest.mark.parametrize(
    ("before", "asked", "stacks"),
    [
        ("HEAD^", "", '["eu"]'),
        ("0" * 40, "", '["eu","us"]'),
        ("1" * 40, "", '["eu","us"]'),
        ("0" * 40, "us", '["us"]'),
        ("0" * 40, "example", "[]"),
    ],
)
def test_a_push_to_main_plans_what_it_changed_or_all_if_nobody_knows(
    repository: Path, before: str, asked: str, stacks: str
) -> None:
    (repository / "Pulumi.eu.yaml").write_text("config: {ambientmesh:clusters: []}\n", "utf-8")
    of_git(repository, "commit", "-qam", "work")

    found = changed(repository, "main", BEFORE=before, ASKED=asked, STACKS='["eu", "us", "gone"]')

    assert found == f"changed={stacks}\n"
