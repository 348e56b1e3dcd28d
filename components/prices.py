"""What the list says that a stack costs a month on Google Cloud, as a range. Pure.

List prices in USD, without traffic, logs, licenses, taxes, free tiers and discounts. They tell the
order of magnitude, and are no offer.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from components import estimate, gke_plan
from components.models import GceSettings, GkeSettings, Settings

DATE: Final = "September 2026"
"""When the prices were read: cloud.google.com/kubernetes-engine/pricing, /load-balancing/pricing,
/nat/pricing and /vpc/network-pricing, and the Cloud Billing Catalog for machines and disks, as
public pages quote them. Those of the cheapest regions (Iowa and others)."""

DEAREST: Final = 1.6
"""An assumption: the dearest regions cost about this much more than the cheapest."""

HOURS: Final = 730
"""Of a month, as Google counts."""
CLUSTER: Final = 0.10
"""An hour, of any mode and in any region; releases in extended support cost more."""
RULES_TOGETHER: Final = 5
"""Forwarding rules of a project that cost what one does. A load balancer of a Service is a rule;
its address costs nothing."""
FIRST_RULES: Final = 0.025
"""An hour of those together."""
MORE_RULES: Final = 0.01
"""An hour of each further one."""
CORE: Final = 0.02181159
"""An hour of a core of an E2 machine."""
MEMORY: Final = 0.00292353
"""An hour of a GiB of its memory."""
SPOT: Final = (0.09, 0.40)
"""What is left of the price of a Spot machine: 60 to 91 % less, says Google."""
DISK: Final = 0.10
"""A month of a GiB of a balanced persistent disk. Machines that take none have no price here."""
VM_DISK: Final = 10
"""GiB of the image of an instance."""
NAT: Final = 0.0014
"""An hour of the way out, for each machine that takes it."""
NAT_MOST: Final = 0.044
"""An hour of it, for however many machines."""
ADDRESS: Final = 0.005
"""An hour of an address of a way out, or of a machine."""

_MACHINE: Final = re.compile(r"e2-(standard|highmem|highcpu)-(\d+)")
_PER_CORE: Final = {"standard": 4, "highmem": 8, "highcpu": 1}
_SHARED: Final = {"e2-micro": (0.25, 1.0), "e2-small": (0.5, 2.0), "e2-medium": (1.0, 4.0)}


class Range(NamedTuple):
    """USD a month."""

    low: float
    high: float

    def __add__(self, other: object) -> "Range":
        """Return what both cost together."""
        if not isinstance(other, Range):
            return NotImplemented
        return Range(self.low + other.low, self.high + other.high)


NOTHING: Final = Range(0, 0)


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a stack costs a month."""

    made: Range
    """What the stack makes in Google Cloud, with the load balancers of its clusters."""
    elsewhere: Range
    """Load balancers of clusters that were there, if they are on GKE."""
    unknown: tuple[str, ...]
    """What has no price here."""

    @property
    def total(self) -> Range:
        """All of it."""
        return self.made + self.elsewhere


def _hourly(low: float, high: float | None = None) -> Range:
    return Range(low * HOURS, (low if high is None else high) * HOURS)


def _load_balancers(count: int) -> Range:
    """Return what load balancers cost: in one project, up to each in one of its own."""
    if not count:
        return NOTHING
    low = FIRST_RULES + max(0, count - RULES_TOGETHER) * MORE_RULES
    return _hourly(low, count * FIRST_RULES * DEAREST)


def machine(kind: str) -> float | None:
    """Return the price of an hour of a machine type in the cheapest region; None: not known."""
    if kind in _SHARED:
        cores, memory = _SHARED[kind]
    elif match := _MACHINE.fullmatch(kind):
        cores = float(match[2])
        memory = cores * _PER_CORE[match[1]]
    else:
        return None
    return cores * CORE + memory * MEMORY


def _pools(gke: GkeSettings) -> Iterator[tuple[str, Range, int, int]]:
    """Yield the type, the price, and the least and most nodes of every pool of a cluster."""
    zones = len(gke.zones) or (1 if gke_plan.is_zone(gke.location) else gke_plan.ZONES)
    for pool in gke_plan.pools(gke):
        least, most = pool.least * zones, pool.most * zones
        low, high = SPOT if pool.settings.spot else (1.0, 1.0)
        price = machine(pool.settings.machine_type)
        disk = pool.settings.disk_size_gb * DISK if pool.disk_type == gke_plan.BALANCED else 0
        nodes = NOTHING if price is None else _hourly(price * low, price * high * DEAREST)
        each = Range(nodes.low + disk, nodes.high + disk * DEAREST)
        yield (
            "" if price is not None else pool.settings.machine_type,
            Range(each.low * least, each.high * most),
            least,
            most,
        )


def _cluster(name: str, gke: GkeSettings) -> tuple[Range, list[str]]:
    total, unknown, least, most = _hourly(CLUSTER), list[str](), 0, 0
    for kind, price, few, many in _pools(gke):
        total, least, most = total + price, least + few, most + many
        unknown += [f"machine type {kind}"] if kind else []
    if gke.autopilot:
        unknown.append(f"pods of {name}, which Autopilot charges for")
        least, most = 1, math.ceil(NAT_MOST / NAT)
    ways_out = [min(NAT_MOST, count * NAT) + ADDRESS for count in (least, most)]
    return total + _hourly(*ways_out), unknown


def _instance(gce: GceSettings) -> tuple[Range, list[str]]:
    price = machine(gce.machine_type)
    address = ADDRESS if gce.external_address else 0
    hours = (price or 0) + address
    total = _hourly(hours, hours * DEAREST) + Range(VM_DISK * DISK, VM_DISK * DISK * DEAREST)
    return total, [f"machine type {gce.machine_type}"] if price is None else []


def bill(settings: Settings) -> Bill:
    """Return what a stack costs a month."""
    balancers = estimate.load_balancers(settings)
    made = {cluster.name: cluster.gke for cluster in settings.clusters if cluster.gke}
    priced = [_cluster(name, gke) for name, gke in made.items()]
    priced += [_instance(vm.gce) for vm in settings.vms if vm.gce]
    total = _load_balancers(sum(count for name, count in balancers.items() if name in made))
    for price, _ in priced:
        total += price
    return Bill(
        made=total,
        elsewhere=_load_balancers(
            sum(count for name, count in balancers.items() if name not in made)
        ),
        unknown=tuple(dict.fromkeys(item for _, unknown in priced for item in unknown)),
    )
