"""One directed link: a peer Gateway in one cluster that points at another's east-west gateway."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import istioctl, remote_links, topology
from components.cli_binary import Tool
from components.cluster import Cluster
from components.gateway_api import GATEWAY, HBONE_LISTENER, XDS_LISTENER
from components.naming import (
    CLUSTER_LABEL,
    EAST_WEST_GATEWAY,
    GATEWAY_NAMESPACE,
    NETWORK_LABEL,
)
from components.ownership import Key
from components.readiness import Address
from components.settings import Settings, Timeouts
from components.topology import Member
from components.versions import MeshRelease


def peer_labels(release: MeshRelease, *, cluster: str, network: str) -> dict[str, str]:
    """Return labels that name the remote side."""
    labels = {NETWORK_LABEL: network}
    return labels | ({CLUSTER_LABEL: cluster} if release.cluster_labels else {})


def peer_annotations(release: MeshRelease, *, trust_domain: str) -> dict[str, str]:
    """Return annotations from which istiod derives the identity it must meet at the address.

    The trust domain is the remote's real one: any other fails the check of the certificate's SAN.
    """
    annotations = {
        "gateway.istio.io/service-account": EAST_WEST_GATEWAY,
        "gateway.istio.io/trust-domain": trust_domain,
    }
    if release.cluster_labels:
        annotations["peering.solo.io/preferred-data-plane-service-type"] = "loadbalancer"
    return annotations


def peer_spec(release: MeshRelease, address: Any) -> dict[str, Any]:
    """Return the spec of a peer Gateway; ``address`` is a map with ``type`` and ``value``."""
    listeners = [XDS_LISTENER] if release.cluster_labels else [HBONE_LISTENER, XDS_LISTENER]
    return {"gatewayClassName": "istio-remote", "addresses": [address], "listeners": listeners}


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the peer Gateways in one cluster."""
    peers = [target.peer for target in topology.targets(settings, site)]
    peers += [found.target.peer for found in remote_links.links(settings) if found.source == site]
    return {("Gateway", GATEWAY_NAMESPACE, peer) for peer in peers}


@dataclass(frozen=True, kw_only=True)
class PeeringArgs:
    """From which cluster to which."""

    source: Cluster
    target: Cluster | Member
    """A member is a cluster of another stack: nothing but what its peers see is known of it."""
    peer: str
    """The name of the Gateway."""
    namespace: pulumi.Output[str]
    """The source's gateway namespace, once its own gateway is in it."""
    address: pulumi.Output[Address]
    """The target's east-west gateway."""
    release: MeshRelease
    timeouts: Timeouts
    istioctl: Tool | None = None
    """Makes the link in place of the graph."""


class Peering(pulumi.ComponentResource):
    """The link from ``source`` to ``target``.

    It touches two clusters, so no provider is inherited: of two the last would win, silently.
    """

    gateway: pulumi.Resource
    peer: str
    """The name of the Gateway."""
    source: Cluster

    def __init__(
        self, name: str, args: PeeringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Peering", name, None, opts)
        self.source, self.peer = args.source, args.peer
        self.gateway = self._gateway(f"{name}-gateway", args)
        self.register_outputs({})

    def _gateway(self, name: str, args: PeeringArgs) -> pulumi.Resource:
        source, target = args.source, args.target
        if args.istioctl and isinstance(target, Cluster):
            address = args.address.apply(lambda found: found.value)
            return istioctl.link(
                name, args.istioctl, source, target, address, args.namespace, parent=self
            )
        return k8s.apiextensions.CustomResource(
            name,
            **GATEWAY,
            metadata=source.inventory.metadata(
                args.peer,
                namespace=GATEWAY_NAMESPACE,
                within=args.namespace,
                labels=peer_labels(args.release, cluster=target.name, network=target.network),
                annotations=peer_annotations(args.release, trust_domain=target.trust_domain),
            ),
            spec=peer_spec(
                args.release,
                args.address.apply(lambda found: {"type": found.type, "value": found.value}),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=source.provider,
                deleted_with=source.made,
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.timeouts.deletion}s"),
            ),
        )
