"""Reserved addresses, of a region and global."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any, ClassVar, Final

from localcloud.plugins.gcp import names, ranges
from localcloud.plugins.gcp.errors import bad, invalid
from localcloud.plugins.gcp.kind import NETWORK, SUBNETWORK, Kind, number, refer
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure

EXTERNAL: Final = IPv4Network("198.18.0.0/15")
"""Where addresses of the internet come from here: RFC 2544, which no host of the internet has."""
_MADE = ("selfLink", "creationTimestamp", "address", "labelFingerprint")


def taken(store: Store) -> set[str]:
    """Return every address that is reserved, in whatever project."""
    return {record.made["address"] for record in store.all() if "address" in record.made}


class Address(Kind):
    """An address of a region."""

    token = "gcp:compute/address:Address"  # noqa: S105 a type
    noun = "address"
    path = "projects/{project}/regions/{region}/addresses/{name}"
    immutable = frozenset(
        {"name", "project", "region", "address", "addressType", "description", "ipCollection"}
        | {"ipVersion", "ipv6EndpointType", "network", "networkTier", "prefixLength", "purpose"}
        | {"subnetwork"}
    )
    sticky = frozenset({"address", "networkTier", "prefixLength", "purpose", "subnetwork"})
    defaults: ClassVar[Mapping[str, Any]] = {"addressType": "EXTERNAL"}
    references: ClassVar[Mapping[str, str]] = {"network": NETWORK, "subnetwork": SUBNETWORK}
    labels = "labels"
    made = _MADE

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield an unknown kind of address."""
        yield from super().judge(inputs, scope)
        kind = inputs.get("addressType")
        if isinstance(kind, str) and kind not in {"EXTERNAL", "INTERNAL"}:
            reason = f'expected address_type to be one of ["EXTERNAL" "INTERNAL"], got {kind}'
            yield Failure(property="addressType", reason=reason)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Take the wanted address, or one that is free."""
        found = refer(self, store, record, "network", "subnetwork")
        if old:
            record.made = old.made
            return
        wanted, others = record.given.get("address"), taken(store)
        if wanted in others:
            raise bad(f"Specified IP address {wanted} is already reserved.")
        space = self._space(found.get("subnetwork"), record)
        if wanted and record.given.get("subnetwork") and not _within(wanted, space):
            raise invalid("address", wanted, f"The address is not in {space}.")
        record.made = {
            "address": wanted or ranges.free_address(space, others),
            "labelFingerprint": number(record.path),
            "networkTier": record.given.get("networkTier") or "PREMIUM",
        }

    @staticmethod
    def _space(subnetwork: Record | None, record: Record) -> IPv4Network:
        if record.given.get("addressType", "EXTERNAL") == "EXTERNAL":
            return EXTERNAL
        if subnetwork is None:
            raise invalid("subnetwork", "", "An internal address needs a subnetwork.")
        return IPv4Network(subnetwork.given["ipCidrRange"])


def _within(address: str, space: IPv4Network) -> bool:
    single = ranges.parsed(f"{address}/32")
    return single is not None and single.subnet_of(space)


class GlobalAddress(Kind):
    """A global address, or a range for peering."""

    token = "gcp:compute/globalAddress:GlobalAddress"  # noqa: S105 a type
    noun = "address"
    path = "projects/{project}/global/addresses/{name}"
    immutable = frozenset(
        {"name", "project", "address", "addressType", "description", "ipVersion", "network"}
        | {"prefixLength", "purpose"}
    )
    sticky = frozenset({"address", "prefixLength"})
    defaults: ClassVar[Mapping[str, Any]] = {"addressType": "EXTERNAL"}
    references: ClassVar[Mapping[str, str]] = {"network": NETWORK}
    labels = "labels"
    made = _MADE

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Take the wanted address or range, or one that is free."""
        network = refer(self, store, record, "network").get("network")
        if old:
            record.made = old.made
            return
        wanted, bits = record.given.get("address"), record.given.get("prefixLength")
        record.made = {"labelFingerprint": number(record.path)}
        if bits and network:
            space = IPv4Network(f"{wanted}/{bits}") if wanted else None
            space = space or ranges.free(store, network.path, bits, [])
            ranges.refuse_conflicts(store, network.path, record, [("address", space)])
            record.made |= {"_ranges": [str(space)], "address": str(space.network_address)}
            record.made |= {"prefixLength": bits}
            return
        if wanted in (others := taken(store)):
            raise bad(f"Specified IP address {wanted} is already reserved.")
        record.made |= {"address": wanted or ranges.free_address(EXTERNAL, others)}
