"""Routers and their NAT."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.errors import bad, invalid, not_found
from localcloud.plugins.gcp.kind import ADDRESS, NETWORK, ROUTER, SUBNETWORK, Kind, refer
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure


class Router(Kind):
    """A Cloud Router."""

    token = "gcp:compute/router:Router"  # noqa: S105 a type
    noun = "router"
    path = "projects/{project}/regions/{region}/routers/{name}"
    immutable = frozenset(
        {"name", "project", "region", "network", "encryptedInterconnectRouter", "nccGateway"}
        | {"params"}
    )
    references: ClassVar[Mapping[str, str]] = {"network": NETWORK}
    made = ("selfLink", "creationTimestamp")

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse a router of a network that is not there."""
        del old
        refer(self, store, record, "network")


class RouterNat(Kind):
    """NAT of a router; it is a part of it, and goes with it."""

    token = "gcp:compute/routerNat:RouterNat"  # noqa: S105 a type
    noun = "NAT"
    path = "projects/{project}/regions/{region}/routers/{router}/nats/{name}"
    id = "{project}/{region}/{router}/{name}"
    api = ""
    pattern = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])")
    immutable = frozenset(
        {"name", "project", "region", "router", "endpointTypes", "initialNatIps", "type"}
    )
    sticky = frozenset(
        {"autoNetworkTier", "drainNatIps", "enableDynamicPortAllocation", "minPortsPerVm"}
        | {"enableEndpointIndependentMapping", "endpointTypes", "natIps"}
    )
    defaults: ClassVar[Mapping[str, Any]] = {
        "icmpIdleTimeoutSec": 30,
        "tcpEstablishedIdleTimeoutSec": 1200,
        "tcpTimeWaitTimeoutSec": 120,
        "tcpTransitoryIdleTimeoutSec": 30,
        "type": "PUBLIC",
        "udpIdleTimeoutSec": 30,
    }
    references: ClassVar[Mapping[str, str]] = {
        "router": ROUTER,
        "natIps": ADDRESS,
        "subnetworks.name": SUBNETWORK,
    }
    _ALL: Final = ("ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES")

    def where(self, inputs: Mapping[str, Any], scope: names.Scope) -> dict[str, Any]:
        """Return what its path needs, its router's name included."""
        router = inputs.get("router")
        name = names.relative(router).rpartition("/")[2] if isinstance(router, str) else router
        return {**super().where(inputs, scope), "router": name}

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield contradictions of the ways to choose subnetworks and addresses."""
        yield from super().judge(inputs, scope)
        field, allowed = "sourceSubnetworkIpRangesToNat", (*self._ALL, "LIST_OF_SUBNETWORKS")
        chosen = inputs.get(field)
        if isinstance(chosen, str) and chosen not in allowed:
            reason = f"expected {field} to be one of {list(allowed)}, got {chosen}"
            yield Failure(property=field, reason=reason)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse NAT without a router, without addresses, or twice for the same subnetworks."""
        del old
        given = record.given
        router = refer(self, store, record, "router")["router"]
        record.uses.remove(router.path)
        record.within = router.path
        how, listed = given.get("natIpAllocateOption"), given.get("natIps") or []
        if how is None and given.get("type", "PUBLIC") == "PUBLIC":
            raise invalid("nats[0].natIpAllocateOption", "", "Required field is missing.")
        if (how == "MANUAL_ONLY") != bool(listed):
            raise invalid("nats[0].natIps", listed, f"natIps do not go with {how}.")
        for text in listed:
            path = names.referred(ADDRESS, text, record.place, "natIps")
            if store.find(path) is None:
                raise not_found(path)
            record.uses.append(path)
        self._refuse_second(store, record, router)
        for one in given.get("subnetworks") or ():
            path = names.referred(SUBNETWORK, one["name"], record.place, "subnetworks")
            if store.find(path) is None:
                raise not_found(path)
            record.uses.append(path)

    def _refuse_second(self, store: Store, record: Record, router: Record) -> None:
        if record.given["sourceSubnetworkIpRangesToNat"] not in self._ALL:
            return
        network = router.uses[:1]
        for other in store.all(self.token):
            home = store.find(other.within)
            same = home is not None and home.uses[:1] == network
            near = other.place["region"] == record.place["region"] and other.path != record.path
            if same and near and other.given["sourceSubnetworkIpRangesToNat"] in self._ALL:
                raise bad(
                    "Invalid value for field 'resource.nats[0].sourceSubnetworkIpRangesToNat':"
                    f" all subnetworks of this network and region have NAT by '{other.path}'."
                )
