"""Facts on GKE clusters that the stack made: one that goes takes along all that runs in it."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from report.facts import Fact, Pool, Rule, Weight, clusters
from report.markdown import counted, listed
from report.places import Change, Places

_CLUSTER: Final = "gcp:container/cluster:Cluster"
_ALONG: Final = {
    "NodePool": "node pool",
    "Subnetwork": "subnetwork",
    "Router": "router",
    "RouterNat": "NAT",
    "Firewall": "firewall rule",
    "Account": "account of its nodes",
}
"""What Google's resources are called, by the last word of their types; of others the word."""


def gke(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of GKE clusters that are deleted or replaced, and of what is deleted beside them."""
    del places
    yield from _lost(pool, "delete", "deleted")
    yield from _lost(pool, "replace", "replaced")


def _lost(pool: Pool, op: str, verb: str) -> Iterator[Fact]:
    lost = pool.take(lambda change: change.step.kind == _CLUSTER and change.op == op)
    if not lost:
        return
    one, gone = len(lost) == 1, {change.cluster for change in lost}
    names = f"GKE cluster{'' if one else 's'} {clusters(lost)}"
    text = f"{names} {'is' if one else 'are'} {verb} with everything that runs in"
    text += " it" if one else " them"
    if op == "replace":
        text += ": a new one is empty until `up` has filled it"
    yield Fact(weight=Weight.BREAKS, text=text)
    along = pool.take(
        lambda change: (
            change.op == op and change.cluster in gone and change.component.startswith("Gke")
        )
    )
    if sorts := _counted(along):
        text = f"with {names} {_go(sorts)} {listed(sorts, most=12)}"
        yield Fact(weight=Weight.BREAKS, text=text)


def _go(names: list[str]) -> str:
    return "goes" if len(names) == 1 and names[0].startswith("1 ") else "go"


def _counted(along: list[Change]) -> list[str]:
    """Return how many of which sort there are, those that are known first."""
    words = [c.step.kind.rpartition(":")[2] for c in along if not c.is_component]
    found, order = Counter(words), list(_ALONG)
    ranked = sorted(found, key=lambda word: order.index(word) if word in order else len(order))
    return [counted(found[word], _ALONG.get(word, word)) for word in ranked]


RULES: Final[tuple[Rule, ...]] = (gke,)
