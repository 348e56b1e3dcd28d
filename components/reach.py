"""What the links of a mesh do not reach, though its services span clusters. Pure."""

from collections.abc import Iterator
from typing import Final

from components import membership, topology
from components.models import Settings

MOST: Final = 6
"""Missing links that a warning names: a ring of ten clusters lacks seventy."""


def _lacking(settings: Settings, clusters: list[str]) -> Iterator[str]:
    there = topology.links(settings)
    found = {(link.source, link.target) for link in there}
    for a in sorted(clusters):
        for b in sorted(clusters):
            if a != b and (a, b) not in found:
                yield f"{a} -> {b}"


def warnings(settings: Settings) -> list[str]:
    """Return a line for every set of global services that some of their clusters cannot reach.

    A spoke does not reach another through the hub: istiod tells its peers of the services of its
    own cluster only.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, found in membership.spanning(settings).items():
        alike.setdefault(tuple(found["clusters"]), []).append(name)
    lines = []
    for clusters, services in alike.items():
        lacking = list(_lacking(settings, list(clusters)))
        if lacking:
            more = f" and {len(lacking) - MOST} more" if len(lacking) > MOST else ""
            lines.append(
                f"{', '.join(services)}: global in {', '.join(clusters)}, but there is no link"
                f" {', '.join(lacking[:MOST])}{more}: callers there do not reach those endpoints,"
                " because peering is not transitive (docs/topology.md)"
            )
    return lines
