"""What a stack may come to at most, and what a preview says that it comes to. Pure."""

import math
from collections.abc import Collection, Iterator
from functools import partial
from typing import Final

from components import estimate, prices, remote_links, topology
from components.models import Settings
from components.prices import Range
from components.rule import Rule

MANY: Final = 2000
"""Resources from which on a preview advises another stack. The engine writes the whole state at
every step; from about 1,300 resources on users of the engine report minutes (pulumi/pulumi#7682).
"""

SPLIT: Final = "make a stack of every region"


def _clusters(settings: Settings) -> int:
    return len(settings.clusters)


def _links(settings: Settings) -> int:
    return len(topology.links(settings)) + sum(1 for _ in remote_links.links(settings))


def _balancers(settings: Settings) -> int:
    return estimate.load_balancers(settings).total()


def _usd(settings: Settings) -> int:
    return math.ceil(prices.bill(settings).total.high)


LIMITS: Final = {
    "clusters": ("AM701", _clusters, "clusters", SPLIT),
    "links": ("AM702", _links, "links", f"choose another topology.shape, or {SPLIT}"),
    "loadBalancers": ("AM703", _balancers, "load balancers", SPLIT),
    "resources": (
        "AM704",
        estimate.resources,
        "resources",
        f"choose another topology.shape, or {SPLIT}",
    ),
    "monthlyUsd": (
        "AM705",
        _usd,
        f"USD at most by the list of {prices.DATE}",
        "make fewer or smaller clusters",
    ),
}
"""The keys of ``limits``: code, what is counted, what it is called, and what to do."""


def _exceeded(key: str, settings: Settings) -> list[str]:
    _, count, called, fix = LIMITS[key]
    most = settings.limits.model_dump(by_alias=True)[key]
    if most is None or (found := count(settings)) <= most:
        return []
    text = f"found {found} {called}; allowed: at most {most}; fix: {fix}, or raise the limit"
    return [f"limits.{key}: {text}"]


RULES: tuple[Rule, ...] = tuple(
    Rule(code, partial(_exceeded, key)) for key, (code, *_) in LIMITS.items()
)


def _usd_range(price: Range) -> str:
    low, high = math.floor(price.low), math.ceil(price.high)
    return f"{low:,} to {high:,} USD"


def _counted(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def _networks(settings: Settings) -> Iterator[str]:
    for network, names in topology.networks(settings).items():
        if len(names) > 1:
            yield (
                f"network {network} is that of {', '.join(names)}: their pods must reach one"
                " another by their own addresses (docs/topology.md)"
            )


def _later(settings: Settings, waiting: Collection[str]) -> Iterator[str]:
    if waiting:
        more = estimate.resources(settings) - estimate.resources(settings, waiting=waiting)
        yield (
            f"of the links, {len(waiting)} wait for clusters that no other stack publishes yet:"
            f" {_counted(more, 'resource')} more, which limits count already"
        )


def summary(settings: Settings, *, licensed: bool, waiting: Collection[str] = ()) -> list[str]:
    """Return what a preview says of the size and the price of a stack.

    Args:
        settings: the stack's.
        licensed: whether it has a license key.
        waiting: names of links whose far ends no other stack publishes yet.
    """
    bill = prices.bill(settings)
    made = sum(1 for cluster in settings.clusters if cluster.gke)
    counts = (
        _counted(_clusters(settings), "cluster"),
        _counted(_links(settings), "directed link"),
        _counted(_balancers(settings), "load balancer"),
        _counted(estimate.resources(settings, licensed=licensed, waiting=waiting), "resource"),
    )
    costs = []
    if bill.made.high:
        what = _counted(made, "GKE cluster") if made else "machines"
        costs.append(f"{_usd_range(bill.made)} for {what} with all that belongs to them")
    if bill.elsewhere.high:
        costs.append(
            f"{_usd_range(bill.elsewhere)} for load balancers of clusters that were there, if these"
            " are on GKE"
        )
    lacking = f"; {', '.join(bill.unknown)} not priced" if bill.unknown else ""
    price = (
        f"a month by Google's list of {prices.DATE}: {'; '.join(costs)}; without traffic, licenses,"
        f" taxes and discounts{lacking} (docs/topology.md)"
    )
    size = f"this stack is {', '.join(counts)}"
    return [size, *_later(settings, waiting), price, *_networks(settings)]


def warnings(settings: Settings) -> Iterator[str]:
    """Yield a line if one state has more resources than it should, or a limit cannot see all."""
    if settings.limits.monthly_usd is not None and (unknown := prices.bill(settings).unknown):
        yield (
            f"limits.monthlyUsd: {', '.join(unknown)} not priced, so that the stack may cost more"
            " than the limit that it is held to (docs/topology.md)"
        )
    found = estimate.resources(settings)
    if found > MANY:
        yield (
            f"{found:,} resources in one state: the engine writes all of it at every step, so that"
            f" runs grow slow from about {MANY:,} on; choose another topology.shape, or {SPLIT}"
            " (docs/topology.md)"
        )
