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
from components.models.limits import LimitSettings
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
from components.models.policies import PolicyLevels, PolicySettings
from components.models.remotes import RemoteClusterSettings, RemoteSettings
from components.models.topology import EdgeSettings, GroupSettings, TopologySettings
from components.models.vms import GceSettings, SshSettings, VmSettings


class Settings(Model):
    """Everything a stack file may say, secrets excepted."""

    clusters: tuple[ClusterSettings, ...] = Field(min_length=1)
    """The clusters of the mesh."""
    gcp: GcpSettings | None = None
    """For clusters with ``gke``."""
    kubeconfig: str | None = Field(default=None, min_length=1)
    """Path of the kubeconfig; default: what kubectl would read ($KUBECONFIG, ~/.kube/config)."""
    mesh_version: Version = versions.DEFAULT_MESH_VERSION
    """Version of Solo's Istio, without the ``-solo`` that is appended to it."""
    operator_version: OperatorVersion | None = None
    """Version of the ``gloo-operator`` chart; default: the one that belongs to the mesh version."""
    scaling_profile: Literal["Default", "Demo", "Large"] = "Default"
    """Sizes of the control plane; ``Demo`` suits small nodes. Read on the operator route only."""
    distribution: Literal["Standard", "FIPS"] = "Standard"
    """Which build of Istio's images runs."""
    mesh: MeshSettings = MeshSettings()
    """How Istio gets into the clusters."""
    topology: TopologySettings = TopologySettings()
    """Which clusters are joined to which."""
    remotes: tuple[RemoteSettings, ...] = ()
    """Stacks to whose clusters those of this one are linked."""
    links: LinkSettings = LinkSettings()
    """How clusters are joined."""
    charts: ChartSettings = ChartSettings()
    """Where charts come from."""
    cli: CliSettings = CliSettings()
    """Where istioctl and meshctl come from."""
    trust: TrustSettings = TrustSettings()
    """How the certificate authorities are made."""
    bookinfo: BookinfoSettings = BookinfoSettings()
    """The sample application."""
    namespaces: tuple[NamespaceSettings, ...] = ()
    """Namespaces in the mesh, and services that span the clusters."""
    ingress: IngressSettings | None = None
    """The way in, to Bookinfo's product page; default: none."""
    egress: EgressSettings | None = None
    """The way out, and who may take it; default: none."""
    vms: tuple[VmSettings, ...] = ()
    """Virtual machines that join the mesh."""
    management: ManagementSettings | None = None
    """The Gloo management plane; default: none."""
    drills: tuple[DrillSettings, ...] = ()
    """Failover drills."""
    limits: LimitSettings = LimitSettings()
    """What the stack may come to at most."""
    policies: PolicySettings = PolicySettings()
    """What every plan is held to where the policy pack runs."""
    timeouts: Timeouts = Timeouts()
    """How long each wait may last."""

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
    "LimitSettings",
    "LinkSettings",
    "ManagementSettings",
    "MeshSettings",
    "NamespaceSettings",
    "NodePoolSettings",
    "PolicyLevels",
    "PolicySettings",
    "RemoteClusterSettings",
    "RemoteSettings",
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
