"""Networks and subnetworks."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from localcloud.plugins.gcp import names, ranges
from localcloud.plugins.gcp.errors import bad, invalid
from localcloud.plugins.gcp.kind import NETWORK, Kind, number, refer
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure


class Network(Kind):
    """A VPC network. One in auto mode has no subnetworks here until they are asked for."""

    token = "gcp:compute/network:Network"  # noqa: S105 a type
    noun = "network"
    path = "projects/{project}/global/networks/{name}"
    immutable = frozenset(
        {"name", "project", "autoCreateSubnetworks", "description", "internalIpv6Range"}
        | {"networkProfile", "params"}
    )
    sticky = frozenset({"mtu", "routingMode", "internalIpv6Range"})
    defaults: ClassVar[Mapping[str, Any]] = {
        "autoCreateSubnetworks": True,
        "deleteDefaultRoutesOnCreate": False,
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    }
    made = ("selfLink", "networkId", "numericId", "gatewayIpv4")

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Give it a number."""
        del store, old
        record.made = {"gatewayIpv4": "", "networkId": number(record.path)}
        record.made["numericId"] = record.made["networkId"]
        record.made |= {"routingMode": record.given.get("routingMode") or "REGIONAL"}


class Subnetwork(Kind):
    """A subnetwork with its secondary ranges."""

    token = "gcp:compute/subnetwork:Subnetwork"  # noqa: S105 a type
    noun = "subnetwork"
    path = "projects/{project}/regions/{region}/subnetworks/{name}"
    immutable = frozenset(
        {"name", "project", "region", "network", "description", "externalIpv6Prefix", "params"}
        | {"internalIpv6Prefix", "reservedInternalRange", "resolveSubnetMask"}
    )
    sticky = frozenset({"purpose", "stackType", "privateIpGoogleAccess", "ipCidrRange"})
    references: ClassVar[Mapping[str, str]] = {"network": NETWORK}
    made = ("selfLink", "gatewayAddress", "creationTimestamp", "subnetworkId", "state")

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield wrong ranges too."""
        yield from super().judge(inputs, scope)
        secondary = inputs.get("secondaryIpRanges")
        lines = [one for one in secondary or () if isinstance(one, Mapping)]
        for line in (inputs, *lines) if isinstance(secondary, list | None) else (inputs,):
            text = line.get("ipCidrRange")
            if isinstance(text, str) and ranges.parsed(text) is None:
                reason = f'"ip_cidr_range" is not a valid IP CIDR range: {text}'
                yield Failure(property="ipCidrRange", reason=reason)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse ranges that meet others, and taking away those that are in use."""
        network = refer(self, store, record, "network")["network"]
        mine = list(ranges.of_subnetwork(record.given))
        if not mine:
            raise invalid("ipCidrRange", "", "Required field is missing.")
        if network.given.get("autoCreateSubnetworks", True) and mine[0][1].overlaps(ranges.AUTO):
            why = f"Subnetworks of auto subnet mode networks cannot overlap with {ranges.AUTO}."
            raise invalid("ipCidrRange", mine[0][1], why)
        secondary = [one["rangeName"] for one in record.given.get("secondaryIpRanges") or ()]
        for index, name in enumerate(secondary):
            field = f"secondaryIpRanges[{index}].rangeName"
            if not self.pattern.fullmatch(name):
                raise invalid(field, name, f"Must be a match of regex '{self.pattern.pattern}'")
            if name in secondary[:index]:
                raise invalid(field, name, "Secondary range names must be unique.")
        ranges.refuse_conflicts(store, network.path, record, mine)
        if old:
            self._refuse_taking(store, record, set(secondary))
        gateway = mine[0][1][1] if mine[0][0] == "ipCidrRange" else ""
        record.made = {
            "_ranges": [str(one) for _, one in mine],
            "gatewayAddress": str(gateway),
            "subnetworkId": int(number(record.path)[:15]),
            "state": "READY",
        }

    def replaces(self, path: str, before: Any, after: Any) -> bool:
        """Whether it is a new one: a range can grow in place, and no more."""
        if path == "ipCidrRange" and isinstance(before, str) and isinstance(after, str):
            old, new = ranges.parsed(before), ranges.parsed(after)
            return old is None or new is None or not old.subnet_of(new)
        return super().replaces(path, before, after)

    @staticmethod
    def _refuse_taking(store: Store, record: Record, left: set[str]) -> None:
        for user in store.all():
            for name in user.made.get("_secondary", {}).get(record.path, ()):
                if name not in left:
                    raise bad(
                        f"Cannot remove secondary range '{name}' of subnetwork '{record.name}':"
                        f" it is in use by '{user.path}'."
                    )
