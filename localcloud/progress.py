"""Tells what a long step is doing: a bar on a terminal, plain lines elsewhere."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

HEARTBEAT: Final = 30.0
"""Seconds between two plain lines of one step: CI systems end what is silent for minutes."""


class Steps:
    """A known number of steps, each remembered by how long it took.

    Args:
        total: how many steps there are.
        memory: JSON file with the seconds of each step, by its name.
        console: where to write; standard error by default.
    """

    def __init__(self, total: int, memory: Path, console: Console | None = None) -> None:
        self.total = total
        self.memory = memory
        self.console = console or Console(stderr=True, highlight=False)
        self._number = 0

    def last(self, name: str) -> float | None:
        """Return how many seconds a step took last time; None when it has never ended."""
        value = self._remembered().get(name)
        return float(value) if value is not None else None

    @contextmanager
    def step(
        self, name: str, what: str, guess: float, detail: Callable[[], str] = str
    ) -> Iterator[None]:
        """Show a step while its block runs, and remember its duration if it ends well.

        Args:
            name: of the step, under which its duration is remembered.
            what: is being done.
            guess: seconds it may take, shown until there is a last time.
            detail: how far it is, asked now and then.
        """
        self._number += 1
        last = self.last(name)
        expected = f"last time {last:.0f} s" if last else f"about {guess:.0f} s the first time"
        title = f"[{self._number}/{self.total}] {name}: {what}"
        started = time.monotonic()
        show = self._bar if self.console.is_terminal else self._lines
        with show(title, expected, last or guess, detail):
            yield
        seconds = time.monotonic() - started
        self._remember(name, seconds)
        self._say(f"[{self._number}/{self.total}] {name}: done in {seconds:.0f} s")

    def _say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def _lines(
        self, title: str, expected: str, _seconds: float, detail: Callable[[], str]
    ) -> Iterator[None]:
        self._say(f"{title} ({expected})")
        started = time.monotonic()

        def beat() -> None:
            passed = time.monotonic() - started
            self._say(f"{title}: {passed:.0f} s so far, {expected} {detail()}".rstrip())

        with _every(HEARTBEAT, beat):
            yield

    @contextmanager
    def _bar(
        self, title: str, expected: str, seconds: float, detail: Callable[[], str]
    ) -> Iterator[None]:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[expected]} {task.fields[detail]}"),
        )
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(title, total=seconds, expected=expected, detail="")
            started = time.monotonic()

            def beat() -> None:
                # Never full: only the end of the step is its end.
                done = min(time.monotonic() - started, seconds * 0.99)
                bar.update(task, completed=done, detail=detail())

            with _every(0.5, beat):
                yield

    def _remembered(self) -> dict[str, float]:
        try:
            found: dict[str, float] = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def _remember(self, name: str, seconds: float) -> None:
        durations = self._remembered() | {name: round(seconds, 1)}
        scratch = self.memory.with_suffix(".tmp")
        scratch.write_text(json.dumps(durations, indent=1, sort_keys=True), encoding="utf-8")
        scratch.replace(self.memory)


@contextmanager
def _every(seconds: float, call: Callable[[], None]) -> Iterator[None]:
    over = threading.Event()

    def loop() -> None:
        while not over.wait(seconds):
            call()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
