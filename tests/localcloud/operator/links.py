"""Two sides and a peer Gateway at which nothing is wrong, to be made wrong by a test."""

from dataclasses import dataclass, field, replace
from typing import Any

from localcloud.operator.sides import EastWest, Side

NETWORK = "topology.istio.io/network"
CLUSTER = "topology.istio.io/cluster"
TRUST_DOMAIN = "gateway.istio.io/trust-domain"
SERVICE_ACCOUNT = "gateway.istio.io/service-account"
HERE, THERE = "127.64.0.1", "127.65.0.1"
ROOT, OTHER_ROOT = "ab" * 32, "cd" * 32
SHORT, OTHER_SHORT = "AB:AB:AB:AB:AB:AB:AB:AB", "CD:CD:CD:CD:CD:CD:CD:CD"


def side(name: str, address: str) -> Side:
    """Return a side whose network, trust domain and name all differ: none stands for another."""
    return Side(
        plane=f"plane-{name}",
        istiod=True,
        cluster=name,
        trust_domain=f"{name}.td",
        version="1.28.3-patch0-solo",
        network=f"{name}-net",
        network_now=f"{name}-net",
        root=ROOT,
        root_now=ROOT,
        gateways=(
            EastWest(
                name="east-west",
                addresses=(address,),
                ports=(15021, 15008, 15012),
                network=f"{name}-net",
            ),
        ),
    )


OWN, REMOTE, THIRD = side("one", HERE), side("two", THERE), side("three", "127.66.0.1")


def peer(
    address: str = THERE,
    labels: dict[str, str | None] | None = None,
    annotations: dict[str, str | None] | None = None,
    listeners: list[tuple[str, int]] | None = None,
) -> dict[str, Any]:
    """Return a peer Gateway of ``OWN`` that points at ``REMOTE``; a value of None leaves it out."""
    right = {NETWORK: "two-net", CLUSTER: "two"}
    told = {TRUST_DOMAIN: "two.td", SERVICE_ACCOUNT: "east-west"}
    ports = listeners or [("xds-tls", 15012)]
    return {
        "metadata": {
            "labels": {k: v for k, v in (right | (labels or {})).items() if v},
            "annotations": {k: v for k, v in (told | (annotations or {})).items() if v},
        },
        "spec": {
            "addresses": [{"type": "IPAddress", "value": address}] if address else [],
            "listeners": [{"name": name, "port": port} for name, port in ports],
        },
    }


def moved(which: Side, **gateway: Any) -> Side:
    """Return a side with another east-west gateway."""
    return replace(which, gateways=(replace(which.gateways[0], **gateway),))


@dataclass(frozen=True)
class Wrong:
    """A mistake, and what is to be said of it."""

    name: str
    reason: str
    message: str
    gateway: dict[str, Any] = field(default_factory=peer)
    own: Side = OWN
    remote: Side = REMOTE
