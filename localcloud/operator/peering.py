"""Whether a peer Gateway is connected: pure, from what both planes say of themselves.

Every plane's operator publishes a ``Side`` next to its kubeconfig; a side that is not renewed is a
plane that does not answer. No secret is in it: of the authorities only fingerprints.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from localcloud.spec import write_atomically

STALE_SECONDS = 3.0
"""A side is renewed every second at least."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one plane says of itself."""

    plane: str
    cluster: str = ""
    trust_domain: str = ""
    network: str = ""
    gateway_network: str = ""
    addresses: tuple[str, ...] = ()
    istiod: bool = False
    root: str = ""
    chain: str = ""
    """Why the intermediate does not chain to the root; empty if it does."""
    written: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Answer:
    """The verdict on a peer Gateway."""

    connected: bool
    reason: str
    message: str


def publish(folder: Path, side: Side) -> None:
    """Write a plane's side."""
    data = {**asdict(side), "written": time.time()}
    write_atomically(folder / "side.json", json.dumps(data))


def read_sides(planes: Path) -> list[Side]:
    """Return the sides of all planes that still renew them."""
    found = []
    for path in sorted(planes.glob("*/side.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        side = Side(**{**data, "addresses": tuple(data["addresses"])})
        if time.time() - side.written < STALE_SECONDS:
            found.append(side)
    return found


def authority(secret: Mapping[str, bytes]) -> tuple[str, str]:
    """Return the root's fingerprint of a ``cacerts`` Secret, and why its chain is broken, if so."""
    try:
        root = x509.load_pem_x509_certificate(secret["root-cert.pem"])
        intermediate = x509.load_pem_x509_certificate(secret["ca-cert.pem"])
    except KeyError as error:
        return "", f"cacerts has no {error.args[0]}"
    except ValueError:
        return "", "cacerts holds something that is no certificate"
    root_der = root.public_bytes(serialization.Encoding.DER)
    fingerprint = hashlib.sha256(root_der).hexdigest()
    try:
        intermediate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return fingerprint, "ca-cert.pem is not signed by root-cert.pem"
    return fingerprint, ""


def _differs(what: str, found: str, expected: str, reason: str) -> Answer | None:
    if found == expected:
        return None
    return Answer(False, reason, f"{what} is {found!r}, but the peer's is {expected!r}")


def judge(peer: Mapping[str, Any], own: Side, others: Sequence[Side]) -> Answer:
    """Return whether a peer Gateway of ``own`` is connected, or the first thing that is wrong."""
    labels = peer["metadata"].get("labels") or {}
    annotations = peer["metadata"].get("annotations") or {}
    addresses = peer["spec"].get("addresses") or []
    if not own.network:
        message = "istio-system had no label topology.istio.io/network when istiod started"
        return Answer(False, "NetworkUnknown", message)
    if not addresses or "topology.istio.io/network" not in labels:
        message = "a peer needs an address and the label topology.istio.io/network"
        return Answer(False, "Invalid", message)
    address = str(addresses[0].get("value", ""))
    if address in own.addresses:
        message = f"{address} is this cluster's own east-west gateway"
        return Answer(False, "SelfLoop", message)
    remote = next((side for side in others if address in side.addresses), None)
    if remote is None or not remote.istiod:
        return Answer(False, "NoAnswer", f"nothing answers at {address}")
    cluster = labels.get("topology.istio.io/cluster")
    network = labels["topology.istio.io/network"]
    trust_domain = annotations.get("gateway.istio.io/trust-domain", "")
    wrong = (
        _differs("label topology.istio.io/network", network, remote.network, "NetworkMismatch")
        or _differs(
            "the network of the peer's own gateway",
            remote.gateway_network,
            remote.network,
            "NetworkMismatch",
        )
        or _differs(
            "annotation gateway.istio.io/trust-domain",
            trust_domain,
            remote.trust_domain,
            "TrustDomainMismatch",
        )
        or (
            _differs("label topology.istio.io/cluster", cluster, remote.cluster, "ClusterMismatch")
            if cluster is not None
            else None
        )
    )
    return wrong or _trust(own, remote)


def _trust(own: Side, remote: Side) -> Answer:
    for side in (own, remote):
        if side.chain or not side.root:
            problem = side.chain or "there is no root certificate"
            return Answer(False, "BrokenChain", f"{side.cluster}: {problem}")
    if own.root != remote.root:
        message = (
            f"the root certificates differ: {own.cluster} trusts {own.root[:16]}…,"
            f" {remote.cluster} trusts {remote.root[:16]}…"
        )
        return Answer(False, "RootMismatch", message)
    return Answer(True, "Connected", f"connected to {remote.cluster}")
