"""What a plan does to a mesh that runs, in sentences: the heaviest first.

Every rule takes the changes that it speaks of, so that none is told twice and none is passed over:
what no rule knows is told in general words by the last.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from report.markdown import code, listed
from report.places import WHOLE, Change, Places, numbered
from report.values import at


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

    def left(self, wanted: Callable[[Change], bool]) -> list[Change]:
        """Return changes without taking them: a later rule may speak of them, too."""
        return [change for change in self._left if wanted(change)]

    def take(self, wanted: Callable[[Change], bool]) -> list[Change]:
        """Return the changes that a rule speaks of; no later rule will see them."""
        found = [change for change in self._left if wanted(change)]
        self._left = [change for change in self._left if change not in found]
        return found


Rule = Callable[[Pool, Places], Iterator[Fact]]


def clusters(changes: Iterable[Change]) -> str:
    """Return the clusters of changes, as a sentence has them."""
    # The engine tells of clusters as they come.
    names = sorted({change.cluster for change in changes}, key=numbered)
    return listed([name if name == WHOLE else code(name) for name in names])


def called(change: Change) -> str:
    """Return an object as Kubernetes calls it, or else the resource."""
    named = [at(side, ("metadata", "name")) for side in (change.step.new, change.step.old)]
    name = next((item for item in named if isinstance(item, str)), "")
    if not name:
        return code(change.step.name)
    return f"{change.step.kind.rpartition(':')[2].removesuffix('Patch')} {code(name)}"


def installed(
    pool: Pool, components: Collection[str], what: str, made: str = "installed"
) -> Iterator[Fact]:
    """Tell of parts of an installation by what is done to them; other operations are left."""
    verbs = {
        "create": (Weight.GROWS, f"is {made}"),
        "update": (Weight.TOUCHES, "changes in place"),
        "replace": (Weight.BREAKS, "is replaced"),
        "delete": (Weight.BREAKS, "is removed"),
    }
    taken = pool.take(lambda change: change.component in components and change.op in verbs)
    for op, (weight, verb) in verbs.items():
        some = [
            change for change in taken if change.op == op and (change.telling or op != "update")
        ]
        if some:
            yield Fact(weight=weight, text=f"{what} {verb} in {clusters(some)}")


def heaviest_first(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts by their weight; of one weight in the order in which they were told."""
    return sorted(facts, key=lambda fact: -fact.weight)
