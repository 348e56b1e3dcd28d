"""A cloud in a folder whose control planes are names, and short ways to what a cluster needs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.plugins.engine import Engine
from localcloud.plugins.gcp.planes import Planes, Serving
from localcloud.plugins.gcp.provider import GcpProvider
from localcloud.plugins.provider import ProviderError
from tests.localcloud.plugins.lifecycle import Resource

ACCOUNT = "gcp:serviceaccount/account:Account"
ADDRESS = "gcp:compute/address:Address"
CLUSTER = "gcp:container/cluster:Cluster"
FIREWALL = "gcp:compute/firewall:Firewall"
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
INSTANCE = "gcp:compute/instance:Instance"
MEMBER = "gcp:projects/iAMMember:IAMMember"
NAT = "gcp:compute/routerNat:RouterNat"
NETWORK = "gcp:compute/network:Network"
POOL = "gcp:container/nodePool:NodePool"
ROUTER = "gcp:compute/router:Router"
SERVICE = "gcp:projects/service:Service"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"

REGION = "europe-west4"
NET = {"name": "mesh", "autoCreateSubnetworks": False}
SUB = {
    "name": "nodes",
    "region": REGION,
    "network": "mesh",
    "ipCidrRange": "10.0.0.0/20",
    "secondaryIpRanges": [
        {"rangeName": "pods", "ipCidrRange": "10.4.0.0/16"},
        {"rangeName": "services", "ipCidrRange": "10.8.0.0/20"},
    ],
}
STANDARD = {
    "name": "alpha",
    "location": REGION,
    "network": "mesh",
    "subnetwork": "nodes",
    "ipAllocationPolicy": {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    },
    "initialNodeCount": 1,
    "removeDefaultNodePool": True,
    "deletionProtection": False,
}
RULE = {
    "name": "mesh-hbone",
    "network": "mesh",
    "allows": [{"protocol": "tcp", "ports": ["15008", "15012"]}],
    "sourceRanges": ["10.0.0.0/20"],
}
ALL_NAT = {
    "name": "nat",
    "region": REGION,
    "router": "router",
    "natIpAllocateOption": "AUTO_ONLY",
    "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
}


class NamedPlanes(Planes):
    """Planes that only have names."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.running: dict[str, Serving] = {}
        self.broken: set[str] = set()

    def start(self, name: str) -> Serving:
        if name in self.broken:
            raise ProviderError(f"the control plane of cluster {name}: its etcd ended")
        number = 40_000 + len(self.running)
        serving = Serving(endpoint=f"127.0.0.1:{number}", authority="Q0E=")
        return self.running.setdefault(name, serving)

    def find(self, name: str) -> Serving | None:
        return self.running.get(name)

    def is_there(self, name: str) -> bool:
        return name in self.running

    def stop(self, name: str) -> None:
        self.running.pop(name, None)


class Messages(Engine):
    """An engine that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__("")
        self.said: list[str] = []

    def info(self, urn: str, message: str) -> None:
        self.said.append(f"{urn.rpartition('::')[2]}: {message}")


class Cloud:
    """A cloud, and runs of a stack on it."""

    def __init__(self, folder: Path, port: int = 22) -> None:
        self.folder = folder
        self.port = port
        self.planes = NamedPlanes(folder)
        self.provider = self.run()

    def run(self, project: str = "localcloud", **settings: str) -> GcpProvider:
        """Return the plugin of another run, which knows nothing of earlier ones."""
        provider = GcpProvider(Messages(), self.folder, self.planes, self.port)
        provider.configure({"project": project, **settings})
        return provider

    def resource(self, token: str, name: str = "thing") -> Resource:
        return Resource(self.provider, token, name=name)

    def make(self, token: str, inputs: Mapping[str, Any], **changes: Any) -> Resource:
        """Return a resource that has been created, named as its inputs name it."""
        wanted = {**inputs, **changes}
        made = self.resource(token, str(wanted.get("name", "thing")))
        made.create(wanted)
        return made

    def network(self) -> tuple[Resource, Resource]:
        """Return a network and a subnetwork in it."""
        return self.make(NETWORK, NET), self.make(SUBNETWORK, SUB)

    def cluster(self, **changes: Any) -> Resource:
        """Return a Standard cluster in a network of its own."""
        self.network()
        return self.make(CLUSTER, STANDARD, **changes)
