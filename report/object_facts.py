"""Facts on what runs in the mesh: workloads, machines, and all that no rule knows."""

from collections.abc import Iterator
from typing import Final

from report.facts import MOST, Fact, Pool, Rule, Weight, called, clusters
from report.label_facts import only_labels
from report.markdown import code, counted, listed
from report.places import Change, Places

_WORKLOADS: Final = (":Deployment", ":DaemonSet", ":StatefulSet")


def workloads(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of pods that are rolled or scaled."""
    del places
    pods = ("spec", "template")
    taken = pool.take(
        lambda change: (
            change.op == "update"
            and change.step.kind.endswith(_WORKLOADS)
            and any(found.path[:1] == ("spec",) for found in change.telling)
        )
    )
    rolled = [c for c in taken if any(found.path[:2] == pods for found in c.telling)]
    if rolled:
        names = listed(list(dict.fromkeys(called(change) for change in rolled)), MOST)
        yield Fact(weight=Weight.TOUCHES, text=f"pods are rolled: {names} in {clusters(rolled)}")
    if scaled := [change for change in taken if change not in rolled]:
        names = listed(list(dict.fromkeys(called(change) for change in scaled)), MOST)
        yield Fact(weight=Weight.TOUCHES, text=f"scaled: {names} in {clusters(scaled)}")


def machines(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell of machines, whose connections a new start of ztunnel resets."""
    del places
    kinds = ("VirtualMachine", "GceInstance")
    taken = pool.take(lambda change: change.component in kinds and change.op != "create")
    lost = [change for change in taken if change.op == "delete"]
    if lost:
        names = listed([code(name) for name in dict.fromkeys(change.owner for change in lost)])
        yield Fact(weight=Weight.BREAKS, text=f"machines lose what joins them: {names}")
    if others := [change for change in taken if change not in lost and _counts(change)]:
        names = listed([code(name) for name in dict.fromkeys(change.owner for change in others)])
        text = f"machines are joined anew, their connections reset: {names}"
        yield Fact(weight=Weight.TOUCHES, text=text)


def _counts(change: Change) -> bool:
    return bool(change.telling) or change.op != "update"


def rest(pool: Pool, places: Places) -> Iterator[Fact]:
    """Tell, in general words, of all that no other rule knows."""
    del places
    taken = pool.take(_counts)
    for op, weight, verb in (
        ("delete", Weight.BREAKS, "deleted"),
        ("replace", Weight.BREAKS, "replaced"),
        ("create", Weight.GROWS, "added"),
    ):
        if some := [change for change in taken if change.op == op]:
            yield Fact(weight=weight, text=_general(some, verb))
    updated = [change for change in taken if change.op == "update"]
    labelled = [change for change in updated if only_labels(change)]
    if labelled:
        yield _labels(labelled)
    if some := [change for change in updated if change not in labelled]:
        yield Fact(weight=Weight.TOUCHES, text=_general(some, "changed in place"))
    if some := [c for c in taken if c.op not in ("create", "update", "replace", "delete")]:
        ops = ", ".join(sorted({change.op for change in some}))
        yield Fact(weight=Weight.TOUCHES, text=_general(some, f"taken over ({ops})"))


def _general(some: list[Change], verb: str) -> str:
    objects = [change for change in some if not change.is_component] or some
    where = list(dict.fromkeys(f"{change.component} of {clusters([change])}" for change in some))
    count = counted(len(objects), "resource is", "resources are")
    names = list(dict.fromkeys(called(change) for change in objects))
    what = listed(names, MOST) if len(names) <= MOST else listed(where, MOST)
    place = f" in {clusters(some)}" if len(names) <= MOST else ""
    return f"{count} {verb}: {what}{place}"


def _labels(some: list[Change]) -> Fact:
    count = sum(len(change.telling) for change in some)
    names = listed(list(dict.fromkeys(called(change) for change in some)), MOST)
    words = counted(count, "label or annotation changes", "labels and annotations change")
    text = f"{words} on {names} in {clusters(some)}: no pod restarts"
    return Fact(weight=Weight.GROWS, text=text)


RULES: Final[tuple[Rule, ...]] = (workloads, machines, rest)
