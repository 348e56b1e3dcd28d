"""What planes let one another know, and for how long it counts."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud.operator.sides import FILE, RENEWAL_SECONDS, STALE_SECONDS, Board, Published
from tests.localcloud.operator.links import OWN, REMOTE


@pytest.fixture
def planes(tmp_path: Path) -> Path:
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()
    return tmp_path


def grow_old(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_side_is_read_as_it_was_written_and_nobody_reads_his_own(planes: Path) -> None:
    Board(planes, "one").publish(OWN)
    Board(planes, "two").publish(REMOTE)

    assert Board(planes, "one").others() == (REMOTE,)
    assert Board(planes, "two").others() == (OWN,)
    assert Board(planes, "three").others() == (OWN, REMOTE)


def test_services_are_read_as_they_were_written(planes: Path) -> None:
    web = Published(
        namespace="shop", name="web", ports=(("http", 80, "HTTP"),), endpoints=2, subjects=("s",)
    )
    side = replace(REMOTE, services=(web,))
    Board(planes, "two").publish(side)

    assert Board(planes, "one").others() == (side,)


def test_a_side_that_nobody_renews_counts_no_more(planes: Path) -> None:
    board = Board(planes, "two")
    board.publish(REMOTE)

    grow_old(planes / "two" / FILE, STALE_SECONDS + 1)

    assert Board(planes, "one").others() == ()


def test_a_side_is_renewed_before_it_grows_stale(planes: Path) -> None:
    board, file = Board(planes, "two"), planes / "two" / FILE
    board.publish(REMOTE)
    grow_old(file, STALE_SECONDS + 1)

    board._renewed -= RENEWAL_SECONDS
    board.publish(REMOTE)

    assert Board(planes, "one").others() == (REMOTE,)


def test_a_side_that_has_not_changed_is_not_written_at_every_look(planes: Path) -> None:
    board, file = Board(planes, "two"), planes / "two" / FILE
    board.publish(REMOTE)
    grow_old(file, 1)
    before = file.stat().st_mtime_ns

    board.publish(REMOTE)

    assert file.stat().st_mtime_ns == before


def test_a_change_is_told_at_once(planes: Path) -> None:
    board = Board(planes, "two")
    board.publish(REMOTE)
    board.publish(replace(REMOTE, reachable=False))

    assert Board(planes, "one").others() == (replace(REMOTE, reachable=False),)


def test_a_plane_that_withdraws_is_gone_at_once_and_may_come_back(planes: Path) -> None:
    board = Board(planes, "two")
    board.withdraw()
    board.publish(REMOTE)
    board.withdraw()
    assert Board(planes, "one").others() == ()

    board._renewed -= RENEWAL_SECONDS
    board.publish(REMOTE)

    assert Board(planes, "one").others() == (REMOTE,)


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"plane": "x", "gateways": [{}]})])
def test_a_side_that_is_no_side_is_passed_over(planes: Path, text: str) -> None:
    (planes / "three" / FILE).write_text(text, encoding="utf-8")
    Board(planes, "two").publish(REMOTE)

    assert Board(planes, "one").others() == (REMOTE,)
