"""Every kind of resource that the plugin has."""

from localcloud.plugins.gcp.addresses import Address, GlobalAddress
from localcloud.plugins.gcp.clusters import Cluster
from localcloud.plugins.gcp.firewalls import Firewall
from localcloud.plugins.gcp.iam import Account, IAMMember, Service
from localcloud.plugins.gcp.instances import Instance
from localcloud.plugins.gcp.kind import Kind
from localcloud.plugins.gcp.networks import Network, Subnetwork
from localcloud.plugins.gcp.planes import Planes
from localcloud.plugins.gcp.pools import NodePool
from localcloud.plugins.gcp.routers import Router, RouterNat


def kinds(planes: Planes, instances: Instance) -> dict[str, Kind]:
    """Return the kinds by their tokens.

    Args:
        planes: where clusters' control planes come from.
        instances: the kind of those, which has functions too.
    """
    every: tuple[Kind, ...] = (
        Account(),
        Address(),
        Cluster(planes),
        Firewall(),
        GlobalAddress(),
        IAMMember(),
        instances,
        Network(),
        NodePool(),
        Router(),
        RouterNat(),
        Service(),
        Subnetwork(),
    )
    return {kind.token: kind for kind in every}
