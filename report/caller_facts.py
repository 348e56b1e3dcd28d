"""Facts on who may call a host outside: principals that an AuthorizationPolicy lets through."""

from collections.abc import Iterator
from typing import Any, Final

from report.facts import MOST, Fact, Pool, Rule, Weight, called, clusters
from report.markdown import code, listed
from report.places import Change, Places
from report.values import ABSENT, at


def callers(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of principals that are let through from now on, and of those that no longer are."""
    del places
    groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Change]] = {}
    for change in pool.take(_lets_others_in):
        old, new = _principals(change.step.old) or set(), _principals(change.step.new) or set()
        more, less = tuple(sorted(new - old)), tuple(sorted(old - new))
        groups.setdefault((called(change), more, less), []).append(change)
    for (name, more, less), some in groups.items():
        parts = [f"{_names(more)} may call from now on"] if more else []
        parts += [f"{_names(less)} may call no more"] if less else []
        text = f"{name} of {clusters(some)} lets others through: {'; '.join(parts)}"
        yield Fact(weight=Weight.BREAKS if less else Weight.TOUCHES, text=text)


def _names(principals: tuple[str, ...]) -> str:
    return listed([code(name) for name in principals], MOST)


def _lets_others_in(change: Change) -> bool:
    """Whether nothing differs in a policy but the principals that it allows."""
    if change.op != "update" or not change.step.kind.endswith(":AuthorizationPolicy"):
        return False
    if any(found.path[:2] != ("spec", "rules") for found in change.telling):
        return False
    old, new = (_principals(side) for side in (change.step.old, change.step.new))
    return None not in (old, new) and old != new


def _principals(side: Any) -> set[str] | None:
    """Return whom a policy allows; None if it says more than that, or something else."""
    rules = at(side, ("spec", "rules"))
    if at(side, ("spec", "action")) != "ALLOW":
        return None
    if rules is ABSENT or rules == []:
        return set()  # it lets nobody through
    found = at(rules, (0, "from", 0, "source", "principals"))
    if rules != [{"from": [{"source": {"principals": found}}]}] or not isinstance(found, list):
        return None
    return set(found) if all(isinstance(name, str) for name in found) else None


RULES: Final[tuple[Rule, ...]] = (callers,)
