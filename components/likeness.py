"""Whether a service that spans clusters is the same in each. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

Object = Mapping[str, Any]

IGNORED_LABELS: Final = ("solo.io/", "istio.io/", "topology.istio.io/")
"""Beginnings of labels that are ours, or may differ because they tell istiod what to do here."""

GATEWAY_LABEL: Final = "gateway.networking.k8s.io/gateway-name"
"""On Services that a controller makes for a Gateway: nobody writes those, nor could mend them."""


def is_made_for_a_gateway(service: Object) -> bool:
    """Whether a Service belongs to a Gateway, such as a waypoint in the namespace."""
    return GATEWAY_LABEL in (service["metadata"].get("labels") or {})


def differences(places: Iterable[tuple[str, Object]]) -> list[str]:
    """Return how a service differs between clusters: pairs of a cluster and its Service."""
    return [
        line
        for (one, first), (other, second) in pairwise(places)
        for line in _between(one, first, other, second)
    ]


def _between(one: str, first: Object, other: str, second: Object) -> Iterator[str]:
    for what, read in (("ports", _ports), ("labels", _labels)):
        here, there = read(first), read(second)
        if here != there:
            yield (
                f"its {what} differ: {one} has {_told(here, there)}, {other} has"
                f" {_told(there, here)}"
            )


def _told(one: set[str], other: set[str]) -> str:
    return ", ".join(sorted(one - other)) or "nothing more"


def _ports(service: Object) -> set[str]:
    return {
        f"{port['port']}/{port.get('protocol', 'TCP')}"
        + "".join(f" {key} {port[key]}" for key in ("name", "appProtocol") if port.get(key))
        for port in service.get("spec", {}).get("ports") or []
    }


def _labels(service: Object) -> set[str]:
    return set(_ownerless(service["metadata"].get("labels") or {}))


def _ownerless(labels: Mapping[str, str]) -> Iterable[str]:
    for key, value in labels.items():
        if not key.startswith(IGNORED_LABELS):
            yield f"{key}={value}"
