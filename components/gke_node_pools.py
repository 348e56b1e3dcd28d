"""The nodes of a Standard GKE cluster, and who they are to Google Cloud."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components import gates
from components.gke_plan import NODE_TAG, GkePlan, Pool

ROLE: Final = "roles/container.defaultNodeServiceAccount"
"""The least that GKE's nodes need: to write logs and metrics."""
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
"""The widest, as Google advises: what a node may do is a matter of its account's roles."""


@dataclass(frozen=True, kw_only=True)
class GkeNodeAccountArgs:
    """For the nodes of which cluster."""

    plan: GkePlan


class GkeNodeAccount(pulumi.ComponentResource):
    """The service account of a cluster's nodes, with the one role that they need."""

    email: pulumi.Output[str]
    """Its address, once it has the role."""

    def __init__(
        self, name: str, args: GkeNodeAccountArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GkeNodeAccount", name, None, opts)
        plan = args.plan
        child = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
        account = gcp.serviceaccount.Account(
            f"{name}-account",
            account_id=plan.account,
            project=plan.project,
            display_name=f"Nodes of {plan.name}",
            opts=child,
        )
        role = gcp.projects.IAMMember(
            f"{name}-role",
            project=plan.project,
            role=ROLE,
            member=gates.once(account.id, f"serviceAccount:{plan.nodes_account}"),
            opts=child,
        )
        self.email = gates.once(role.id, plan.nodes_account)
        self.register_outputs({"email": self.email})


def node_config(plan: GkePlan, pool: Pool, account: pulumi.Input[str]) -> Any:
    """Return what every node of a pool is like."""
    settings = pool.settings
    taints = [taint.model_dump() for taint in settings.taints]
    return {
        "machine_type": settings.machine_type,
        "disk_size_gb": settings.disk_size_gb,
        "disk_type": pool.disk_type,
        "service_account": account,
        "oauth_scopes": list(SCOPES),
        "spot": settings.spot,
        "labels": dict(settings.labels),
        "resource_labels": dict(plan.labels),
        "taints": taints,
        "tags": [NODE_TAG, plan.name],
        # Said because the provider would find what GKE sets by itself to be a difference.
        "metadata": {"disable-legacy-endpoints": "true"},
        "workload_metadata_config": {"mode": "GKE_METADATA"},
        "shielded_instance_config": {
            "enable_secure_boot": True,
            "enable_integrity_monitoring": True,
        },
    }


@dataclass(frozen=True, kw_only=True)
class GkeNodePoolsArgs:
    """Which cluster gets which nodes."""

    plan: GkePlan
    cluster: gcp.container.Cluster
    account: pulumi.Input[str]


class GkeNodePools(pulumi.ComponentResource):
    """Every node pool of a cluster, by its name."""

    ready: pulumi.Output[str]
    """Known once nodes of every pool are there."""

    def __init__(
        self, name: str, args: GkeNodePoolsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GkeNodePools", name, None, opts)
        made = [self._pool(f"{name}-{pool.settings.name}", pool, args) for pool in args.plan.pools]
        self.ready = pulumi.Output.all(*(pool.id for pool in made)).apply(lambda _: args.plan.name)
        self.register_outputs({})

    def _pool(self, name: str, pool: Pool, args: GkeNodePoolsArgs) -> gcp.container.NodePool:
        plan = args.plan
        return gcp.container.NodePool(
            name,
            name=pool.settings.name,
            project=plan.project,
            location=plan.settings.location,
            cluster=args.cluster.name,
            node_locations=list(plan.settings.zones) or None,
            initial_node_count=pool.least,
            autoscaling={"min_node_count": pool.least, "max_node_count": pool.most},
            management={"auto_repair": True, "auto_upgrade": True},
            node_config=node_config(plan, pool, args.account),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The cluster takes its nodes with it.
                deleted_with=args.cluster,
                # Its name is taken as long as it is there.
                delete_before_replace=True,
                # Only of the first minute; the provider would make another pool for a new number.
                ignore_changes=["initialNodeCount"],
            ),
        )
