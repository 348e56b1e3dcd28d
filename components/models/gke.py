"""A GKE cluster that the stack makes."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from components.fields import Block, Bucket, GcpName, LabelValue
from components.models.base import Model, listed

Channel = Literal["RAPID", "REGULAR", "STABLE", "EXTENDED"]


class AuthorizedNetwork(Model):
    """Addresses that may speak to a control plane."""

    cidr: Block
    """Of IPv4, as a control plane's address is. Never the whole internet, nor a large part of
    it."""
    name: str = Field(default="", max_length=63)
    """Shown beside it in the console."""


class TaintSettings(Model):
    """Keeps pods that do not tolerate it off the nodes of a pool."""

    key: str = Field(min_length=1)
    """What pods tolerate it by."""
    value: str = ""
    """Likewise."""
    effect: Literal["NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE"] = "NO_SCHEDULE"
    """What happens to the others."""


class NodePoolSettings(Model):
    """Nodes of one kind, of a Standard cluster."""

    name: GcpName = "default"
    """Its identity: another name is another pool."""
    machine_type: GcpName = "e2-standard-4"
    """Three of these carry istiod, the gateways and the samples of the workshop."""
    min_per_zone: int | None = Field(default=None, ge=0, le=1000)
    """Nodes that a zone never has fewer of. Default: 1 in a region, 3 in a zone, so that there are
    three."""
    max_per_zone: int | None = Field(default=None, ge=1, le=1000)
    """Nodes that a zone never has more of. Default: two more than ``minPerZone``."""
    spot: bool = False
    """Cheaper nodes that Google takes away at any time."""
    disk_size_gb: int = Field(default=100, ge=20, le=65536)
    """Of a node's boot disk."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Of its nodes, in Kubernetes."""
    taints: Annotated[tuple[TaintSettings, ...], BeforeValidator(listed)] = ()
    """Of its nodes, in Kubernetes."""


class SharedGke(Model):
    """What the stack says for all its GKE clusters, and a cluster may say for itself."""

    project: GcpName = ""
    """Project of Google Cloud, by its id."""
    labels: dict[str, LabelValue] = Field(default_factory=dict)
    """Of clusters and nodes in Google Cloud. A cluster adds its own to the stack's."""
    network: GcpName = ""
    """An existing VPC network of the project. Default: the stack makes one in every project."""
    release_channel: Channel | None = None
    """Who chooses the version of Kubernetes, and how soon. Default: REGULAR."""
    authorized_networks: Annotated[
        tuple[AuthorizedNetwork, ...] | None, BeforeValidator(listed)
    ] = None
    """Who may speak to the control planes by their address. Default: nobody; they are reached by
    their DNS name, which asks Google's IAM for every request."""
    deletion_protection: bool | None = None
    """Makes the provider refuse to delete a cluster. Default: false, because a destroy would take
    the mesh away first, and then stop."""


class GkeSettings(SharedGke):
    """One cluster of Google Kubernetes Engine, with its network. A location is all it needs."""

    location: GcpName
    """A region such as ``europe-west4``, or a zone such as ``europe-west4-a``."""
    zones: Annotated[tuple[GcpName, ...], BeforeValidator(listed)] = ()
    """Zones of the nodes. Default: the zone, or those that GKE chooses in the region."""
    cidr: Block = ""
    """The block that pods, services, nodes and the control plane get their ranges from, of 14 to 20
    bits. Default: one of ``gcp.cidr``, by the cluster's name. It cannot be changed once the
    cluster is made."""
    autopilot: bool = False
    """Google runs the nodes: there are no node pools then, and by itself no node lets the CNI agent
    of an ambient mesh in (``privilegedAdmission``)."""
    privileged_admission: Annotated[tuple[Bucket, ...], BeforeValidator(listed)] = ()
    """On Autopilot: ``gs://`` paths of the allowlists that the cluster takes privileged workloads
    from. Who may have one of their own is Google's to say."""
    node_pools: Annotated[
        Annotated[tuple[NodePoolSettings, ...], Field(min_length=1)] | None,
        BeforeValidator(listed),
    ] = None
    """Default: one pool. Without meaning on Autopilot."""
    dataplane_v2: bool = True
    """Google's data plane on eBPF; otherwise kube-proxy. Autopilot always has it."""
    gateway_api: Literal["disabled", "standard"] = "disabled"
    """``standard``: GKE brings the CRDs of the Gateway API and keeps them as they are, which only
    the Helm route can live with. Otherwise the mesh brings them."""
    service_account: str = Field(default="", max_length=254)
    """Address of an existing service account for the nodes. Default: one is made, with the role
    that nodes need."""


class GcpSettings(SharedGke):
    """What all of the stack's GKE clusters have in common."""

    cidr: Block = "10.0.0.0/8"
    """What clusters without ``cidr`` get a block of. Left as it is once one of them is made."""
    checks: bool = True
    """Whether a preview asks Google Cloud for APIs, quotas and names, where it has a credential."""
