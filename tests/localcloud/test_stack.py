"""Stacks on one backend let one another be: what a killed engine leaves is its own stack's."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.stack import Stack


@pytest.fixture
def stacks(tmp_path: Path) -> tuple[Stack, Stack]:
    """Return two stacks that share a backend."""
    east, west = (
        Stack(
            name=name,
            checkout=tmp_path,
            home=tmp_path / name,
            tools=tmp_path,
            pulumi_home=tmp_path,
            backend=tmp_path / "backend",
        )
        for name in ("east", "west")
    )
    return east, west


@pytest.fixture
def programs(stacks: tuple[Stack, Stack]) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Start what looks like a plugin, for each stack."""
    argv = [sys.executable, "-c", "import time; time.sleep(600)", "localcloud.plugins"]
    started = [subprocess.Popen(argv, env=stack.env()) for stack in stacks]  # noqa: S603
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def locked(stack: Stack, pid: int) -> Path:
    folder = stack.state_file.parents[2] / "locks" / "organization" / "ambientmesh" / stack.name
    folder.mkdir(parents=True)
    lock = folder / "0123.json"
    lock.write_text(json.dumps({"pid": pid}), encoding="utf-8")
    return lock


def test_stacks_that_share_a_backend_find_one_another(stacks: tuple[Stack, Stack]) -> None:
    east, west = stacks

    assert east.env()["PULUMI_BACKEND_URL"] == west.env()["PULUMI_BACKEND_URL"]
    assert east.state_file.parent == west.state_file.parent
    assert east.state_file != west.state_file


def test_the_programs_of_another_stack_are_not_ended(
    stacks: tuple[Stack, Stack], programs: list["subprocess.Popen[bytes]"]
) -> None:
    east, west = programs

    stacks[0].end_orphans()

    assert east.wait() != 0
    assert west.poll() is None


def test_the_lock_of_another_stack_is_neither_waited_for_nor_taken_away(
    stacks: tuple[Stack, Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    east, west = stacks
    cancelled: list[tuple[str, ...]] = []

    def checked(_: Stack, *arguments: str) -> str:
        cancelled.append(arguments)
        return ""

    monkeypatch.setattr(Stack, "_checked", checked)
    locked(west, os.getpid())
    east.unlock()
    assert not cancelled

    locked(east, os.getpid())
    east.unlock()
    assert cancelled == [("cancel", "--yes", "--stack", "east")]


def test_a_state_that_another_stack_is_writing_is_left_alone(stacks: tuple[Stack, Stack]) -> None:
    for stack in stacks:
        stack.state_file.parent.mkdir(parents=True, exist_ok=True)
        stack.state_file.with_name(f"{stack.name}.json.18d4.tmp").touch()

    stacks[0].unlock()

    assert [path.name for path in stacks[0].state_file.parent.iterdir()] == ["west.json.18d4.tmp"]
