"""How much changes where, and which links come and go."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from report.markdown import code, counted, listed, table
from report.places import WHOLE, Change, Link, Places, numbered

OPS: Final = ("create", "update", "replace", "delete")


def telling(changes: Sequence[Change]) -> list[Change]:
    """Return the changes that are more than a new record of what is as it was."""
    return [change for change in changes if change.op != "update" or change.telling]


def changes(places: Places) -> str:
    """Return how many resources meet which operation, a row for each cluster."""
    told = telling(places.changes)
    if not told:
        return ""
    alike: dict[tuple[str, ...], list[str]] = {}
    for cluster in (WHOLE, *places.clusters):
        if mine := [change for change in told if change.cluster == cluster]:
            name = cluster if cluster == WHOLE else code(cluster)
            alike.setdefault((*_counts(mine), _components(mine)), []).append(name)
    # Where most happens comes first; nine clusters with a link more each are not where it does.
    most = sorted(alike.items(), key=lambda row: -sum(int(cell or 0) for cell in row[0][:-1]))
    rows = [[_each(names), *cells] for cells, names in most]
    if len(rows) > 1:
        rows.append(["**together**", *(f"**{n}**" if n else "" for n in _counts(told)), ""])
    return table(["cluster", *OPS, "components"], rows, numbers=(1, 2, 3, 4))


def _each(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"each of {listed(names, most=12)}"


def _counts(some: Sequence[Change]) -> list[str]:
    found = Counter(change.op for change in some)
    return [str(found[op]) if found[op] else "" for op in OPS]


_MARKS: Final = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


def _components(some: Sequence[Change]) -> str:
    found: dict[str, Counter[str]] = {}
    for change in some:
        found.setdefault(change.component, Counter())[change.op] += 1
    return ", ".join(
        f"{component} {' '.join(f'{_MARKS.get(op, op)}{n}' for op, n in sorted(ops.items()))}"
        for component, ops in sorted(found.items())
    )


def links(places: Places) -> str:
    """Return which links come, go and are made anew."""
    parts = [
        f"**{counted(len(found), 'link')} {verb}:** {arrows(found)}"
        for op, verb in (("create", "added"), ("delete", "removed"), ("replace", "replaced"))
        if (found := places.links_with(op))
    ]
    return "\n\n".join(parts)


def arrows(links: Sequence[Link]) -> str:
    """Return links in few words: both directions as one, and many ends of one cluster together."""
    left = list(dict.fromkeys(links))
    names = {name for link in left for name in link}
    if len(names) > 2 and len(left) == len(names) * (len(names) - 1):  # noqa: PLR2004 a pair is one
        return (
            f"all between {listed([code(name) for name in sorted(names, key=numbered)], most=12)}"
        )
    parts = []
    while left:
        ends = Counter(name for link in left for name in link)
        hub = min(sorted(ends, key=numbered), key=lambda name: -ends[name])
        mine = [link for link in left if hub in link]
        left = [link for link in left if link not in mine]
        out = {link.target for link in mine if link.source == hub}
        back = {link.source for link in mine if link.target == hub}
        for sign, names in (("⇄", out & back), ("→", out - back), ("←", back - out)):
            if names:
                parts.append(
                    f"{code(hub)} {sign} {', '.join(code(n) for n in sorted(names, key=numbered))}"
                )
    return "; ".join(parts)
