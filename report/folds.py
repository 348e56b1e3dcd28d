"""Parts of a comment that are folded away, and may be cut where there is no room."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from report import diff
from report.markdown import block, code, counted, folded
from report.places import WHOLE, Places
from report.tables import telling


@dataclass(frozen=True, kw_only=True)
class Folded:
    """A part that is folded away, of which lines may be cut where there is no room."""

    title: str
    full: Mapping[str, Sequence[str]]
    """Lines by cluster."""
    short: Mapping[str, Sequence[str]]
    """The same with less of each resource."""


def folds(places: Places) -> list[Folded]:
    """Return what differs, and what of it says nothing about the mesh."""
    full, short = (diff.by_cluster(places, form) for form in (diff.FULL, diff.SHORT))
    counts, quiet = diff.noise(places)
    found = []
    if full:
        every = telling(places.changes)
        told = [c for c in every if not c.is_component or c.op == "replace"]
        title = f"What differs, property by property: {counted(len(told), 'resource')}"
        if holders := len(every) - len(told):
            # Or else nobody knows why the table counts more.
            what = counted(holders, "component that only holds", "components that only hold")
            title += f"; the table counts {what} them, too"
        found.append(Folded(title=title, full=full, short=short))
    if counts:
        sorts = ", ".join(f"{html.escape(sort)} {count}" for sort, count in counts.most_common())
        title = f"What is only recorded, and changes nothing: {counts.total()} ({sorts})"
        found.append(Folded(title=title, full=quiet, short=quiet))
    return found


def rendered(fold: Folded, form: str, room: int | None = None) -> str:
    """Return a folded part.

    Args:
        fold: the part.
        form: ``full`` or ``short``.
        room: lines that there is room for; None for all.
    """
    lines = fold.full if form == diff.FULL else fold.short
    whole, left, parts = diff.total(fold.full), room, []
    for cluster, some in lines.items():
        kept = list(some) if left is None else list(some)[: max(left, 0)]
        left = None if left is None else left - len(kept)
        if kept:
            name = cluster if cluster in (WHOLE, "stack outputs") else code(cluster)
            parts.append(f"{name}\n\n{block(kept)}")
    cut = whole - sum(len(some) for some in lines.values()) if room is None else whole - room
    if cut > 0:
        what = "properties of what is new" if room is None else "lines"
        parts.append(f"*Cut for room: {counted(cut, 'line')} of {whole:,} ({what}).*")
    return folded(fold.title, "\n\n".join(parts))
