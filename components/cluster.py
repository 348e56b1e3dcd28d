"""One cluster of the mesh: an existing context, and the only maker of a Kubernetes provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.live import Reader
from components.ownership import Inventory


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """How a cluster is reached and who its peers believe it to be."""

    kubeconfig: pulumi.Input[Mapping[str, Any]]
    """Exactly one context, as data (``components.kubeconfig.single_context``); unknown at preview
    where the cluster is yet to be made."""
    inventory: Inventory
    reader: Reader
    network: str = ""
    """Empty, as is the trust domain, for a cluster outside the mesh."""
    trust_domain: str = ""


class Cluster(pulumi.ComponentResource):
    """An existing cluster. Nothing about the cluster itself is managed."""

    name: str
    network: str
    trust_domain: str
    provider: k8s.Provider
    inventory: Inventory
    reader: Reader
    kubeconfig: pulumi.Output[Mapping[str, Any]]
    """A credential, and a secret."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Cluster", name, None, opts)
        self.name = name
        self.network = args.network
        self.trust_domain = args.trust_domain
        self.inventory = args.inventory
        self.reader = args.reader
        self.kubeconfig = pulumi.Output.secret(args.kubeconfig)
        self.provider = k8s.Provider(
            f"{name}-kubernetes",
            # Explicit, because the SDK would copy $KUBECONFIG into the state.
            kubeconfig=pulumi.Output.json_dumps(self.kubeconfig, sort_keys=True),
            # Without it a changed kubeconfig may replace every object of the cluster.
            cluster_identifier=name,
            enable_server_side_apply=True,
            # Safe because `Inventory` refuses whatever exists without this stack's mark; needed
            # because a killed engine leaves objects that its state does not know.
            upsert_existing_objects=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"network": self.network, "trustDomain": self.trust_domain})
