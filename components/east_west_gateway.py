"""The east-west gateway: the one address at which peers reach a cluster's workloads and istiod."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import gateway_gates, istioctl
from components.cli_binary import Tool
from components.cluster import Cluster
from components.gates import once
from components.gateway_api import GATEWAY, HBONE_LISTENER, XDS_LISTENER
from components.gateway_gates import Place
from components.naming import CLUSTER_LABEL, EAST_WEST_GATEWAY, GATEWAY_NAMESPACE, NETWORK_LABEL
from components.ownership import Key
from components.readiness import Address
from components.settings import Timeouts
from components.versions import MeshRelease


def east_west_labels(release: MeshRelease, *, cluster: str, network: Any) -> dict[str, Any]:
    """Return the labels by which istiod finds its gateway and peers recognise the cluster."""
    labels = {"istio.io/expose-istiod": "15012", NETWORK_LABEL: network}
    return labels | ({CLUSTER_LABEL: cluster} if release.cluster_labels else {})


def east_west_annotations(release: MeshRelease) -> dict[str, str]:
    """Return what tells peers how to reach the data plane; older versions know load balancers only.

    The value is lower case: another spelling is ignored without a word.
    """
    key = "peering.solo.io/data-plane-service-type"
    return {key: "loadbalancer"} if release.cluster_labels else {}


def planned() -> set[Key]:
    """Return the objects of the east-west gateway in one cluster."""
    return {
        ("Namespace", "", GATEWAY_NAMESPACE),
        ("Gateway", GATEWAY_NAMESPACE, EAST_WEST_GATEWAY),
    }


@dataclass(frozen=True, kw_only=True)
class EastWestGatewayArgs:
    """Which cluster exposes itself to its peers."""

    cluster: Cluster
    network: pulumi.Output[str]
    """The cluster's network, once the mesh in it is ready."""
    release: MeshRelease
    timeouts: Timeouts
    istioctl: Tool | None = None
    """Makes the gateway in place of the graph."""


class EastWestGateway(pulumi.ComponentResource):
    """The Gateway ``istio-eastwest`` and its namespace. istiod makes its Deployment and Service."""

    address: pulumi.Output[Address]
    """Where peers reach it *now*: read from the live object in every run, so that a load balancer
    that was replaced is followed."""
    namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: EastWestGatewayArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:EastWestGateway", name, None, opts)
        cluster = args.cluster
        child = pulumi.ResourceOptions(
            parent=self,
            custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.timeouts.deletion}s"),
        )
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=cluster.inventory.metadata(GATEWAY_NAMESPACE),
            # Its deletion waits for the load balancer behind the gateway to be really gone.
            opts=child,
        )
        gateway = self._gateway(
            f"{name}-gateway", args, once(namespace.urn, GATEWAY_NAMESPACE), child
        )
        place = Place(
            cluster=cluster,
            namespace=GATEWAY_NAMESPACE,
            name=EAST_WEST_GATEWAY,
            timeouts=args.timeouts,
        )
        self.address = gateway_gates.address(gateway, place)
        self.namespace = once(gateway.urn, GATEWAY_NAMESPACE)
        self.register_outputs({"address": self.address.apply(lambda found: found.value)})

    def _gateway(
        self,
        name: str,
        args: EastWestGatewayArgs,
        namespace: pulumi.Output[str],
        child: pulumi.ResourceOptions,
    ) -> pulumi.Resource:
        cluster = args.cluster
        if args.istioctl:
            return istioctl.expose(
                name, args.istioctl, cluster, args.network, namespace, parent=self
            )
        return k8s.apiextensions.CustomResource(
            name,
            **GATEWAY,
            metadata=cluster.inventory.metadata(
                EAST_WEST_GATEWAY,
                namespace=GATEWAY_NAMESPACE,
                within=namespace,
                labels=east_west_labels(args.release, cluster=cluster.name, network=args.network),
                annotations=east_west_annotations(args.release),
            ),
            spec={
                "gatewayClassName": "istio-eastwest",
                "listeners": [HBONE_LISTENER, XDS_LISTENER],
            },
            opts=child,
        )
