"""The network and the subnetwork that a GKE cluster is in."""

from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.errors import bad
from localcloud.plugins.gcp.kind import NETWORK, SUBNETWORK, network_at
from localcloud.plugins.gcp.store import Record, Store


def network_of(store: Store, record: Record) -> Record:
    """Return a cluster's network, and write it down as used.

    Raises:
        Refused: it is not there.
    """
    text = record.given.get("network") or "default"
    path = names.referred(NETWORK, text, record.place, "network")
    found = network_at(store, path)
    if found is None:
        project, name = path.split("/")[1], path.rpartition("/")[2]
        raise bad(f'Project "{project}" has no network named "{name}".')
    record.uses.append(path)
    return found


def subnetwork_of(store: Store, record: Record, network: Record) -> Record | None:
    """Return a cluster's subnetwork, and write it down as used; None: it is Google's own.

    Raises:
        Refused: it is not there, in another region or network, or lacking.
    """
    text = record.given.get("subnetwork")
    if not text:
        if network.given.get("autoCreateSubnetworks", True):
            return None  # Google's own, of which there is one in every region
        raise bad(f'Network "{network.name}" requires specifying a subnetwork.')
    path = names.referred(SUBNETWORK, text, record.place, "subnetwork")
    found = store.find(path)
    region = record.place["region"]
    if found is None or found.place["region"] != region:
        name = path.rpartition("/")[2]
        raise bad(f'Subnetwork "{name}" not found in region "{region}": {path}.')
    if network.path not in found.uses:
        raise bad(f'Subnetwork "{path}" is not valid for Network "{network.name}".')
    record.uses.append(path)
    return found
