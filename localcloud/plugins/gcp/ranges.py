"""Address ranges of one network, and who has them."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from localcloud.plugins.gcp.errors import bad, invalid
from localcloud.plugins.gcp.store import Record, Store

WIDEST, NARROWEST = 4, 29
"""Bits that a subnetwork's range may have."""
AUTO: Final = IPv4Network("10.128.0.0/9")
"""What the subnetworks of a network in auto mode come from."""
_PRIVATE: Final = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"))
_RESERVED_FIRST, _RESERVED_LAST = 2, 2


def parsed(text: str) -> IPv4Network | None:
    """Return a range in its canonical form, or None for any other text."""
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def parsed_or_refused(field: str, text: str) -> IPv4Network:
    """Return a subnetwork's range.

    Raises:
        Refused: it is none, or of a size that no subnetwork has.
    """
    found = parsed(text)
    if found is None:
        raise invalid(field, text, f"Invalid IPCidrRange: {text} is not a valid CIDR range.")
    if not WIDEST <= found.prefixlen <= NARROWEST:
        size = f"The prefix length must be between {WIDEST} and {NARROWEST}."
        raise invalid(field, text, f"Invalid IPCidrRange: {text}. {size}")
    return found


def of_subnetwork(given: dict[str, Any]) -> Iterator[tuple[str, IPv4Network]]:
    """Yield a subnetwork's ranges with the fields that they come from.

    Raises:
        Refused: one is malformed.
    """
    if given.get("ipCidrRange"):
        yield "ipCidrRange", parsed_or_refused("ipCidrRange", given["ipCidrRange"])
    for index, one in enumerate(given.get("secondaryIpRanges") or ()):
        if one.get("ipCidrRange"):
            field = f"secondaryIpRanges[{index}].ipCidrRange"
            yield field, parsed_or_refused(field, one["ipCidrRange"])


def taken(store: Store, network: str, but: str = "") -> Iterator[tuple[IPv4Network, str]]:
    """Yield what is taken in a network and by whom, except by the resource at ``but``."""
    for record in store.all():
        if network not in record.uses or record.path == but:
            continue
        what = f"existing {_NOUNS.get(record.token, 'resource')} '{record.name}'"
        where = record.place.get("region") or record.place.get("location") or "global"
        for text in record.made.get("_ranges", ()):
            yield IPv4Network(text), f"{what} in region '{where}'"


_NOUNS = {
    "gcp:compute/subnetwork:Subnetwork": "subnetwork",
    "gcp:container/cluster:Cluster": "cluster",
    "gcp:compute/globalAddress:GlobalAddress": "address",
}


def refuse_conflicts(
    store: Store, network: str, record: Record, mine: list[tuple[str, IPv4Network]]
) -> None:
    """Refuse ranges that meet one another, or others of the network.

    Raises:
        Refused: with the first that does.
    """
    others = list(taken(store, network, but=record.path))
    for index, (field, own) in enumerate(mine):
        for _, earlier in mine[:index]:
            if own.overlaps(earlier):
                what = f"Invalid IPCidrRange: {own} conflicts with {earlier} of the same resource."
                raise invalid(field, own, what)
        for other, whose in others:
            if own.overlaps(other):
                what = f"Invalid IPCidrRange: {own} conflicts with {whose}."
                raise invalid(field, own, what)


def free(store: Store, network: str, bits: int, also: list[IPv4Network]) -> IPv4Network:
    """Return a private range of this size that nobody in the network has.

    Raises:
        Refused: there is none.
    """
    others = [one for one, _ in taken(store, network)] + also
    for space in _PRIVATE:
        for candidate in space.subnets(new_prefix=max(bits, space.prefixlen)):
            if not any(candidate.overlaps(other) for other in others):
                return candidate
    raise bad(
        f"The network does not have available private IP space in 10.0.0.0/8 to reserve a /{bits}"
        " block."
    )


def free_address(space: IPv4Network, others: set[str]) -> str:
    """Return an address of a range that nobody has; its first and last two are Google's.

    Raises:
        Refused: there is none.
    """
    first = int(space.network_address) + _RESERVED_FIRST
    for value in range(first, int(space.broadcast_address) - _RESERVED_LAST + 1):
        if str(IPv4Address(value)) not in others:
            return str(IPv4Address(value))
    raise bad(f"IP_SPACE_EXHAUSTED: IP space of '{space}' is exhausted.")
