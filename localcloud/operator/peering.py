"""Whether a peer Gateway is connected: pure, from what both planes say of themselves.

Stricter than istiod in one point: a Secret ``cacerts`` that is no longer what istiod started with
makes a link red at once, and not only when the next istiod starts. Green is to mean that the mesh
as it is written down works.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from localcloud.operator.sides import EastWest, Side

NETWORK: Final = "topology.istio.io/network"
CLUSTER: Final = "topology.istio.io/cluster"
TRUST_DOMAIN: Final = "gateway.istio.io/trust-domain"
SERVICE_ACCOUNT: Final = "gateway.istio.io/service-account"
XDS_LISTENER: Final = "xds-tls"
XDS_PORT: Final = 15012
"""Where istiod is reached when no listener is called ``xds-tls``."""


@dataclass(frozen=True)
class Answer:
    """The verdict on a peer Gateway."""

    connected: bool
    reason: str
    message: str


def judge(peer: Mapping[str, Any], own: Side, others: Sequence[Side]) -> Answer:
    """Return whether a peer Gateway of ``own`` is connected, or the first thing that is wrong."""
    wrong = _own_network(own) or _shape(peer, own)
    if wrong:
        return wrong
    found = _dial(peer, others)
    if isinstance(found, Answer):
        return found
    remote, gateway = found
    return (
        _remote_network(remote)
        or _mismatch(peer, remote, gateway)
        or _domains(own, remote)
        or _trust(own)
        or _trust(remote)
        or _roots(own, remote)
        or Answer(True, "Connected", f"connected to {remote.cluster} at {_address(peer)}")
    )


def _no(reason: str, message: str) -> Answer:
    return Answer(False, reason, message)


def _address(peer: Mapping[str, Any]) -> str:
    addresses = peer["spec"].get("addresses") or []
    return str(addresses[0].get("value", "")) if addresses else ""


def _label(peer: Mapping[str, Any], name: str) -> str | None:
    return (peer["metadata"].get("labels") or {}).get(name)


def _annotation(peer: Mapping[str, Any], name: str) -> str | None:
    return (peer["metadata"].get("annotations") or {}).get(name)


def _own_network(own: Side) -> Answer | None:
    if not own.istiod:
        return _no("IstiodNotRunning", f"istiod is not available on {own.plane}")
    return _network(own)


def _network(side: Side) -> Answer | None:
    if side.misconfigured:
        return _no("IstiodMisconfigured", f"{side.cluster}: {side.misconfigured}")
    if not side.network:
        missing = f"{side.cluster}: istiod waits for the label {NETWORK} on its namespace"
        return _no("NetworkUnknown", missing)
    if side.network != side.network_now:
        return _no(
            "NetworkChanged",
            f"{side.cluster}: label {NETWORK} of istiod's namespace is {side.network_now!r} now,"
            f" but istiod started with {side.network!r}: set it back, or restart istiod",
        )
    return None


def _remote_network(remote: Side) -> Answer | None:
    if not remote.reachable:
        return _no("PeerUnreachable", f"the control plane of {remote.cluster} does not answer")
    return _network(remote)


def _shape(peer: Mapping[str, Any], own: Side) -> Answer | None:
    if not _label(peer, NETWORK):
        return _no("Invalid", f"a peer needs the label {NETWORK}")
    if not _address(peer):
        return _no("Invalid", "a peer needs an address: spec.addresses is empty")
    if _label(peer, CLUSTER) == own.cluster:
        return _no("SelfLoop", f"label {CLUSTER} names {own.cluster}, this cluster: peer ignored")
    if any(_address(peer) in gateway.addresses for gateway in own.gateways):
        where = f"{_address(peer)} is {own.cluster}'s own east-west gateway"
        return _no("SelfLoop", f"{where}: peer ignored")
    return None


def _dial(peer: Mapping[str, Any], others: Sequence[Side]) -> Answer | tuple[Side, EastWest]:
    address, port = _address(peer), _port(peer)
    for side in others:
        for gateway in side.gateways:
            if address in gateway.addresses and side.istiod:
                if port not in gateway.ports:
                    open_ports = ", ".join(map(str, gateway.ports))
                    why = f"{address} has no port {port} (it has {open_ports})"
                    return _no("NoAnswer", f"nothing answers at {address}:{port}: {why}")
                return side, gateway
    wanted = _label(peer, NETWORK)
    now = [a for s in others if s.network == wanted for g in s.gateways for a in g.addresses]
    hint = f"; the gateway of network {wanted} is at {', '.join(now)} now" if now else ""
    return _no("NoAnswer", f"nothing answers at {address}:{port}{hint}")


def _port(peer: Mapping[str, Any]) -> int:
    listeners = peer["spec"].get("listeners") or []
    return next((int(i["port"]) for i in listeners if i["name"] == XDS_LISTENER), XDS_PORT)


def _mismatch(peer: Mapping[str, Any], remote: Side, gateway: EastWest) -> Answer | None:
    network, cluster = _label(peer, NETWORK), _label(peer, CLUSTER)
    account = _annotation(peer, SERVICE_ACCOUNT)
    checks = (
        ("NetworkMismatch", f"label {NETWORK}", network, remote.network),
        (
            "NetworkMismatch",
            f"label {NETWORK} of {remote.cluster}'s gateway {gateway.name}",
            gateway.network,
            remote.network,
        ),
        (
            "TrustDomainMismatch",
            f"annotation {TRUST_DOMAIN}",
            _annotation(peer, TRUST_DOMAIN),
            remote.trust_domain,
        ),
        # Absent before 1.28, where istiod takes the cluster to be called like its network.
        ("ClusterMismatch", f"label {CLUSTER}", cluster or remote.cluster, remote.cluster),
        (
            "ServiceAccountMismatch",
            f"annotation {SERVICE_ACCOUNT}",
            account or gateway.name,
            gateway.name,
        ),
    )
    for reason, what, found, expected in checks:
        if found != expected:
            said = f"{found!r}" if found else "missing"
            return _no(reason, f"{what} is {said}, but {remote.cluster} has {expected!r}")
    return None


def _domains(own: Side, remote: Side) -> Answer | None:
    strict = [side.cluster for side in (own, remote) if not side.any_trust_domain]
    if own.trust_domain == remote.trust_domain or not strict:
        return None
    return _no(
        "TrustDomainRefused",
        f"{own.trust_domain} and {remote.trust_domain} differ, and istiod of {strict[0]} takes its"
        " own only: PILOT_SKIP_VALIDATE_TRUST_DOMAIN is not true",
    )


def _trust(side: Side) -> Answer | None:
    if side.problem:
        return _no("BrokenChain", f"{side.cluster}: {side.problem}")
    if side.root != side.root_now:
        return _no(
            "RootChanged",
            f"{side.cluster}: cacerts has the root {_short(side.root_now)} now, but istiod started"
            f" with {_short(side.root)}: put it back, or restart istiod",
        )
    return None


def _roots(own: Side, remote: Side) -> Answer | None:
    if own.root == remote.root:
        return None
    trusts = " and ".join(
        f"{side.cluster} trusts {_short(side.root)}{_origin(side)}" for side in (own, remote)
    )
    return _no("RootMismatch", f"the root certificates differ: {trusts}")


def _origin(side: Side) -> str:
    return ", which istiod made itself for want of cacerts" if side.self_signed else ""


def _short(fingerprint: str) -> str:
    """Return the beginning of a SHA-256 fingerprint as ``openssl x509 -fingerprint`` writes it."""
    pairs = [fingerprint[i : i + 2].upper() for i in range(0, 16, 2)]
    return ":".join(pairs) if fingerprint else "none"
