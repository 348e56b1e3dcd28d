"""Facts on drills: what one takes away while `up` runs, although it only shows as a resource."""

from collections.abc import Iterator, Sequence

from report.facts import MOST, Fact, Pool, Weight, clusters
from report.markdown import code, counted, listed
from report.places import Change, Places


def running(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of drills that run, also in clusters that join: they take away what answers calls."""
    some = _owners(pool.take(lambda change: _is(change, "create", "replace")))
    if not some:
        return
    if len(some) == 1:
        text = f"a drill takes {_services(some)} away in {clusters(some)} for a while"
    else:
        text = "drills take services away for a while, one after the other:"
        text += f" {_services(some)} in {clusters(some)}"
    # In a mesh that begins, nobody calls yet.
    yield Fact(weight=Weight.TOUCHES if places.runs else Weight.GROWS, text=text, beside=True)


def idle(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of drills that do not run: none has made anything, so that nothing goes with it."""
    del places
    if gone := _owners(pool.take(lambda change: _is(change, "delete"))):
        text = f"{counted(len(gone), 'drill is', 'drills are')} taken out:"
        text += f" {_services(gone)} in {clusters(gone)}"
        yield Fact(weight=Weight.GROWS, text=text)
    changed = pool.take(lambda change: _is(change, "update"))
    if kept := _owners([change for change in changed if change.telling]):
        text = f"{counted(len(kept), 'drill changes', 'drills change')} and"
        text += f" {'does' if len(kept) == 1 else 'do'} not run:"
        text += f" {_services(kept)} in {clusters(kept)}"
        yield Fact(weight=Weight.GROWS, text=text)


def _is(change: Change, *ops: str) -> bool:
    return change.component == "Drill" and change.op in ops


def _owners(some: Sequence[Change]) -> list[Change]:
    """Return one change of every drill."""
    return list({change.owner: change for change in some}.values())


def _services(some: Sequence[Change]) -> str:
    """Return what drills are about, as ``namespace.service``, which is the end of their names."""
    names = (change.owner.removeprefix(f"{change.cluster}-drill-") for change in some)
    return listed([code(name) for name in dict.fromkeys(names)], MOST)
