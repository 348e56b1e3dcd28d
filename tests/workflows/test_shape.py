"""What every workflow must have, whatever its jobs do."""

import re
from pathlib import Path

import pytest

from tests.workflows.files import ACTIONS, WORKFLOWS, jobs, read

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OF_OURS = "./.github/actions/engine"


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.parent.name)
def test_every_action_is_pinned_by_a_hash_and_says_its_version(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))

    assert used
    assert [text for text in used if text != OF_OURS and not PINNED.fullmatch(text)] == []


def test_one_version_of_an_action_is_used_everywhere() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*WORKFLOWS, *ACTIONS)]
    used = {line for text in texts for line in re.findall(r"uses: ([^.\s].+)", text)}

    names = [line.partition("@")[0] for line in used]
    assert len(names) == len(set(names)), sorted(used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_permitted_but_by_a_job_itself(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_ends(path: Path) -> None:
    assert all(job["timeout-minutes"] <= 120 for job in read(path)["jobs"].values())


def test_jobs_with_secrets_or_a_right_to_write_are_not_for_forks() -> None:
    ours = "github.event.pull_request.head.repo.full_name == github.repository"
    strong = {
        name: job["if"]
        for name, job in jobs("pull-request").items()
        if "environment" in job or "write" in job["permissions"].values()
    }

    assert set(strong) == {"preview", "comment"}
    assert all(ours in condition and "||" not in condition for condition in strong.values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_an_identity_is_asked_for_in_an_environment_only(path: Path) -> None:
    for name, job in read(path)["jobs"].items():
        assert ("id-token" in job["permissions"]) == ("environment" in job), name


def test_only_the_stacks_own_environment_lets_a_mesh_be_changed() -> None:
    own = "${{ matrix.stack }}"
    found = {
        (path.stem, name): job["environment"]
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
        if any(" up " in step.get("run", "") for step in job["steps"])
    }

    assert found == {("main", "up"): own}


def test_what_comes_up_is_what_was_planned_on_main_and_nothing_cached() -> None:
    text = WORKFLOWS[0].read_text(encoding="utf-8")

    assert WORKFLOWS[0].stem == "main"
    assert "actions/cache" not in text
    assert jobs("main")["up"]["concurrency"]["cancel-in-progress"] is False


def test_a_preview_that_failed_fails_the_check_whatever_its_summary_says() -> None:
    last = jobs("pull-request")["comment"]["steps"][-1]

    ended = "needs.preview.result != 'success' && needs.preview.result != 'skipped'"
    assert last["if"] == f"${{{{ !cancelled() && {ended} }}}}", "a time-out fails it, too"
    assert "exit 1" in last["run"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_matrix_is_made_only_of_what_a_job_has_put_out(path: Path) -> None:
    """Outputs of a skipped job are empty, and ``fromJSON('')`` fails the run.

    Whose condition has no status function is skipped with what it needs; the others must look.
    """
    for name, job in read(path)["jobs"].items():
        source = re.search(r"needs\.(\w+)\.outputs", str(job.get("strategy", "")))
        if source and "cancelled()" in job["if"]:
            assert f"needs.{source[1]}.result == 'success'" in job["if"], name
