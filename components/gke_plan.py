"""What a GKE cluster is to be, every default resolved. Pure: names, ranges, nodes.

Nothing here depends on a position in a list, or on which other clusters there are.
"""

import hashlib
import json
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi

from components.models import (
    AuthorizedNetwork,
    ClusterSettings,
    GcpSettings,
    GkeSettings,
    NodePoolSettings,
    Settings,
)
from components.naming import within

BLOCK = 17
"""Bits of the block that a cluster gets of ``gcp.cidr``: half of it are 16,384 addresses of pods,
which are 64 nodes of 110 pods; 10.0.0.0/8 has 512 such blocks."""
WIDEST, NARROWEST = 14, 20
"""Bits of a block. GKE takes ranges of services from 16 bits on, and of pods up to 21."""
CONTROL_PLANE = 28
"""Bits of a control plane's range, as GKE demands."""
MAX_ACCOUNT = 30
"""Characters of a service account's id."""
MAX_RESOURCE = 63
"""Characters of a name in Compute Engine."""
NODE_TAG = "ambientmesh"
"""Network tag of every node that the stack makes: rules of the firewall reach nodes by it."""
ZONE_PARTS = 3
"""A zone is written region-x, and a region continent-place: three parts are a zone."""


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """The parts of one block."""

    pods: IPv4Network
    services: IPv4Network
    nodes: IPv4Network
    control_plane: IPv4Network


def carve(block: IPv4Network) -> Ranges:
    """Divide a block: half of it for pods, a quarter for services, an eighth for nodes.

    The control plane has the first addresses of the last eighth; the rest of that is spare.
    """
    pods, upper = block.subnets()
    services, last = upper.subnets()
    nodes, spare = last.subnets()
    control_plane = IPv4Network((spare.network_address, CONTROL_PLANE))
    return Ranges(pods=pods, services=services, nodes=nodes, control_plane=control_plane)


def block(name: str, space: str) -> IPv4Network:
    """Return the block of a cluster in an address space, which nothing but its name decides.

    Two names may meet in one block: a rule refuses that, and says a free one.
    """
    network = IPv4Network(space)
    size = max(BLOCK, network.prefixlen)
    count = 1 << (size - network.prefixlen)
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % count
    start = int(network.network_address) + (number << (32 - size))
    return IPv4Network((start, size))


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A node pool with its bounds."""

    settings: NodePoolSettings
    least: int
    """Nodes in each zone, as is ``most``."""
    most: int


@dataclass(frozen=True, kw_only=True)
class GkePlan:
    """One cluster as it is to be."""

    name: str
    """Of the cluster in the stack, which is its name in the project too."""
    settings: GkeSettings
    project: str
    network: str
    """An existing VPC network; empty: that of the stack in the project."""
    region: str
    regional: bool
    block: IPv4Network
    ranges: Ranges
    labels: dict[str, str]
    release_channel: str
    authorized_networks: tuple[AuthorizedNetwork, ...]
    deletion_protection: bool
    pools: tuple[Pool, ...]

    @property
    def account(self) -> str:
        """Id of the service account of its nodes."""
        return within(f"gke-{self.name}", MAX_ACCOUNT)

    @property
    def identity(self) -> str:
        """What changes whenever the provider makes another cluster under the same name.

        By it the Kubernetes provider knows that nothing of what it had made is there any more.
        """
        fixed = (
            self.project,
            self.settings.location,
            self.network,
            str(self.block),
            self.settings.autopilot,
            self.settings.dataplane_v2,
        )
        return f"{self.name}-{hashlib.sha256(json.dumps(fixed).encode()).hexdigest()[:8]}"

    def called(self, suffix: str) -> str:
        """Return the name of one of its parts in the project."""
        return within(f"{self.name}-{suffix}", MAX_RESOURCE)


@dataclass(frozen=True, kw_only=True)
class GkeClusterArgs:
    """One cluster, and where it is made."""

    plan: GkePlan
    provider: pulumi.ProviderResource
    """Of the cluster's project."""
    network: pulumi.Input[str]
    """Name or id of a VPC network."""


def region_of(location: str) -> str:
    """Return the region that a region or a zone is in."""
    return "-".join(location.split("-")[: ZONE_PARTS - 1])


def is_zone(location: str) -> bool:
    """Whether a location is a zone."""
    return len(location.split("-")) == ZONE_PARTS


def _pool(settings: NodePoolSettings, *, regional: bool) -> Pool:
    least = settings.min_per_zone
    if least is None:
        least = 1 if regional else 3
    most = settings.max_per_zone
    return Pool(settings=settings, least=least, most=least + 2 if most is None else most)


def planned(cluster: ClusterSettings, gcp: GcpSettings | None) -> GkePlan:
    """Return what a cluster with ``gke`` is to be.

    Args:
        cluster: whose ``gke`` is set.
        gcp: what the stack says for all.
    """
    own, shared = cluster.gke, gcp or GcpSettings()
    assert own is not None, "only clusters with gke are planned"  # noqa: S101 a caller's mistake
    regional = not is_zone(own.location)
    networks = own.authorized_networks
    protection = own.deletion_protection
    taken = IPv4Network(own.cidr) if own.cidr else block(cluster.name, shared.cidr)
    pools = () if own.autopilot else own.node_pools or (NodePoolSettings(),)
    return GkePlan(
        name=cluster.name,
        settings=own,
        project=own.project or shared.project,
        network=own.network or shared.network,
        region=region_of(own.location),
        regional=regional,
        block=taken,
        ranges=carve(taken),
        labels={**shared.labels, **own.labels},
        release_channel=own.release_channel or shared.release_channel or "REGULAR",
        authorized_networks=(networks if networks is not None else shared.authorized_networks)
        or (),
        deletion_protection=bool(shared.deletion_protection if protection is None else protection),
        pools=tuple(_pool(pool, regional=regional) for pool in pools),
    )


def plans(settings: Settings) -> dict[str, GkePlan]:
    """Return every cluster that the stack makes, by name."""
    return {
        cluster.name: planned(cluster, settings.gcp)
        for cluster in settings.clusters
        if cluster.gke is not None
    }
