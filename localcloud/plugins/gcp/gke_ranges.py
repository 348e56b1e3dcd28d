"""Addresses of GKE clusters: where they come from, and what GKE refuses about them."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any, Final

from localcloud.plugins.gcp import ranges
from localcloud.plugins.gcp.errors import bad, invalid
from localcloud.plugins.gcp.gke import at, zones
from localcloud.plugins.gcp.store import Record, Store

_POLICY: Final = "ipAllocationPolicy"
_POD_BITS, _AUTOPILOT_POD_BITS = 14, 17
_SERVICES: Final = "34.118.224.0/20"
"""Google's own range for Services, where nobody wants another; clusters share it."""
_MASTER_BITS: Final = 28
_MAX_PODS: Final = 110
_HOST_BITS: Final = 32
_RESERVED: Final = 4
"""Addresses of a subnetwork that Google keeps for itself."""


def secondary(given: Mapping[str, Any]) -> list[str]:
    """Return the secondary ranges that a cluster names, of pods first."""
    found = [
        at(given, f"ipAllocationPolicy.{field}SecondaryRangeName")
        for field in ("cluster", "services")
    ]
    return [name for name in found if name]


def blocks(subnetwork: Record) -> dict[str, IPv4Network]:
    """Return a subnetwork's secondary ranges by their names."""
    listed = subnetwork.given.get("secondaryIpRanges") or ()
    return {one["rangeName"]: IPv4Network(one["ipCidrRange"]) for one in listed}


def refuse_wrong(store: Store, record: Record, subnetwork: Record) -> None:
    """Refuse secondary ranges that are not there, the same, or of another cluster's Services.

    Raises:
        Refused: with GKE's words.
    """
    pods, services = (
        at(record.given, f"ipAllocationPolicy.{field}SecondaryRangeName")
        for field in ("cluster", "services")
    )
    network = subnetwork.uses[0]
    for what, name in (("Pod", pods), ("Services", services)):
        if name and name not in blocks(subnetwork):
            raise bad(
                f'{what} secondary range "{name}" not found in network'
                f' "https://www.googleapis.com/compute/v1/{network}", subnetwork'
                f' "{subnetwork.name}".'
            )
    if pods and pods == services:
        raise bad(
            f"Pod secondary range name ({pods}) should not be the same as service secondary range"
            " name."
        )
    for other in store.all(record.token):
        theirs = at(other.given, "ipAllocationPolicy.servicesSecondaryRangeName")
        used = other.made.get("_secondary", {}).get(subnetwork.path, ())
        if other.path == record.path or not used:
            continue
        # Pods of several clusters may share a range; Services may not.
        meets = {services} & set(used) or ({pods} & {theirs})
        if name := next((one for one in meets if one), None):
            raise bad(
                f'Services secondary range "{name}" of subnetwork "{subnetwork.name}" is already in'
                f" use by {other.path}."
            )


def made(store: Store, record: Record, network: str) -> dict[str, IPv4Network]:
    """Return the ranges that a cluster takes besides its subnetwork's, by their field.

    Raises:
        Refused: one is malformed, or nothing is free.
    """
    given, found = record.given, dict[str, IPv4Network]()
    if text := at(given, "privateClusterConfig.masterIpv4CidrBlock"):
        master = ranges.parsed(text)
        if master is None or master.prefixlen != _MASTER_BITS:
            raise invalid("masterIpv4CidrBlock", text, f"It must be a /{_MASTER_BITS}.")
        found["privateClusterConfig.masterIpv4CidrBlock"] = master
    default = _AUTOPILOT_POD_BITS if given.get("enableAutopilot") else _POD_BITS
    pods, services = f"{_POLICY}.clusterIpv4CidrBlock", f"{_POLICY}.servicesIpv4CidrBlock"
    for field, bits in ((pods, default), (services, 0)):
        text = str(at(given, field) or (field == pods and given.get("clusterIpv4Cidr")) or "")
        if text and ranges.parsed(text if "." in text else f"10.0.0.0{text}") is None:
            raise invalid(field, text, "It must be a range, or the size of one.")
        if "." in text:
            found[field] = IPv4Network(text)
        elif text or (bits and not secondary(given)):
            wanted = int(text.removeprefix("/") or bits)
            found[field] = ranges.free(store, network, wanted, list(found.values()))
    return found


def services(record: Record, subnetwork: Record | None, made: Mapping[str, IPv4Network]) -> str:
    """Return the range of a cluster's Services."""
    name = at(record.given, "ipAllocationPolicy.servicesSecondaryRangeName")
    if name and subnetwork:
        return str(blocks(subnetwork)[name])
    return str(made.get(f"{_POLICY}.servicesIpv4CidrBlock", _SERVICES))


def nodes(record: Record) -> int:
    """Return how many nodes a cluster or a pool begins with."""
    given = record.given
    least = at(given, "autoscaling.minNodeCount")
    return int(given.get("nodeCount") or given.get("initialNodeCount") or least or 0) * len(
        zones(record)
    )


def refuse_too_many(
    record: Record, cluster: Record, subnetwork: Record | None, others: int = 0
) -> None:
    """Refuse nodes that find no addresses for their pods, or for themselves.

    Args:
        record: a cluster with its first nodes, or one of its pools.
        cluster: that cluster.
        subnetwork: of the cluster.
        others: nodes that are there already.

    Raises:
        Refused: with the words of Compute Engine.
    """
    if subnetwork is None or cluster.given.get("enableAutopilot"):
        return
    space = IPv4Network(subnetwork.given["ipCidrRange"])
    room = {f"'{space}'": space.num_addresses - _RESERVED}
    if named := secondary(cluster.given):
        pods = blocks(subnetwork)[named[0]]
        each = record.given.get("maxPodsPerNode") or cluster.given.get("defaultMaxPodsPerNode")
        # A node has twice as many addresses as pods, rounded up to a range.
        bits = _HOST_BITS - (2 * int(each or _MAX_PODS) - 1).bit_length()
        room[f"'{pods}' of pods"] = 2 ** (bits - pods.prefixlen) if bits >= pods.prefixlen else 0
    wanted = nodes(record) + others
    for what, number in room.items():
        if wanted > number:
            raise bad(
                f"IP_SPACE_EXHAUSTED: IP space of '{subnetwork.path}' is exhausted. Insufficient"
                f" free IP addresses in the IP range {what}: it has room for {number} nodes, and"
                f" {wanted} are wanted."
            )
