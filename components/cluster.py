"""One cluster of the mesh, there already or made; and the only maker of a Kubernetes provider."""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.access import Access
from components.gke_args import GkeClusterArgs
from components.gke_kubeconfig import published
from components.live import Kubeconfig, Reader
from components.ownership import Inventory


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """How a cluster is reached and who its peers believe it to be."""

    access: Access
    network: str = ""
    """Empty, as is the trust domain, for a cluster outside the mesh."""
    trust_domain: str = ""
    gke: GkeClusterArgs | None = None
    """Makes the cluster."""


class Cluster(pulumi.ComponentResource):
    """A cluster that exists, of which nothing is managed then, or a GKE cluster and its network."""

    name: str
    network: str
    trust_domain: str
    provider: k8s.Provider
    inventory: Inventory
    reader: Reader
    """Of the live objects, for gates: of a cluster that is made in this run, as soon as it is."""
    kubeconfig: pulumi.Output[Kubeconfig]
    """Exactly one context, as data. A credential, and a secret; unknown in a preview where the
    cluster is yet to be made."""
    inside: pulumi.ResourceOptions
    """Of what dies with the cluster: where the stack deletes that, nobody asks for each object."""
    outward: pulumi.ResourceOptions
    """Of what may own a load balancer of the cloud, which would outlive the cluster: it is deleted
    for real, while those who must act on that still live."""
    reached_at: dict[str, pulumi.Output[dict[str, str]]]
    """What tools beside the program must know, as the stack's outputs have it; nothing for a
    cluster that a context leads to."""
    made: pulumi.Resource | None
    """The cluster in Google Cloud, with which its objects die; None for one that was there."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        # Told to policies, which hear nothing of what goes (components.leaving).
        leaving = {"leaving": dict(args.access.lost)} if args.access.lost else None
        super().__init__("ambientmesh:index:Cluster", name, leaving, opts)
        self.name = name
        self.network = args.network
        self.trust_domain = args.trust_domain
        self.inventory = args.access.inventory
        found: pulumi.Input[Kubeconfig] = args.access.kubeconfig
        identity, self.made = name, None
        if args.gke:
            # Google's SDK takes a second to import, which no other stack shall pay for.
            from components.gke_cluster import GkeCluster  # noqa: PLC0415

            here = pulumi.ResourceOptions(parent=self, provider=args.gke.provider)
            cluster = GkeCluster(f"{name}-gke", args.gke, here)
            found, self.made = cluster.kubeconfig, cluster.resource
            identity = args.gke.plan.identity
        self.kubeconfig = pulumi.Output.secret(found)
        self.reached_at = {"gke": self._published()} if args.gke else {}
        later = args.access.later
        self.reader = later(self.kubeconfig) if later else args.access.reader
        self.provider = k8s.Provider(
            f"{name}-kubernetes",
            # Explicit, because the SDK would copy $KUBECONFIG into the state.
            kubeconfig=pulumi.Output.json_dumps(self.kubeconfig, sort_keys=True),
            # Without it a changed kubeconfig may replace every object of the cluster.
            cluster_identifier=identity,
            enable_server_side_apply=True,
            # Safe because `Inventory` refuses whatever exists without this stack's mark; needed
            # because a killed engine leaves objects that its state does not know.
            upsert_existing_objects=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.inside = pulumi.ResourceOptions(provider=self.provider, deleted_with=self.made)
        self.outward = pulumi.ResourceOptions(provider=self.provider)
        self.register_outputs({"network": self.network, "trustDomain": self.trust_domain})

    def _published(self) -> pulumi.Output[dict[str, str]]:
        # No credential is in it: whoever reads the outputs brings his own.
        return pulumi.Output.unsecret(self.kubeconfig.apply(published))
