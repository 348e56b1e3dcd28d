"""A GKE cluster with all that it needs: network, ways through the firewall, nodes, an identity.

It is reached by a credential plugin that asks Google for a token: none is ever in a kubeconfig.
"""

from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.gke_args import GkeClusterArgs
from components.gke_firewall import GkeFirewall, GkeFirewallArgs
from components.gke_kubeconfig import endpoint, kubeconfig
from components.gke_network import PODS, SERVICES, GkeNetwork, GkeNetworkArgs
from components.gke_node_pools import (
    GkeNodeAccount,
    GkeNodeAccountArgs,
    GkeNodePools,
    GkeNodePoolsArgs,
)
from components.gke_plan import NODE_TAG, GkePlan


def control_plane(plan: GkePlan) -> dict[str, Any]:
    """Return who reaches the control plane: authorized networks, or whom IAM lets in."""
    blocks = [
        {"cidr_block": network.cidr, "display_name": network.name or network.cidr}
        for network in plan.authorized_networks
    ]
    return {
        "private_cluster_config": {
            "enable_private_nodes": True,
            "enable_private_endpoint": False,
            "master_ipv4_cidr_block": str(plan.ranges.control_plane),
        },
        # Without blocks nobody outside the network reaches it by its address.
        "master_authorized_networks_config": {
            "cidr_blocks": blocks,
            "gcp_public_cidrs_access_enabled": False,
        },
        "control_plane_endpoints_config": {
            "dns_endpoint_config": {"allow_external_traffic": not blocks}
        },
    }


def nodes(plan: GkePlan, account: pulumi.Input[str]) -> dict[str, Any]:
    """Return what the cluster says of nodes: those of Autopilot, or that pools bring them."""
    if plan.settings.autopilot:
        return {
            "enable_autopilot": True,
            "cluster_autoscaling": {"auto_provisioning_defaults": {"service_account": account}},
            "node_pool_auto_config": {"network_tags": {"tags": [NODE_TAG, plan.name]}},
            "autopilot_privileged_admissions": list(plan.settings.privileged_admission) or None,
        }
    return {
        # GKE makes no cluster without nodes: these are gone before the first pool comes. Their
        # disks would be SSD by default, of which new projects have too little
        # (terraform-google-modules/terraform-google-kubernetes-engine#1795).
        "remove_default_node_pool": True,
        "initial_node_count": 1,
        "node_config": {"service_account": account, "disk_type": "pd-standard"},
        "node_locations": list(plan.settings.zones) or None,
        "datapath_provider": (
            "ADVANCED_DATAPATH" if plan.settings.dataplane_v2 else "LEGACY_DATAPATH"
        ),
        "workload_identity_config": {"workload_pool": f"{plan.project}.svc.id.goog"},
    }


class GkeCluster(pulumi.ComponentResource):
    """A cluster that can be used: its nodes are there, and so are the ways to them and out."""

    resource: gcp.container.Cluster
    """What the objects in the cluster die with."""
    kubeconfig: pulumi.Output[dict[str, Any]]

    def __init__(
        self, name: str, args: GkeClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GkeCluster", name, None, opts)
        plan, child = args.plan, pulumi.ResourceOptions(parent=self)
        network = GkeNetwork(
            f"{name}-network", GkeNetworkArgs(plan=plan, network=args.network), child
        )
        firewall = GkeFirewall(
            f"{name}-firewall", GkeFirewallArgs(plan=plan, network=args.network), child
        )
        account: pulumi.Input[str] = plan.settings.service_account
        if not account:
            account = GkeNodeAccount(f"{name}-nodes", GkeNodeAccountArgs(plan=plan), child).email
        self.resource = self._cluster(f"{name}-cluster", args, network, account)
        pools = GkeNodePools(
            f"{name}-pools",
            GkeNodePoolsArgs(plan=plan, cluster=self.resource, account=account),
            child,
        )
        self.kubeconfig = self._kubeconfig(plan, [network.way_out, firewall.opened, pools.ready])
        self.register_outputs({"endpoint": self.resource.endpoint})

    def _cluster(
        self, name: str, args: GkeClusterArgs, network: GkeNetwork, account: pulumi.Input[str]
    ) -> gcp.container.Cluster:
        plan = args.plan
        channel = "STANDARD" if plan.settings.gateway_api == "standard" else "DISABLED"
        return gcp.container.Cluster(
            name,
            name=plan.name,
            project=plan.project,
            location=plan.settings.location,
            network=args.network,
            subnetwork=network.subnetwork,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy={
                "cluster_secondary_range_name": PODS,
                "services_secondary_range_name": SERVICES,
            },
            release_channel={"channel": plan.release_channel},
            gateway_api_config={"channel": f"CHANNEL_{channel}"},
            resource_labels=dict(plan.labels),
            deletion_protection=plan.deletion_protection,
            **control_plane(plan),
            **nodes(plan, account),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Its name is taken as long as it is there.
                delete_before_replace=True,
                # Those of the nodes that are gone; later the provider reads the first pool's.
                ignore_changes=["nodeConfig", "initialNodeCount"],
            ),
        )

    def _kubeconfig(
        self, plan: GkePlan, usable: list[pulumi.Output[str]]
    ) -> pulumi.Output[dict[str, Any]]:
        """Return how the cluster is reached, known once it can be used."""
        by_name = not plan.authorized_networks

        def build(found: list[Any]) -> dict[str, Any]:
            address, authority, endpoints = found[:3]
            server, trusted = endpoint(address, authority, endpoints, by_name=by_name)
            return kubeconfig(plan.name, server, trusted)

        made = self.resource
        authority = made.master_auth.apply(lambda found: str(found.cluster_ca_certificate or ""))
        return pulumi.Output.all(
            made.endpoint, authority, made.control_plane_endpoints_config, *usable
        ).apply(build)
