"""What a plan does to a mesh that runs, in sentences: the heaviest first.

Every rule takes the changes that it speaks of, so that none is told twice and none is passed over:
what no rule knows is told in general words by the last.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from report.markdown import code, listed
from report.places import WHOLE, Change, Places


class Weight(IntEnum):
    """What a fact means for calls that are being made."""

    NOTHING = 0
    """No object of the mesh changes."""
    GROWS = 1
    """Something is added, or changes that nobody notices."""
    TOUCHES = 2
    """What runs is changed in place."""
    BREAKS = 3
    """Calls fail, or something goes."""


SIGNS: Final = {
    Weight.NOTHING: "⚪",
    Weight.GROWS: "🟢",
    Weight.TOUCHES: "🟡",
    Weight.BREAKS: "🔴",
}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that would happen; ``text`` is Markdown without a stop at its end."""

    weight: Weight
    text: str


class Pool:
    """The changes of which nothing has been said yet."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._left = list(changes)

    def take(self, wanted: Callable[[Change], bool]) -> list[Change]:
        """Return the changes that a rule speaks of; no later rule will see them."""
        found = [change for change in self._left if wanted(change)]
        self._left = [change for change in self._left if change not in found]
        return found


Rule = Callable[[Pool, Places], Iterator[Fact]]


def clusters(changes: Iterable[Change]) -> str:
    """Return the clusters of changes, as a sentence has them."""
    names = dict.fromkeys(change.cluster for change in changes)
    return listed([name if name == WHOLE else code(name) for name in names])


def heaviest_first(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts by their weight; of one weight in the order in which they were told."""
    return sorted(facts, key=lambda fact: -fact.weight)
