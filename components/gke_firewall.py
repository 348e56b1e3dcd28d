"""What the firewall of the VPC network lets through to the nodes of a cluster.

GKE opens a way of its own for the control plane's kubelet traffic and for every load balancer; what
is here is what the mesh needs besides.
"""

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.gke_plan import NODE_TAG, GkePlan

KUBELET: Final = "10250"
WEBHOOKS: Final = "15017"
"""Of istiod: validation and injection, called by the control plane."""
HBONE: Final = "15008"
XDS: Final = "15012"


@dataclass(frozen=True, kw_only=True)
class GkeFirewallArgs:
    """Whose rules, and in which network."""

    plan: GkePlan
    network: pulumi.Input[str]
    """Name of a VPC network of the project."""


class GkeFirewall(pulumi.ComponentResource):
    """The control plane's way to webhooks, and the way of a cluster's pods into the mesh.

    The second rule belongs to the cluster that traffic comes from: another cluster in the network
    brings a rule of its own, and changes none.
    """

    opened: pulumi.Output[str]
    """Known once the ways are open."""

    def __init__(
        self, name: str, args: GkeFirewallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GkeFirewall", name, None, opts)
        plan, ranges = args.plan, args.plan.ranges
        # Names are taken as long as what bears them is there.
        child = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
        control_plane = gcp.compute.Firewall(
            f"{name}-control-plane",
            name=plan.called("control-plane"),
            project=plan.project,
            network=args.network,
            description="Control plane to kubelets and to the webhooks of istiod",
            direction="INGRESS",
            source_ranges=[str(ranges.control_plane)],
            allows=[{"protocol": "tcp", "ports": [KUBELET, WEBHOOKS]}],
            target_tags=[plan.name],
            opts=child,
        )
        mesh = gcp.compute.Firewall(
            f"{name}-mesh",
            name=plan.called("mesh"),
            project=plan.project,
            network=args.network,
            description="HBONE and xDS from nodes and pods of this cluster to any of the mesh",
            direction="INGRESS",
            source_ranges=[str(ranges.nodes), str(ranges.pods)],
            allows=[{"protocol": "tcp", "ports": [HBONE, XDS]}],
            target_tags=[NODE_TAG],
            opts=child,
        )
        self.opened = pulumi.Output.all(control_plane.id, mesh.id).apply(lambda ids: str(ids[0]))
        self.register_outputs({})
