"""What the addresses of GKE clusters must be. Pure; each rule returns a line a mistake."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from components import gke_plan
from components.config_errors import shown
from components.gke_plan import GkePlan
from components.gke_ranges import BLOCK, DOCKER, NARROWEST, PRIVATE, WIDEST, free_blocks, is_private
from components.models import ClusterSettings, GcpSettings, Settings
from components.rule import Rule


def _space(settings: Settings) -> str:
    return (settings.gcp or GcpSettings()).cidr


def _blocks(settings: Settings) -> Iterator[tuple[str, ClusterSettings, IPv4Network]]:
    """Yield the key and the block of every cluster that has one."""
    without = bool(spaces(settings))
    for index, cluster in enumerate(settings.clusters):
        if cluster.gke and (cluster.gke.cidr or not without):
            block = gke_plan.block_of(cluster.name, cluster.gke, settings.gcp)
            yield f"clusters[{index}].gke", cluster, block


def _plans(settings: Settings) -> list[tuple[str, GkePlan]]:
    """Return key and plan of every cluster that can be planned, each name once."""
    if spaces(settings):
        return []
    found = {
        cluster.name: (key, gke_plan.planned(cluster, settings.gcp))
        for key, cluster, block in _blocks(settings)
        if not _problem(block)
    }
    return list(found.values())


def _problem(block: IPv4Network) -> str:
    """Return what is allowed in place of a block, if it is none."""
    if not is_private(block):
        return f"a block of {', '.join(str(one) for one in PRIVATE)}"
    if block.overlaps(DOCKER):
        return f"a block that leaves {DOCKER} out, which nodes use themselves"
    if not WIDEST <= block.prefixlen <= NARROWEST:
        return f"a block of {WIDEST} to {NARROWEST} bits"
    return ""


def spaces(settings: Settings) -> list[str]:
    """Refuse an address space that no block can come from."""
    if settings.gcp is None:
        return []
    space = IPv4Network(settings.gcp.cidr)
    if space.prefixlen <= BLOCK and is_private(space) and not space.subnet_of(DOCKER):
        return []
    line = (
        f"gcp.cidr: found {shown(settings.gcp.cidr)}; allowed: a part of"
        f" {', '.join(str(one) for one in PRIVATE)} of at most {BLOCK} bits and not within"
        f" {DOCKER}, because every cluster gets a block of {BLOCK} bits of it; fix: write a wider"
        " one"
    )
    return [line]


def blocks(settings: Settings) -> list[str]:
    """Refuse blocks that GKE takes no ranges from, also where a name has led to one."""
    found = list(_blocks(settings))
    wrong = [(key, cluster.gke, block) for key, cluster, block in found if _problem(block)]
    free = list[str]()
    if any(own and not own.cidr for _, own, _ in wrong):
        free += free_blocks(_space(settings), [block for _, _, block in found])
    lines = []
    for key, own, block in wrong:
        what, fix = shown(str(block)), "write one such as 10.64.0.0/17, or remove the key"
        if own and not own.cidr:
            what += " of gcp.cidr, by the name of the cluster"
            # From the end: whose blocks overlap are told of the first ones.
            fix = f"write {free.pop()}" if free else "widen gcp.cidr"
        lines.append(f"{key}.cidr: found {what}; allowed: {_problem(block)}; fix: {fix}")
    return lines


def overlaps(settings: Settings) -> list[str]:
    """Refuse two clusters of the fleet with the same addresses: no network can have both."""
    plans = _plans(settings)
    if not plans:
        return []
    free = free_blocks(_space(settings), [plan.block for _, plan in plans])
    given = dict[str, str]()  # to each another one, so that all mistakes are mended at once
    lines = []
    for at, (key, plan) in enumerate(plans):
        for other, earlier in plans[:at]:
            if not plan.block.overlaps(earlier.block):
                continue
            # What was written stays: the block of a name is the one that gives way.
            yields = other if plan.settings.cidr and not earlier.settings.cidr else key
            if yields not in given:
                given[yields] = next(free, "")
            fix = f"write {yields}.cidr: {given[yields]}" if given[yields] else "widen gcp.cidr"
            lines.append(
                f"{key}.cidr: found {plan.block}, which overlaps {earlier.block} of {earlier.name};"
                f" allowed: a block of its own; fix: {fix}, for whichever of the two is new"
            )
    return lines


def too_small(settings: Settings) -> list[str]:
    """Refuse node pools that may grow beyond the addresses of their cluster."""
    return [
        f"{key}.nodePools: found up to {plan.most_nodes} nodes; allowed: {plan.ranges.room},"
        f" because {plan.block} has {plan.ranges.pods} for pods and {plan.ranges.nodes} for nodes;"
        f" fix: lower maxPerZone, or write a wider {key}.cidr"
        for key, plan in _plans(settings)
        if plan.most_nodes > plan.ranges.room
    ]


NEEDS = ("clusters[].gke", "gcp", "clusters[].name")
"""Without these nothing can be said."""

RULES: tuple[Rule, ...] = (
    Rule("AM205", spaces, needs=NEEDS),
    Rule("AM206", blocks, needs=NEEDS),
    Rule("AM207", overlaps, needs=NEEDS),
    Rule("AM208", too_small, needs=NEEDS),
)
