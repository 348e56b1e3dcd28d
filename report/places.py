"""Where a resource of the plan belongs: to which cluster, component and link."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from report import masking, values
from report.plan import STACK, Plan, Step
from report.values import Difference

WHOLE: Final = "the whole mesh"
"""In place of a cluster, for what belongs to none: the root, what other stacks publish."""
COMPONENT: Final = "ambientmesh:index:"
NAMESPACES: Final = ("kubernetes:core/v1:Namespace", "kubernetes:core/v1:NamespacePatch")
_OF_ALL: Final = ("RootAuthority", "RelayAuthority", "GkeProject", "RemoteStack")
"""Classes that belong to no cluster, though one may be called as their names begin: `root`."""
_PROVIDER: Final = re.compile(r"::([^:]+)-kubernetes(::|$)")


class Link(NamedTuple):
    """One directed link."""

    source: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A step that is more than ``same``, and where it is."""

    step: Step
    cluster: str
    component: str
    """Class of the innermost component that it is part of: Trust, Peering."""
    owner: str
    """Name of that component: ``cluster1-trust``."""
    link: Link | None
    """If it is part of one."""

    @property
    def op(self) -> str:
        """What is done."""
        return self.step.op

    @cached_property
    def differences(self) -> list[Difference]:
        """What differs."""
        return values.differences(self.step)

    @property
    def telling(self) -> list[Difference]:
        """What differs and is no noise."""
        return [found for found in self.differences if not found.noise]

    @property
    def is_component(self) -> bool:
        """Whether it only holds others, and is nothing by itself."""
        return self.step.kind.startswith(COMPONENT)


@dataclass(frozen=True, kw_only=True)
class Places:
    """The clusters of a plan, and its changes by place."""

    changes: tuple[Change, ...]
    outputs: tuple[Difference, ...]
    """Differences of the stack's outputs."""
    runs: tuple[str, ...]
    """Clusters that are in the mesh now."""
    joins: tuple[str, ...]
    leaves: tuple[str, ...]
    beside: tuple[str, ...]
    """Clusters outside the mesh, such as one of the management plane's own."""
    links: tuple[Link, ...]
    """Links that are there now."""
    namespaces: Mapping[tuple[str, str], tuple[Step, ...]]
    """What makes or labels a namespace, also where nothing changes, by cluster and name."""

    @property
    def clusters(self) -> tuple[str, ...]:
        """All clusters, now or afterwards."""
        return tuple(sorted((*self.runs, *self.joins, *self.beside), key=numbered))

    def links_with(self, op: str) -> list[Link]:
        """Return the links that are made, replaced or deleted as a whole."""
        return [
            change.link
            for change in self.changes
            if change.link and change.is_component and change.op == op
        ]


def numbered(name: str) -> list[int | str]:
    """Return what sorts ``cluster10`` after ``cluster9``."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=numbered))


def placed(plan: Plan) -> Places:
    """Return where everything of a plan belongs."""
    steps = {step.urn: step for step in plan.steps}
    clusters = [step for step in plan.steps if step.kind == f"{COMPONENT}Cluster"]
    beside = tuple(step.name for step in clusters if _network(step) == "")
    names = {step.name: step.op for step in clusters}
    members = {name: op for name, op in names.items() if name not in beside}
    peers = [step for step in plan.steps if step.kind == f"{COMPONENT}Peering"]
    changes = tuple(
        _change(step, steps, names)
        for step in plan.steps
        if step.op != "same" and step.kind != STACK
    )
    stack = next((step for step in plan.steps if step.kind == STACK), None)
    homes = [step for step in plan.steps if step.kind in NAMESPACES]
    return Places(
        changes=changes,
        # The engine calls a stack the same whose outputs change.
        outputs=tuple(values.differences(stack))
        if stack and stack.op in ("same", "update")
        else (),
        runs=_sorted(name for name, op in members.items() if op != "create"),
        joins=_sorted(name for name, op in members.items() if op == "create"),
        leaves=_sorted(name for name, op in members.items() if op == "delete"),
        beside=beside,
        links=tuple(
            link
            for step in peers
            if step.op != "create" and (link := link_of(step.name, members)) is not None
        ),
        namespaces=_by_name((_change(step, steps, names).cluster, step) for step in homes),
    )


def _by_name(
    homes: Iterable[tuple[str, Step]],
) -> dict[tuple[str, str], tuple[Step, ...]]:
    found: dict[tuple[str, str], tuple[Step, ...]] = {}
    for cluster, step in homes:
        name = values.at(step.new or step.old, ("metadata", "name"))
        if isinstance(name, str) and not isinstance(name, masking.Mark):
            found[cluster, name] = (*found.get((cluster, name), ()), step)
    return found


def _network(cluster: Step) -> Any:
    """Return the network of a cluster; an empty one is that of a cluster outside the mesh."""
    return {**cluster.state, **cluster.outputs}.get("network")


def _change(step: Step, steps: Mapping[str, Step], members: Iterable[str]) -> Change:
    owner = step
    while owner.kind and not owner.kind.startswith(COMPONENT) and owner.parent in steps:
        owner = steps[owner.parent]
    component = owner.kind.removeprefix(COMPONENT) if owner.kind.startswith(COMPONENT) else ""
    link = link_of(owner.name, members) if component == "Peering" else None
    cluster = "" if component in _OF_ALL else _cluster(step, owner, members)
    return Change(
        step=step,
        cluster=cluster or (link.source if link else WHOLE),
        component=component or "Stack",
        owner=owner.name,
        link=link,
    )


def _cluster(step: Step, owner: Step, members: Iterable[str]) -> str:
    """Return whose a resource is: its provider's, else by its name, which begins with it."""
    provider = _PROVIDER.search(step.provider)
    if provider and provider[1] in members:
        return provider[1]
    names = (step.name, owner.name)
    fits = [m for m in members if any(n == m or n.startswith(f"{m}-") for n in names)]
    return max(fits, key=len, default="")


def link_of(name: str, members: Iterable[str]) -> Link | None:
    """Return the link that a Peering is called after: ``<from>-to-<to>-peering``.

    A cluster's name may have ``-to-`` in it; a target may be another stack's, and no member.
    """
    pair = name.removesuffix("-peering")
    known = set(members)
    splits = [(pair[: at.start()], pair[at.end() :]) for at in re.finditer("-to-", pair)]
    inside = [two for two in splits if known.issuperset(two)]
    across = [two for two in splits if two[0] in known]
    best = (inside or across or splits)[:1]
    return Link(*best[0]) if best else None
