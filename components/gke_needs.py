"""What clusters that are yet to be made need of a project: APIs, and parts of its quotas. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from components import estimate
from components.gke_plan import BALANCED, HYPERDISK, GkePlan, Pool
from components.models import Settings

APIS: Final = (
    "cloudresourcemanager.googleapis.com",
    "compute.googleapis.com",
    "container.googleapis.com",
    "iam.googleapis.com",
)
"""Nodes and networks, clusters, service accounts, and their roles in the project."""

PROJECT: Final = ""
"""In place of a region, for quotas of the whole project."""

GKES_RULES: Final = 5
"""Rules of the firewall that GKE makes for a cluster by itself: between its pods and nodes (all,
vms), to kubelets (inkubelet, exkubelet), and for health checks. One more for every load balancer
(https://cloud.google.com/kubernetes-engine/docs/concepts/firewall-rules)."""

_CPUS = re.compile(r"-(\d+)(?:$|-)")
_CUSTOM_SHARED = re.compile(r"e2-custom-(micro|small|medium)-\d+")
"""Its number is that of its memory."""
_SHARED = {"e2-micro": 2, "e2-small": 2, "e2-medium": 2, "f1-micro": 1, "g1-small": 1}
_FAMILIES = {
    **dict.fromkeys(("custom", "e2", "f1", "g1", "n1"), "CPUS"),
    **{
        family: f"{family.upper()}_CPUS"
        for family in ("a2", "c2", "c2d", "c3", "m1", "m2", "m3", "n2", "n2d", "t2a", "t2d")
    },
}
"""Quotas of CPUS that Compute Engine tells of a region, by the family of machines that counts in
them. Of newer ones (C3D, C4, N4, …) another API tells: nothing is counted."""
_DISKS = {BALANCED: "SSD_TOTAL_GB", HYPERDISK: "HDB_TOTAL_GB"}
"""Quotas by types of disks. Of the first, a new project has 250 or 500 GB in a region."""
_PARTS = (
    ("network-nat", "IN_USE_ADDRESSES", True),
    ("network-router", "ROUTERS", False),
    ("network-subnetwork", "SUBNETWORKS", False),
    ("firewall-control-plane", "FIREWALLS", False),
    ("firewall-mesh", "FIREWALLS", False),
)
"""What is there before a cluster, by the name of its resource behind ``<cluster>-gke-``: a run that
ends in between leaves it. Each with the quota that one counts in, and whether a region has that."""


class Need(NamedTuple):
    """So much of a quota."""

    region: str
    metric: str
    """As Compute Engine's API has it, for example ``IN_USE_ADDRESSES``."""
    amount: int


def cpus(machine_type: str) -> int:
    """Return how many CPUs a machine has by its name; 0, if the name does not say."""
    kind = _CUSTOM_SHARED.sub(r"e2-\1", machine_type)
    if kind in _SHARED:
        return _SHARED[kind]
    found = _CPUS.search(machine_type)
    return int(found[1]) if found else 0


def _of_pool(plan: GkePlan, pool: Pool) -> Iterator[tuple[str, int]]:
    """Yield the quotas of a region that a pool takes, and how much of each."""
    count = plan.zones * pool.least
    if metric := _FAMILIES.get(pool.family):
        yield metric, count * cpus(pool.settings.machine_type)
    yield "INSTANCES", count
    yield _DISKS[pool.disk_type], count * pool.settings.disk_size_gb


def needs(
    settings: Settings, plans: Iterable[GkePlan], made: Collection[str] = frozenset()
) -> list[Need]:
    """Return what clusters need of one project's quotas, besides what is there.

    Nodes count as often as pools never have fewer; more come only if there is room.

    Args:
        settings: the stack's.
        plans: of the clusters that are yet to be made.
        made: names of the resources in the stack's state.
    """
    found: Counter[tuple[str, str]] = Counter()
    each = estimate.load_balancers(settings)
    for plan in plans:
        balancers = each[plan.name]
        # Every load balancer has an address, and a rule of the firewall.
        found[plan.region, "IN_USE_ADDRESSES"] += balancers
        found[plan.region, "EXTERNAL_NETWORK_LB_FORWARDING_RULES"] += balancers
        found[PROJECT, "FIREWALLS"] += GKES_RULES + balancers
        for part, metric, regional in _PARTS:
            if f"{plan.name}-gke-{part}" not in made:
                found[plan.region if regional else PROJECT, metric] += 1
        for pool in plan.pools:
            for metric, amount in _of_pool(plan, pool):
                found[plan.region, metric] += amount
        if not plan.network and f"gcp-{plan.project}-network" not in made:
            found[PROJECT, "NETWORKS"] = 1
    return [Need(*key, amount) for key, amount in sorted(found.items()) if amount]


def lacking(wanted: Iterable[Need], quotas: Iterable[Mapping[str, Any]]) -> list[tuple[Need, int]]:
    """Return the needs that quotas of one place do not meet, with what is left of each."""
    left = {
        str(quota.get("metric")): int(quota.get("limit") or 0) - int(quota.get("usage") or 0)
        for quota in quotas
    }
    # A metric that is not there has no limit, or is told by another API.
    return [
        (need, left[need.metric])
        for need in wanted
        if need.metric in left and need.amount > left[need.metric]
    ]


def told(wanted: Iterable[Need]) -> list[str]:
    """Return needs as users read them."""
    return [
        f"{need.amount} {need.metric}{f' in {need.region}' if need.region else ''}"
        for need in wanted
    ]
