"""Which stacks a change can touch, asked of a repository that is made here."""

import shutil
import subprocess
from pathlib import Path

import pytest

from localcloud.paths import CHECKOUT
from report import changed
from report.__main__ import main

EVERYWHERE = ("acme-america", "acme-europe", "dev", "globex-america", "globex-europe")


def git(project: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(  # noqa: S603
        ["git", "-C", str(project), *identity, *arguments],  # noqa: S607
        check=True,
        capture_output=True,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a repository with the project's stack files, its layers, and a program."""
    shutil.copytree(CHECKOUT / "stacks", tmp_path / "stacks")
    for file in ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.local.yaml", "__main__.py"):
        shutil.copy(CHECKOUT / file, tmp_path / file)
    (tmp_path / "docs").mkdir()
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "base")
    return tmp_path


def stacks(project: Path, *paths: str, exclude: tuple[str, ...] = ()) -> tuple[str, ...]:
    for path in paths:
        with (project / path).open("a", encoding="utf-8") as file:
            file.write("\n# more\n")
    found = changed.files("main", None, project)
    assert set(paths) <= set(found)
    return changed.changed(found, exclude, project).stacks


def test_a_stack_file_touches_its_own_stack(project: Path) -> None:
    assert stacks(project, "stacks/Pulumi.acme-europe.yaml") == ("acme-europe",)


def test_a_layer_touches_the_stacks_that_extend_it(project: Path) -> None:
    assert stacks(project, "stacks/layers/customer-acme.yaml") == ("acme-america", "acme-europe")


def test_a_layer_of_layers_touches_all_above_it(project: Path) -> None:
    found = stacks(project, "stacks/layers/company.yaml")

    assert found == tuple(name for name in EVERYWHERE if name != "dev")


def test_the_program_touches_every_stack_but_those_of_local_planes(project: Path) -> None:
    assert stacks(project, "__main__.py") == EVERYWHERE


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("components/scripts/ztunnel.sh", True),
        ("policies/providers.py", True),
        ("requirements.txt", True),
        ("requirements-dev.txt", True),
        ("localcloud/environment.py", True),
        ("localcloud/stack.py", False),
        ("pyproject.toml", False),
        ("tests/unit/test_live.py", False),
    ],
)
def test_what_the_program_and_its_environment_are_made_of_is_the_program(
    path: str, *, whole: bool
) -> None:
    assert changed.is_programs(path) is whole


def test_words_touch_none(project: Path) -> None:
    assert stacks(project, "docs/more.md") == ()


def test_stacks_that_ci_cannot_reach_are_left_out(project: Path) -> None:
    found = stacks(project, "Pulumi.yaml", exclude=("dev", "globex-*"))

    assert found == ("acme-america", "acme-europe")


def test_a_stack_of_local_planes_is_left_out_and_said_so(project: Path) -> None:
    found = changed.changed(["Pulumi.local.yaml"], (), project)

    assert found.stacks == ()
    assert found.notes == ("local is left out: it is for local control planes (`make preview`)",)


def test_a_file_that_is_gone_is_said(project: Path) -> None:
    git(project, "rm", "-q", "stacks/Pulumi.acme-europe.yaml")
    found = changed.changed(changed.files("main", None, project), (), project)

    assert (found.stacks, found.gone) == ((), ("acme-europe",))
    assert "acme-europe has no file any more" in found.notes[0]


def test_a_file_that_moved_is_one_that_changed(project: Path) -> None:
    (project / "Pulumi.dev.yaml").rename(project / "stacks" / "Pulumi.dev.yaml")
    found = changed.changed(changed.files("main", None, project), (), project)

    assert (found.stacks, found.notes, found.gone) == (("dev",), (), ())


def test_a_layer_that_cannot_be_read_leaves_its_preview_to_say_so(project: Path) -> None:
    git(project, "rm", "-q", "stacks/layers/customer-globex.yaml")
    found = changed.changed(changed.files("main", None, project), (), project)

    assert found.stacks == ("globex-america", "globex-europe")


def test_what_happened_on_the_base_meanwhile_is_no_change(project: Path) -> None:
    git(project, "branch", "work")
    stacks(project, "Pulumi.dev.yaml")
    git(project, "commit", "-qam", "elsewhere")

    assert changed.files("main", "work", project) == ()


def test_an_unknown_base_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)

    assert main(["changed", "--base", "nowhere"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_chart_in_a_folder_touches_the_stacks_that_take_it(project: Path) -> None:
    with (project / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
        file.write("  ambientmesh:charts:\n    glooOperator: ./vendored/operator/\n")
    chart = project / "vendored" / "operator" / "templates" / "a.yaml"
    chart.parent.mkdir(parents=True)
    chart.write_text("a: 1\n", encoding="utf-8")
    beside = project / "vendored" / "operator-two"
    beside.write_text("a: 1\n", encoding="utf-8")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "vendored")

    assert stacks(project, "vendored/operator-two") == ()
    assert stacks(project, "vendored/operator/templates/a.yaml") == ("dev",)


def test_what_is_gone_is_written_for_the_comment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "rm", "-q", "Pulumi.dev.yaml")
    monkeypatch.chdir(project)

    assert main(["changed", "--base", "main", "--gone", "gone.json"]) == 0
    assert (project / "gone.json").read_text(encoding="utf-8") == '["dev"]\n'
