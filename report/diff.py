"""The difference itself, property by property and cluster by cluster, for who wants to see it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from report import masking, values
from report.markdown import clean
from report.places import WHOLE, Change, Places
from report.values import ABSENT, Difference

SIGNS: Final[Mapping[str, str]] = {
    "create": "+",
    "delete": "-",
    "replace": "!",
    "update": "!",
}
"""How a line begins, which is what gives it its colour in a block called ``diff``."""
LONGEST: Final = 160
"""Characters of a value that are shown."""
FULL, SHORT = "full", "short"
"""Whether of what is new or goes all properties are shown, or only that it does."""


def shown(value: Any) -> str:
    """Return a value on one line, shortened; text stands without quotes where it is one word."""
    if isinstance(value, masking.Mark):
        return value
    text = json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, str) and value.isprintable() and value and " " not in value:
        text = value
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def property_lines(found: Difference) -> list[str]:
    """Return one difference: what it was, and what it will be."""
    path = clean(values.shown(found.path))
    lines = [] if found.old is ABSENT else [f"-     {path}: {shown(found.old)}"]
    lines += [] if found.new is ABSENT else [f"+     {path}: {shown(found.new)}"]
    if len(lines) > 1 and lines[0][1:] == lines[1][1:]:
        # Both masked, or shortened: that they differ is known from the provider alone.
        return [f"!     {path}: {shown(found.new)} (changed)"]
    return lines


def kind(change: Change) -> str:
    """Return what a resource is, as Kubernetes and Google call it."""
    token = change.step.kind
    return "Provider" if token.startswith("pulumi:providers:") else token.rpartition(":")[2]


def resource(change: Change, form: str = FULL) -> list[str]:
    """Return the lines of one resource."""
    step = change.step
    lines = [f"{SIGNS.get(step.op, '!')} {step.op} {kind(change)} {clean(step.name)}"]
    if form == SHORT and step.op in ("create", "delete"):
        return lines
    # Of what goes, its properties are those that everybody has in front of them.
    shown_ones = [] if step.op == "delete" else change.telling
    return lines + [line for found in shown_ones for line in property_lines(found)]


def by_cluster(places: Places, form: str = FULL) -> dict[str, list[str]]:
    """Return the lines of the difference, by cluster; what is only noise is left out."""
    found: dict[str, list[str]] = {}
    for change in sorted(places.changes, key=_order(places)):
        if change.op == "update" and not change.telling:
            continue
        if change.is_component and change.op != "replace":
            continue  # it holds others and is nothing by itself
        found.setdefault(change.cluster, []).extend(resource(change, form))
    return found


def _order(places: Places) -> Any:
    names = [WHOLE, *places.clusters]

    def order(change: Change) -> tuple[int, str, str]:
        return names.index(change.cluster), change.component, change.step.name

    return order


def noise(places: Places) -> tuple[Counter[str], dict[str, list[str]]]:
    """Return what differs and says nothing: how often of which sort, and its lines by cluster."""
    counts: Counter[str] = Counter()
    found: dict[str, list[str]] = {}
    for change in sorted(places.changes, key=_order(places)):
        quiet = [one for one in change.differences if one.noise]
        if change.op == "update" and quiet:
            counts.update(one.noise for one in quiet)
            lines = [f"! {kind(change)} {change.step.name}"]
            found.setdefault(change.cluster, []).extend(lines + _lines(quiet))
        elif change.op == "update" and not change.differences:
            counts["update without a difference"] += 1
            found.setdefault(change.cluster, []).append(f"! {change.step.name}")
    if places.outputs:
        counts.update(one.noise for one in places.outputs)
        found["stack outputs"] = _lines(places.outputs)
    return counts, found


def _lines(differences: Iterable[Difference]) -> list[str]:
    return [line for found in differences for line in property_lines(found)]


def total(lines: Mapping[str, Sequence[str]]) -> int:
    """Return how many lines there are."""
    return sum(map(len, lines.values()))
