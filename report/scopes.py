"""Facts on the scope that a service has: its own label's, else that of its namespace."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from components.membership import SCOPE, SPANNING
from report import masking
from report.facts import Weight
from report.places import NAMESPACES, Change, Places
from report.plan import Step
from report.values import ABSENT, at

LOCAL: Final = ""
"""The scope of what is known to span no clusters, whatever label says so, or none."""
_PATH: Final = ("metadata", "labels", SCOPE)
_SERVICES: Final = ("kubernetes:core/v1:Service", "kubernetes:core/v1:ServicePatch")


Side = Mapping[str, Any]


class _Above(NamedTuple):
    """What labels the namespace of a service."""

    old: Side
    new: Side
    is_patch: bool
    """Whether others have made it: a label that a patch lacks may be there all the same."""


def effective(change: Change, places: Places) -> tuple[str, str] | None:
    """Return the scopes before and after; None where the plan does not tell."""
    step = change.step
    if step.kind not in (*_SERVICES, *NAMESPACES):
        return None
    above = _above(change, places)
    unknown = above is None or (bool(above) and all(one.is_patch for one in above))
    old = _scope(step.old, [one.old for one in above or ()], unknown=unknown)
    new = _scope(step.new, [one.new for one in above or ()], unknown=unknown)
    return None if old is None or new is None else (old, new)


def _above(change: Change, places: Places) -> list[_Above] | None:
    """Return what labels the namespace of a service; None if nothing here does."""
    step = change.step
    if step.kind in NAMESPACES:
        return None if step.kind.endswith("Patch") else []
    name = at(step.new or step.old, ("metadata", "namespace"))
    found = places.namespaces.get((change.cluster, name)) if isinstance(name, str) else None
    return None if found is None else [_sides(one) for one in found]


def _sides(step: Step) -> _Above:
    patch = step.kind.endswith("Patch")
    if step.op != "same":
        return _Above(step.old, step.new, patch)
    # Of what stays, both sides are alike, and a record may have left one of them out.
    return _Above(step.old or step.new, step.new or step.old, patch)


def _scope(own: Side, above: Iterable[Side], *, unknown: bool) -> str | None:
    """Return a scope: of the own label, else of one above; None where neither is known."""
    labels = (_label(side) for side in (own, *above))
    label = next((found for found in labels if found is not ABSENT), None if unknown else LOCAL)
    if label is None or isinstance(label, masking.Mark):
        return None
    return label if label in SPANNING else LOCAL


def _label(side: Mapping[str, Any]) -> Any:
    """Return the label, or the mark that stands for all that holds it."""
    parts = (at(side, _PATH[:depth]) for depth in range(1, len(_PATH)))
    mark = next((part for part in parts if isinstance(part, masking.Mark)), None)
    return at(side, _PATH) if mark is None else mark


def spans(old: Any, new: Any) -> tuple[Weight, str]:
    """Return what another scope does: weight, and what follows the object's name."""
    if old == new:
        kept = "no clusters, as before" if new == LOCAL else "clusters as before, by another label"
        return Weight.GROWS, f"spans {kept}"
    if old == "cluster" and new is ABSENT:
        return Weight.TOUCHES, "has the scope again that others may have given its namespace"
    if new in (ABSENT, "cluster", LOCAL):
        return Weight.BREAKS, "spans clusters no more: calls to its global host end"
    if new == "global-only":
        return Weight.TOUCHES, "becomes global-only: its own name reaches all clusters at once"
    if old == "global-only":
        return (
            Weight.TOUCHES,
            "keeps its global host; its own name reaches its own cluster only again",
        )
    return (
        Weight.TOUCHES,
        "becomes global: its pods answer calls to its global host, from any cluster",
    )
