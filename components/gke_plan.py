"""What a GKE cluster is to be, every default resolved. Pure: names, ranges, nodes.

Nothing here depends on a position in a list, or on which other clusters there are.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from ipaddress import IPv4Network

from components.gke_ranges import Ranges, carve, named_block
from components.models import (
    AuthorizedNetwork,
    ClusterSettings,
    GcpSettings,
    GkeSettings,
    NodePoolSettings,
    Settings,
)
from components.naming import PROJECT, within

PROJECT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
LOCATION = re.compile(r"[a-z]+-[a-z]+[0-9]+(-(ai[0-9]+)?[a-z])?")
"""A region or a zone, also one for AI: ``us-central1-ai1a``."""
MIN_ACCOUNT, MAX_ACCOUNT = 6, 30
"""Characters of a service account's id."""
MAX_RESOURCE = 63
"""Characters of a name in Compute Engine."""
ZONES = 3
"""Zones of a region that GKE puts nodes in where none is named."""
NODE_TAG = "ambientmesh"
"""Network tag of every node that the stack makes: rules of the firewall reach nodes by it."""
BALANCED, HYPERDISK = "pd-balanced", "hyperdisk-balanced"
"""Types of boot disks."""
HYPERDISK_ONLY = frozenset({"c4", "c4a", "c4d", "n4", "n4a", "n4d"})
"""Families of machines that take no persistent disk: Google makes no node of them with one."""
ZONE_PARTS = 3
"""A zone is written region-x, and a region continent-place: three parts are a zone."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A node pool with its bounds."""

    settings: NodePoolSettings
    least: int
    """Nodes in each zone, as is ``most``."""
    most: int

    @property
    def family(self) -> str:
        """Of its machines, by which Google tells disks and quotas apart: ``e2``, ``c4a``."""
        return self.settings.machine_type.partition("-")[0]

    @property
    def disk_type(self) -> str:
        """Of the boot disks of its nodes."""
        return HYPERDISK if self.family in HYPERDISK_ONLY else BALANCED


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
        # No cluster's name begins with a hyphen, so that this is no other's.
        shortest = self.name.rjust(MIN_ACCOUNT - len("gke-"), "-")
        return within(f"gke-{shortest}", MAX_ACCOUNT)

    @property
    def nodes_account(self) -> str:
        """Address of the service account of its nodes."""
        own = f"{self.account}@{self.project}.iam.gserviceaccount.com"
        return self.settings.service_account or own

    @property
    def zones(self) -> int:
        """How many zones have nodes."""
        if not self.regional:
            return 1
        return len(self.settings.zones) or ZONES

    @property
    def most_nodes(self) -> int:
        """How many nodes its pools may have together."""
        return self.zones * sum(pool.most for pool in self.pools)

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


def network_name(stack: str) -> str:
    """Return the name of a stack's own VPC network; a stack's has characters that it may not."""
    text = re.sub(r"[^a-z0-9-]", "-", f"{PROJECT}-{stack}".lower()).rstrip("-")
    return within(text, MAX_RESOURCE)


def region_of(location: str) -> str:
    """Return the region that a region or a zone is in."""
    return "-".join(location.split("-")[: ZONE_PARTS - 1])


def is_zone(location: str) -> bool:
    """Whether a location is a zone."""
    return len(location.split("-")) == ZONE_PARTS


def labels(own: GkeSettings | None, gcp: GcpSettings | None) -> dict[str, str]:
    """Return the labels of a cluster: the stack's, and its own."""
    return {**(gcp.labels if gcp else {}), **(own.labels if own else {})}


def pools(own: GkeSettings) -> tuple[Pool, ...]:
    """Return the node pools of a cluster, bounds resolved; none on Autopilot."""
    if own.autopilot:
        return ()
    regional = not is_zone(own.location)
    return tuple(_pool(pool, regional=regional) for pool in own.node_pools or (NodePoolSettings(),))


def _pool(settings: NodePoolSettings, *, regional: bool) -> Pool:
    least = settings.min_per_zone
    if least is None:
        least = 1 if regional else 3
    most = settings.max_per_zone
    return Pool(settings=settings, least=least, most=least + 2 if most is None else most)


def block_of(name: str, own: GkeSettings, gcp: GcpSettings | None) -> IPv4Network:
    """Return the block of a cluster: its own, or that of its name."""
    return IPv4Network(own.cidr) if own.cidr else named_block(name, (gcp or GcpSettings()).cidr)


def planned(cluster: ClusterSettings, gcp: GcpSettings | None) -> GkePlan:
    """Return what a cluster with ``gke`` is to be.

    Args:
        cluster: whose ``gke`` is set.
        gcp: what the stack says for all.
    """
    own, shared = cluster.gke, gcp or GcpSettings()
    assert own is not None, "only clusters with gke are planned"  # noqa: S101 a caller's mistake
    networks = own.authorized_networks
    protection = own.deletion_protection
    taken = block_of(cluster.name, own, gcp)
    return GkePlan(
        name=cluster.name,
        settings=own,
        project=own.project or shared.project,
        network=own.network or shared.network,
        region=region_of(own.location),
        regional=not is_zone(own.location),
        block=taken,
        ranges=carve(taken),
        labels=labels(own, gcp),
        release_channel=own.release_channel or shared.release_channel or "REGULAR",
        authorized_networks=(networks if networks is not None else shared.authorized_networks)
        or (),
        deletion_protection=bool(shared.deletion_protection if protection is None else protection),
        pools=pools(own),
    )


def plans(settings: Settings) -> dict[str, GkePlan]:
    """Return every cluster that the stack makes, by name."""
    return {
        cluster.name: planned(cluster, settings.gcp)
        for cluster in settings.clusters
        if cluster.gke is not None
    }
