"""One line of the table: what was measured, what it is held against, and whether it holds."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement.

    Attributes:
        what: was measured.
        value: in ``unit``.
        against: what it is held against: another measurement of this run, or an aim.
        base: its value, in the same unit.
        limit: highest ratio of the two that is accepted.
        at_least: whether it is the lowest one instead.
    """

    what: str
    value: float
    unit: str
    against: str
    base: float
    limit: float = 1.0
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """How many times ``base`` it is."""
        return self.value / self.base

    @property
    def holds(self) -> bool:
        """Whether the ratio is within its limit."""
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def cells(self) -> tuple[str, ...]:
        """Return the line, ready to be shown."""
        return (
            self.what,
            f"{self.value:.1f} {self.unit}",
            f"{self.against} ({self.base:.1f} {self.unit})",
            f"{self.ratio:.2f}",
            f"{'≥' if self.at_least else '≤'} {self.limit:.2f}",
            "holds" if self.holds else "MISSED",
        )


@dataclass
class Watch:
    """What a block took, once it has ended.

    Attributes:
        seconds: by the clock.
        processor: seconds of all processors, by the processes that it started and that have ended.
            Unlike the clock's they hardly depend on what else the machine does.
    """

    seconds: float = 0.0
    processor: float = 0.0


@contextmanager
def timed() -> Iterator[Watch]:
    """Measure a block."""
    watch = Watch()
    started, used = time.perf_counter(), _processor()
    yield watch
    watch.seconds = time.perf_counter() - started
    watch.processor = _processor() - used


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
