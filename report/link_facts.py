"""Facts on what joins clusters: east-west gateways and links."""

from collections.abc import Iterator
from typing import Final

from report.facts import Fact, Pool, Rule, Weight, clusters, installed
from report.markdown import counted
from report.places import Places


def gateways(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of east-west gateways, at which all links to a cluster end."""
    del places
    here = ("EastWestGateway",)
    lost = pool.take(lambda change: change.component in here and change.op in ("delete", "replace"))
    if lost:
        text = f"the east-west gateway of {clusters(lost)} is taken away or replaced"
        yield Fact(weight=Weight.BREAKS, text=f"{text}: links to it are down, its address moves")
    yield from installed(pool, here, "the east-west gateway", "made")


def links(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of links between clusters that stay."""
    del places
    ops = ("delete", "replace", "create", "update")
    taken = pool.take(lambda change: change.component == "Peering" and change.op in ops)
    pairs = {
        op: list(dict.fromkeys(c.link for c in taken if c.link and c.op == op))
        for op in ("delete", "replace", "create")
    }
    if some := pairs["delete"]:
        text = f"{counted(len(some), 'link is', 'links are')} removed: calls over"
        yield Fact(weight=Weight.BREAKS, text=f"{text} {'it' if len(some) == 1 else 'them'} end")
    if some := pairs["replace"]:
        text = f"{counted(len(some), 'link is', 'links are')} replaced: down meanwhile"
        yield Fact(weight=Weight.BREAKS, text=text)
    if some := pairs["create"]:
        text = f"{counted(len(some), 'link is', 'links are')} added"
        yield Fact(weight=Weight.GROWS, text=text)
    changed = [change for change in taken if change.op == "update" and change.telling]
    moved = [c for c in changed if all(d.path[:2] == ("spec", "addresses") for d in c.telling)]
    if moved:
        text = f"{counted(len(moved), 'link follows', 'links follow')} another address"
        yield Fact(weight=Weight.TOUCHES, text=text)
    if others := [change for change in changed if change not in moved]:
        text = f"{counted(len(others), 'link changes', 'links change')} in place"
        yield Fact(weight=Weight.TOUCHES, text=text)


RULES: Final[tuple[Rule, ...]] = (gateways, links)
