"""What a stack file may say, key by key, with defaults.

Secrets are not part of it, so that no value of theirs can appear in a message.
"""

from typing import Literal

from pydantic import Field

from components import versions
from components.fields import OperatorVersion, Version
from components.models.apps import (
    BookinfoSettings,
    IngressSettings,
    NamespaceSettings,
    ServiceSettings,
)
from components.models.base import Model, Site, chosen
from components.models.cli import ChecksumSettings, CliSettings
from components.models.drills import DrillSettings
from components.models.egress import EgressHost, EgressSettings
from components.models.gke import (
    AuthorizedNetwork,
    GcpSettings,
    GkeSettings,
    NodePoolSettings,
    TaintSettings,
)
from components.models.management import ManagementSettings
from components.models.mesh import (
    RENEWAL_DAYS,
    ChartSettings,
    ClusterSettings,
    LinkSettings,
    MeshSettings,
    Timeouts,
    TrustSettings,
)
from components.models.topology import EdgeSettings, GroupSettings, TopologySettings
from components.models.vms import GceSettings, SshSettings, VmSettings


class Settings(Model):
    """Everything a stack file may say, secrets excepted."""

    clusters: tuple[ClusterSettings, ...] = Field(min_length=1)
    gcp: GcpSettings | None = None
    """For clusters with ``gke``."""
    kubeconfig: str | None = Field(default=None, min_length=1)
    """Path of the kubeconfig; default: what kubectl would read ($KUBECONFIG, ~/.kube/config)."""
    mesh_version: Version = versions.DEFAULT_MESH_VERSION
    operator_version: OperatorVersion | None = None
    """Version of the ``gloo-operator`` chart; default: the one that belongs to the mesh version."""
    scaling_profile: Literal["Default", "Demo", "Large"] = "Default"
    distribution: Literal["Standard", "FIPS"] = "Standard"
    mesh: MeshSettings = MeshSettings()
    topology: TopologySettings = TopologySettings()
    links: LinkSettings = LinkSettings()
    charts: ChartSettings = ChartSettings()
    cli: CliSettings = CliSettings()
    trust: TrustSettings = TrustSettings()
    bookinfo: BookinfoSettings = BookinfoSettings()
    namespaces: tuple[NamespaceSettings, ...] = ()
    ingress: IngressSettings | None = None
    egress: EgressSettings | None = None
    vms: tuple[VmSettings, ...] = ()
    management: ManagementSettings | None = None
    drills: tuple[DrillSettings, ...] = ()
    timeouts: Timeouts = Timeouts()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the mesh's clusters."""
        return tuple(cluster.name for cluster in self.clusters)

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every cluster that the stack reaches: those of the mesh, and a dedicated one."""
        dedicated = self.management.dedicated if self.management else None
        return (*self.clusters, *((dedicated,) if dedicated else ()))

    @property
    def operator_chart_version(self) -> str:
        """The chart version to install."""
        return self.operator_version or versions.release(self.mesh_version).operator


__all__ = [
    "RENEWAL_DAYS",
    "AuthorizedNetwork",
    "BookinfoSettings",
    "ChartSettings",
    "ChecksumSettings",
    "CliSettings",
    "ClusterSettings",
    "DrillSettings",
    "EdgeSettings",
    "EgressHost",
    "EgressSettings",
    "GceSettings",
    "GcpSettings",
    "GkeSettings",
    "GroupSettings",
    "IngressSettings",
    "LinkSettings",
    "ManagementSettings",
    "MeshSettings",
    "NamespaceSettings",
    "NodePoolSettings",
    "ServiceSettings",
    "Settings",
    "Site",
    "SshSettings",
    "TaintSettings",
    "Timeouts",
    "TopologySettings",
    "TrustSettings",
    "VmSettings",
    "chosen",
]
