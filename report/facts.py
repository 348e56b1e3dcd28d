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
    beside: bool = False
    """Whether it comes with something else, which is told before it where they weigh the same."""


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


MOST: Final = 4
"""Objects, or facts of one kind, that are named one by one."""


def installed(
    pool: Pool, components: Collection[str], what: str, made: str = "installed"
) -> Iterator[Fact]:
    """Tell of installations, and of parts of one that stays; other operations are left."""
    verbs = {
        "create": (Weight.GROWS, f"is {made}", "added"),
        "update": (Weight.TOUCHES, "changes in place", ""),
        "replace": (Weight.BREAKS, "is replaced", "replaced"),
        "delete": (Weight.BREAKS, "is removed", "removed"),
    }
    taken = pool.take(lambda change: change.component in components and change.op in verbs)
    whole = {(change.op, change.owner) for change in taken if change.is_component}
    for op, (weight, verb, of_a_part) in verbs.items():
        some = [
            change for change in taken if change.op == op and (change.telling or op != "update")
        ]
        told = [change for change in some if op == "update" or (op, change.owner) in whole]
        if told:
            yield Fact(weight=weight, text=f"{what} {verb} in {clusters(told)}")
        if parts := [change for change in some if change not in told]:
            names = list(dict.fromkeys(called(change) for change in parts))
            done = f"{'is' if len(names) == 1 else 'are'} {of_a_part} in {clusters(parts)}"
            yield Fact(weight=weight, text=f"of {what} {listed(names, MOST)} {done}")


def heaviest_first(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts by their weight; of one weight in the order in which they were told."""
    return sorted(facts, key=lambda fact: (-fact.weight, fact.beside))
