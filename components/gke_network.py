"""Where GKE clusters live: a VPC network for every project, and a subnetwork for every cluster."""

from dataclasses import dataclass
from importlib.metadata import version

import pulumi
import pulumi_gcp as gcp

from components.gke_plan import GkePlan, network_name

PODS, SERVICES = "pods", "services"
"""Names of a subnetwork's secondary ranges."""


@dataclass(frozen=True, kw_only=True)
class GkeProjectArgs:
    """Which project of Google Cloud, and whether it needs a network."""

    project: str
    network: bool
    """Whether a cluster of the project lives in the stack's own VPC network."""


class GkeProject(pulumi.ComponentResource):
    """A project that clusters are made in: the one provider for it, and the stack's network."""

    provider: pulumi.ProviderResource
    network: pulumi.Output[str] | None
    """Name of the stack's own VPC network. Unlike its id it is known before it is there."""

    def __init__(
        self, name: str, args: GkeProjectArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GkeProject", name, None, opts)
        # Not ``gcp.Provider``: that would write the region and the zone of this machine's
        # environment into the state, and the next machine would find a difference.
        self.provider = pulumi.ProviderResource(
            "gcp",
            f"{name}-provider",
            {"project": args.project},
            pulumi.ResourceOptions(parent=self, version=version("pulumi-gcp")),
        )
        self.network = None
        if args.network:
            made = gcp.compute.Network(
                f"{name}-network",
                name=network_name(pulumi.get_stack()),
                project=args.project,
                auto_create_subnetworks=False,
                routing_mode="REGIONAL",
                opts=pulumi.ResourceOptions(
                    parent=self,
                    provider=self.provider,
                    delete_before_replace=True,  # its name is taken as long as it is there
                ),
            )
            self.network = made.name
        self.register_outputs({"network": self.network})


@dataclass(frozen=True, kw_only=True)
class GkeNetworkArgs:
    """Whose subnetwork, and in which network."""

    plan: GkePlan
    network: pulumi.Input[str]
    """Name of a VPC network of the project."""


class GkeNetwork(pulumi.ComponentResource):
    """A cluster's subnetwork with ranges for nodes, pods and services, and its way out (NAT)."""

    subnetwork: pulumi.Output[str]
    """Its name, which the plugin looks for in the project and region of who refers to it."""
    way_out: pulumi.Output[str]
    """Known once private nodes reach the internet."""

    def __init__(
        self, name: str, args: GkeNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GkeNetwork", name, None, opts)
        plan, ranges = args.plan, args.plan.ranges
        # Names are taken as long as what bears them is there.
        child = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
        subnetwork = gcp.compute.Subnetwork(
            f"{name}-subnetwork",
            name=plan.called("nodes"),
            project=plan.project,
            region=plan.region,
            network=args.network,
            ip_cidr_range=str(ranges.nodes),
            secondary_ip_ranges=[
                {"range_name": PODS, "ip_cidr_range": str(ranges.pods)},
                {"range_name": SERVICES, "ip_cidr_range": str(ranges.services)},
            ],
            private_ip_google_access=True,
            opts=child,
        )
        router = gcp.compute.Router(
            f"{name}-router",
            name=plan.called("router"),
            project=plan.project,
            region=plan.region,
            network=args.network,
            opts=child,
        )
        nat = gcp.compute.RouterNat(
            f"{name}-nat",
            name=plan.called("nat"),
            project=plan.project,
            region=plan.region,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                {"name": subnetwork.name, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]},
            ],
            opts=child,
        )
        self.subnetwork = subnetwork.name
        self.way_out = nat.id.apply(str)
        self.register_outputs({"subnetwork": self.subnetwork})
