"""Facts on the mesh itself: clusters that join and leave."""

from collections.abc import Iterator
from typing import Final

from report.facts import Fact, Pool, Rule, Weight
from report.label_facts import enrolled
from report.markdown import code, counted, listed
from report.places import Places


def members(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of clusters that join and leave, and of a mesh that begins or ends."""
    coming, going = set(places.joins), set(places.leaves)
    moved = coming | going
    taken = pool.take(
        lambda change: change.cluster in moved or bool(moved & set(change.link or ()))
    )
    links = {op: sum(1 for c in taken if c.link and c.is_component and c.op == op) for op in _OPS}
    # What joins may be full of pods; a namespace of them is not asked again.
    pods = enrolled(change for change in taken if change.cluster in coming)
    if places.joins and not places.runs:
        pool.take(lambda change: change.op == "create")
        text = f"a new mesh of {counted(len(coming), 'cluster')}{_links(links['create'], 'with')}"
        weight = Weight.TOUCHES if pods else Weight.GROWS
        yield Fact(weight=weight, text=f"{text}: {pods or 'nothing of it runs yet'}")
        return
    if places.leaves and going == set(places.runs) and not coming:
        pool.take(lambda change: change.op == "delete")
        text = f"the whole mesh goes: {counted(len(going), 'cluster')}"
        yield Fact(weight=Weight.BREAKS, text=f"{text}{_links(links['delete'], 'and')}")
        return
    size = counted(len(places.runs), "cluster")
    if going:
        names, verb = listed([code(n) for n in places.leaves]), _verb(going, "leaves", "leave")
        along = _links(links["delete"], _verb(going, "and takes along", "and take along"))
        text = (
            f"{names} {verb} the mesh of {size}{along}: calls to {_verb(going, 'it', 'them')} end"
        )
        yield Fact(weight=Weight.BREAKS, text=text)
    if coming:
        names, verb = listed([code(n) for n in places.joins]), _verb(coming, "joins", "join")
        text = f"{names} {verb} the mesh of {size}{_links(links['create'], 'with')}"
        if pods:
            yield Fact(weight=Weight.TOUCHES, text=f"{text}; {pods}")
        else:
            yield Fact(weight=Weight.GROWS, text=text)


_OPS: Final = ("create", "delete")


def _links(count: int, word: str) -> str:
    return f" {word} {counted(count, 'link')}" if count else ""


def _verb(names: set[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many


RULES: Final[tuple[Rule, ...]] = (members,)
