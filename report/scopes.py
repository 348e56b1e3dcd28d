"""Facts on the scope that a service has: its own label's, else that of its namespace."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from components.membership import SCOPE, SPANNING
from report import masking
from report.facts import Weight
from report.places import NAMESPACES, Change, Places
from report.values import ABSENT, at

LOCAL: Final = ""
"""The scope of what is known to span no clusters, whatever label says so, or none."""
_PATH: Final = ("metadata", "labels", SCOPE)
_SERVICES: Final = ("kubernetes:core/v1:Service", "kubernetes:core/v1:ServicePatch")


def effective(change: Change, places: Places) -> tuple[str, str] | None:
    """Return the scopes before and after; None where the plan does not tell."""
    step = change.step
    if step.kind not in (*_SERVICES, *NAMESPACES):
        return None
    above = _above(change, places)
    old = _scope(step.old, None if above is None else [was for was, _ in above])
    new = _scope(step.new, None if above is None else [will for _, will in above])
    return None if old is None or new is None else (old, new)


def _above(change: Change, places: Places) -> list[tuple[Any, Any]] | None:
    """Return both sides of what labels the namespace of a service; None if nothing here does."""
    step = change.step
    if step.kind in NAMESPACES:
        return []
    name = at(step.new or step.old, ("metadata", "namespace"))
    found = places.namespaces.get((change.cluster, name)) if isinstance(name, str) else None
    if found is None:
        return None
    # Of what stays, both sides are alike, and a record may have left one of them out.
    return [
        (one.old or one.new, one.new or one.old) if one.op == "same" else (one.old, one.new)
        for one in found
    ]


def _scope(own: Mapping[str, Any], above: Iterable[Mapping[str, Any]] | None) -> str | None:
    label = _label(own)
    if label is ABSENT:
        if above is None:
            return None
        labels = [_label(side) for side in above]
        label = next((found for found in labels if found is not ABSENT), LOCAL)
    if isinstance(label, masking.Mark):
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
