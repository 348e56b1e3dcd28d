"""The one interface of an instance: its network, its address, and what outputs say of it."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.errors import bad, invalid, not_found
from localcloud.plugins.gcp.kind import NETWORK, SUBNETWORK, network_at
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Properties

SPACE: Final = IPv4Network("127.64.0.0/10")
"""Where addresses of instances come from: loopback, far from what programs choose."""


def refuse_network(store: Store, record: Record, interface: Mapping[str, Any]) -> None:
    """Refuse an interface of a network that is not there; write down what it uses.

    Raises:
        Refused: with the API's words.
    """
    if text := interface.get("subnetwork"):
        path = names.referred(SUBNETWORK, text, record.place, "subnetwork")
        subnetwork = store.find(path)
        if subnetwork is None or subnetwork.place["region"] != record.place["region"]:
            raise not_found(path)
        record.uses += [path, subnetwork.uses[0]]
        return
    if not interface.get("network"):
        raise invalid("networkInterfaces[0]", "", "At least one of network and subnetwork.")
    path = names.referred(NETWORK, interface["network"], record.place, "network")
    network = network_at(store, path)
    if network is None:
        raise not_found(path)
    if not network.given.get("autoCreateSubnetworks", True):
        raise bad(
            "Network interface must specify a subnet if the network resource is in custom"
            " subnet mode."
        )
    record.uses.append(path)


def free(taken: set[str]) -> str:
    """Return an address that nobody has.

    Raises:
        Refused: there is none.
    """
    first = int(SPACE.network_address) + 2
    for value in range(first, int(SPACE.broadcast_address)):
        if str(IPv4Address(value)) not in taken:
            return str(IPv4Address(value))
    raise bad("IP_SPACE_EXHAUSTED: there are no more addresses of loopback.")


def filled(given: Mapping[str, Any], network: str, address: Any) -> Properties:
    """Return an interface as outputs have it: with network and address."""
    configs = [
        {**one, "natIp": address, "networkTier": "PREMIUM"}
        for one in given.get("accessConfigs") or ()
    ]
    ways = {"accessConfigs": configs} if configs else {}
    more = {"network": network} if network else {}
    return {**given, **more, "name": "nic0", "networkIp": address, **ways}
