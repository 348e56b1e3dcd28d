"""What clusters that are yet to be made need of a project: APIs, and parts of its quotas. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from components import estimate
from components.gke_plan import GkePlan
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
_SHARED = {"e2-micro": 2, "e2-small": 2, "e2-medium": 2, "f1-micro": 1, "g1-small": 1}
_FAMILIES = {"n2": "N2_CPUS", "n2d": "N2D_CPUS", "c2": "C2_CPUS", "c2d": "C2D_CPUS"}
"""Machines with a quota of their own; those of other families count as CPUS."""


class Need(NamedTuple):
    """So much of a quota."""

    region: str
    metric: str
    """As Compute Engine's API has it, for example ``IN_USE_ADDRESSES``."""
    amount: int


def cpus(machine_type: str) -> int:
    """Return how many CPUs a machine has by its name; 0, if the name does not say."""
    if machine_type in _SHARED:
        return _SHARED[machine_type]
    found = _CPUS.search(machine_type)
    return int(found[1]) if found else 0


def needs(settings: Settings, plans: Iterable[GkePlan]) -> list[Need]:
    """Return what clusters need of one project's quotas.

    Nodes count as often as pools never have fewer; more come only if there is room.
    """
    found: Counter[tuple[str, str]] = Counter()
    each = estimate.load_balancers(settings)
    own_network = False
    for plan in plans:
        own_network |= not plan.network
        balancers = each[plan.name]
        # Every load balancer has an address, and so has NAT.
        found[plan.region, "IN_USE_ADDRESSES"] += balancers + 1
        found[plan.region, "EXTERNAL_NETWORK_LB_FORWARDING_RULES"] += balancers
        found[PROJECT, "FIREWALLS"] += 2 + GKES_RULES + balancers
        found[PROJECT, "ROUTERS"] += 1
        found[PROJECT, "SUBNETWORKS"] += 1
        for pool in plan.pools:
            count = plan.zones * pool.least
            family = _FAMILIES.get(pool.settings.machine_type.partition("-")[0], "CPUS")
            found[plan.region, family] += count * cpus(pool.settings.machine_type)
            found[plan.region, "INSTANCES"] += count
            # Balanced disks count as SSD, of which a new project has 250 or 500 GB in a region.
            found[plan.region, "SSD_TOTAL_GB"] += count * pool.settings.disk_size_gb
    found[PROJECT, "NETWORKS"] += int(own_network)
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
