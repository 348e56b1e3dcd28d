"""Small plans, written by hand, and what is said of them."""

from typing import Any, Final

from report import headline
from report.facts import Weight
from report.places import placed
from report.plan import Plan, Step

KIND: Final = "ambientmesh:index:"
START: Final = "urn:pulumi:test::ambientmesh::"


def step(name: str, op: str, kind: str, *, within: str = "", **more: Any) -> Step:
    """Return a step of a resource; ``within`` is ``Class::name`` of its component."""
    if not within:
        return Step(urn=f"{START}{kind}::{name}", op=op, **more)
    component, _, owner = within.partition("::")
    return Step(
        urn=f"{START}{KIND}{component}${kind}::{name}",
        op=op,
        parent=f"{START}{KIND}{component}::{owner}",
        **more,
    )


def component(kind: str, name: str, op: str = "same") -> Step:
    return step(name, op, f"{KIND}{kind}")


def mesh(*steps: Step, clusters: int = 3) -> list[tuple[Weight, str]]:
    """Return the facts of a plan over a mesh that runs."""
    members = [component("Cluster", f"c{number}") for number in range(1, clusters + 1)]
    plan = Plan(steps=(*members, *steps))
    return [(fact.weight, fact.text) for fact in headline.facts(plan, placed(plan))]


def labelled(name: str, old: dict[str, str], new: dict[str, str], kind: str) -> Step:
    sides = ({"metadata": {"name": "details", "labels": labels}} for labels in (old, new))
    old_side, new_side = sides
    return step(name, "update", kind, old=old_side, new=new_side)
