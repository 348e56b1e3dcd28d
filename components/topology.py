"""Which clusters there are and which directed links join them. Never imports Pulumi."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

from components.naming import link_name


@dataclass(frozen=True, kw_only=True)
class Member:
    """One cluster of the mesh as its peers see it."""

    name: str
    network: str
    trust_domain: str


@dataclass(frozen=True, order=True)
class Link:
    """A directed link: ``source`` holds a peer Gateway that points at ``target``."""

    source: str
    target: str


def full_mesh(names: Iterable[str]) -> tuple[Link, ...]:
    """Return the n(n-1) links that join every cluster to every other, sorted."""
    return tuple(sorted(Link(a, b) for a, b in permutations(set(names), 2)))


def problems(members: Sequence[Member]) -> list[str]:
    """Return one line for every value that must be unique in the mesh but is not."""
    found: list[str] = []
    names = Counter(member.name for member in members)
    for field, why in (
        ("name", "resources and links are named by it"),
        ("network", "a peer Gateway is named after the network it leads to"),
    ):
        counts = Counter(str(getattr(member, field)) for member in members)
        if field == "network":
            # A name that is used twice brings its default network along: one mistake, one line.
            counts -= Counter({m.network: names[m.name] - 1 for m in members})
        for value in sorted(value for value, count in counts.items() if count > 1):
            where = ", ".join(
                f"clusters[{index}].{field}"
                for index, member in enumerate(members)
                if getattr(member, field) == value
            )
            found.append(
                f"{where}: found {value!r} {counts[value]} times; "
                f"allowed: once, because {why}; fix: give each cluster its own {field}"
            )
    return found + _ambiguous_links(members)


def _ambiguous_links(members: Sequence[Member]) -> list[str]:
    """Return a line for every name that two links would share, such as ``a-to-b-to-c``."""
    called: dict[str, list[Link]] = {}
    for link in full_mesh(member.name for member in members):
        called.setdefault(link_name(link.source, link.target), []).append(link)
    return [
        f"clusters: found {' and '.join(f'{link.source} -> {link.target}' for link in links)}, both"
        f" called {name!r}; allowed: names that tell links apart; fix: rename one of these clusters"
        for name, links in called.items()
        if len(links) > 1
    ]
