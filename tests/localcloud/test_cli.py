"""What is asked for wrongly ends in one line, before any control plane is looked for."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from localcloud import cli


@pytest.fixture(autouse=True)
def _nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "WORLD", tmp_path)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--service", "", "--cluster", ""], "fix: write SERVICE=… CLUSTER=…"),
        (
            ["--service", "web", "--cluster", ""],
            "allowed: cluster1 or cluster2; fix: write CLUSTER=…",
        ),
        (["--service", "web", "--cluster", "cluster1", "--hold", "abc"], "HOLD: found 'abc'; "),
        (["--service", "web", "--cluster", "cluster1"], "there is no mesh here; fix: make up"),
        (
            ["--service", "web", "--cluster", "cluster1", "--stack", "local-helm"],
            "there is no mesh here; fix: make up STACK=local-helm",
        ),
    ],
)
def test_a_drill_that_cannot_begin_says_why_in_one_line(arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(cli.app, ["drill", *arguments])

    assert done.exit_code == 2
    [line] = done.output.splitlines()
    assert told in line


def test_verify_without_planes_says_how_to_get_them() -> None:
    done = CliRunner().invoke(cli.app, ["verify", "--stack", "local-helm"])

    assert done.exit_code == 2
    assert done.output.endswith("there is no mesh here; fix: make up STACK=local-helm\n")


def test_planes_of_another_stack_are_no_mesh_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    running = SimpleNamespace(planes=["east1", "east2", "west2"])
    monkeypatch.setattr("localcloud.world.World.attach", lambda _: running)

    done = CliRunner().invoke(cli.app, ["verify", "--stack", "region-west"])

    assert done.exit_code == 2
    assert done.output == (
        "error: no control plane west1 runs, so that there is no mesh;"
        " fix: make up STACK=region-west\n"
    )
