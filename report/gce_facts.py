"""Facts on Compute Engine instances that the stack made: one that goes takes its disk along."""

from collections.abc import Iterator
from typing import Final

from report.facts import Fact, Pool, Rule, Weight
from report.markdown import code, listed
from report.places import Places

_INSTANCE: Final = "gcp:compute/instance:Instance"


def instances(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of machines that are deleted or made anew, and not merely joined anew."""
    del places
    yield from _lost(pool, "delete", "machines are deleted with their disks")
    anew = "machines are made anew, and what is on the disks of the old ones is deleted"
    yield from _lost(pool, "replace", anew)


def _lost(pool: Pool, op: str, text: str) -> Iterator[Fact]:
    lost = pool.take(lambda change: change.step.kind == _INSTANCE and change.op == op)
    owners = list(dict.fromkeys(change.owner for change in lost))
    pool.take(lambda change: change.component == "GceInstance" and change.owner in owners)
    if owners:
        names = listed([code(name) for name in owners])
        yield Fact(weight=Weight.BREAKS, text=f"{text}: {names}")


RULES: Final[tuple[Rule, ...]] = (instances,)
