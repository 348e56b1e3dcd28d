"""Only one run of a checkout does a thing at a time, and whoever waits is told why."""

import fcntl
import threading
from pathlib import Path

import pytest

from localcloud.locks import exclusive


def test_a_lock_that_is_free_is_held_without_a_word(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "new" / "lock"

    with (
        exclusive(path, "wait", said.append),
        path.open("w") as other,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)

    assert said == []


def test_whoever_waits_is_told_and_goes_on_when_the_lock_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    order: list[str] = []
    told = threading.Event()

    def say(text: str) -> None:
        order.append(text)
        told.set()

    def second() -> None:
        with exclusive(path, "waiting for the first", say):
            order.append("second")

    with exclusive(path, "", say):
        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(10)
        order.append("first ends")
    thread.join(10)

    assert order == ["waiting for the first", "first ends", "second"]
