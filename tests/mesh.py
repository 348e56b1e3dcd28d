"""A mesh on the recorder: settings in, registrations out, live objects from memory."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components import program
from components.access import Access
from components.gce import GUEST_ATTRIBUTES
from components.later import LaterReader
from components.live import Nothing
from components.ownership import Inventory
from components.published import Published, Remotes
from components.settings import Settings, parse
from localcloud.machines.keys import key_pair
from tests.engine import Recorder, record
from tests.roots import make_root

OWNER = "organization/ambientmesh/test"
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
LICENSE = "canary-license-key"
SSH_KEY, _ = key_pair()
ROOT_KEY = "canary-root-key"
TOKEN = "canary-bootstrap-token"  # noqa: S105 of no cluster

PUBLISHED: Final = {
    "gamma": {"eastWestAddress": "192.0.2.7"},
    "delta": {"eastWestAddress": "delta.example.com"},
}
"""By every other stack: as far as the graph reads it."""

OUTPUTS: Mapping[str, Mapping[str, Any]] = {
    "tls:index/privateKey:PrivateKey": {"privateKeyPem": "canary-private-key"},
    "tls:index/selfSignedCert:SelfSignedCert": {
        "certPem": PEM,
        "validityEndTime": "2036-01-01T00:00:00Z",
    },
    "tls:index/certRequest:CertRequest": {"certRequestPem": "request"},
    "tls:index/locallySignedCert:LocallySignedCert": {
        "certPem": PEM,
        "validityEndTime": "2031-01-01T00:00:00Z",
    },
    "gcp:compute/instance:Instance": {
        "networkInterfaces": [
            {"networkIp": "10.0.0.2", "accessConfigs": [{"natIp": "198.51.100.2"}]}
        ]
    },
    "gcp:container/cluster:Cluster": {
        "endpoint": "203.0.113.1",
        "masterAuth": {"clusterCaCertificate": "Y2FuYXJ5"},
        "controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"endpoint": "gke-1.example.goog"}},
    },
    GUEST_ATTRIBUTES: {
        "queryValues": [
            {"namespace": "hostkeys", "key": "ssh-ed25519", "value": "AAAAhost"},
            {"namespace": "ambientmesh", "key": "runtime", "value": "ready"},
        ]
    },
    "pulumi:pulumi:StackReference": {"outputs": {"clusters": PUBLISHED}},
    "command:local:Command": {"stdout": TOKEN, "stderr": ""},
    "command:remote:Command": {"stdout": "ready", "stderr": ""},
}

READY = {"type": "Ready", "status": "True"}
CONNECTED = [
    {"type": kind, "status": "True"}
    for kind in ("Programmed", "gloo.solo.io/PeeringSucceeded", "gloo.solo.io/PeerConnected")
]
BOUND = [
    {"type": kind, "status": "True"} for kind in ("istio.io/WaypointBound", "WaypointAccepted")
]


WAYPOINT = {"gatewayClassName": "istio-waypoint"}
"""What a gate of waypoints looks at; others do not ask for the class."""

TAKEN_UP = [{"type": kind, "status": "True"} for kind in ("Accepted", "ResolvedRefs")]


class Memory:
    """A reader that answers from memory: everything is ready, every link is connected."""

    def __init__(self, address: str | None = "192.0.2.1", root: str = PEM) -> None:
        self.address = address
        self.root = root
        self.deleted: list[str] = []

    async def get(self, path: str) -> dict[str, Any] | None:
        if "servicemeshcontrollers" in path or "/apis/apps/" in path:
            rolled_out = {"updatedReplicas": 1, "availableReplicas": 1}
            return {"status": {"phase": "SUCCEEDED", **rolled_out}}
        if self.address is None:
            return None
        if path.endswith("/configmaps/istio-ca-root-cert"):
            return {"data": {"root-cert.pem": self.root}}
        if "httproutes" in path:
            return {"status": {"parents": [{"conditions": TAKEN_UP}]}}
        if "/services/" in path:
            return {"status": {"loadBalancer": {"ingress": [{"ip": self.address}]}}}
        status = {"conditions": [*CONNECTED, *BOUND], "addresses": [{"value": self.address}]}
        return {"spec": WAYPOINT, "status": status}

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        registered = self.address is not None and "relay-client-tls-secret" in path
        return [{"name": "relay-client-tls-secret"}] if registered else []

    async def delete(self, path: str) -> None:
        self.deleted.append(path)


def settings(names: Sequence[str], **values: Any) -> Settings:
    """Return settings for clusters of these names."""
    clusters = tuple({"name": name, "context": f"context-{name}"} for name in names)
    return Settings.model_validate({"clusters": clusters, **values})


HOST_KEY: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL52OXdr563a1cDb98C/Uvx8F16d3iHcVqGk2uMK3Dmh"

EVERYTHING: Final[Mapping[str, Any]] = {
    "clusters": [{"name": name, "context": name} for name in ("cluster1", "cluster2")],
    "bookinfo": {"reviewsRoute": True},
    "namespaces": [
        {
            "name": "bookinfo",
            "waypoint": "auto",
            "services": [
                {"name": "productpage", "scope": "global", "trafficDistribution": "Any"},
                {"name": "details", "scope": "global-only"},
            ],
        },
        {"name": "shop", "create": True, "scope": "global", "waypoint": "shop-waypoint"},
    ],
    "ingress": {},
    "egress": {
        "hosts": [
            {"host": "httpbin.org", "allow": ["bookinfo-ratings", "shop/till"]},
            {"host": "example.com", "namespace": "shop"},
        ]
    },
    "vms": [
        {
            "name": "vm1",
            "cluster": "cluster1",
            "ssh": {"host": "vm1.example.com", "hostKey": HOST_KEY},
        },
        {
            "name": "vm2",
            "cluster": "cluster2",
            "gce": {"project": "my-project", "zone": "europe-west4-a"},
        },
    ],
    "management": {"cluster": "cluster1"},
    "drills": [{"service": "productpage", "cluster": "cluster1"}],
}
"""Every part of the mesh that makes objects, as a stack file would say it."""


def everything(**changes: Any) -> Settings:
    """Return settings with every part on.

    Args:
        changes: keys of a stack file, in place of those of ``EVERYTHING``; None takes one out.
    """
    values = {key: value for key, value in {**EVERYTHING, **changes}.items() if value is not None}
    return parse(
        {key: item if isinstance(item, str) else json.dumps(item) for key, item in values.items()}
    )


BEYOND: Final[Mapping[str, Any]] = {
    "clusters": [
        {"name": "cluster1", "context": "cluster1"},
        {"name": "cluster2", "gke": {"location": "europe-west4"}},
    ],
    "gcp": {"project": "my-project"},
    "trust": {"rootCertificate": make_root()[0]},
    "remotes": [{"stack": "east", "clusters": [{"name": name} for name in PUBLISHED]}],
}
"""What a stack of its own can do without: a cluster that it makes, and clusters of another stack
with the root that both have in place of one that it makes."""


def everywhere(**changes: Any) -> Settings:
    """Return settings with every part on, also those that reach beyond what is there.

    Args:
        changes: keys of a stack file, as ``everything`` takes them.
    """
    return everything(**{**BEYOND, **changes})


def access(config: Settings) -> dict[str, Access]:
    """Return access to clusters that exist in memory only."""
    return {
        site.name: Access(
            kubeconfig={"current-context": site.context, "token": f"canary-{site.name}"},
            reader=Memory(root=config.trust.root_certificate or PEM),
            inventory=Inventory(cluster=site.name, owner=OWNER),
        )
        for site in config.sites
    }


def yet_to_be_made(config: Settings) -> dict[str, Access]:
    """Return access to clusters that the stack makes, none of which exists."""
    return {
        site.name: Access(
            reader=Nothing(),
            exists=False,
            later=LaterReader,
            inventory=Inventory(cluster=site.name, owner=OWNER),
        )
        for site in config.sites
    }


def build(
    config: Settings,
    *,
    preview: bool = False,
    found: Mapping[str, Access] | None = None,
    license_key: str | None = LICENSE,
    silent: tuple[str, ...] = (),
    remotes: Remotes | None = None,
) -> Recorder:
    """Register the mesh on the recorder; ``silent`` is ``record``'s.

    Unless it is said what other stacks publish, they publish what the recorder answers for them.
    """
    if remotes is None:
        published = Published(outputs={"clusters": PUBLISHED})
        remotes = {remote.stack: published for remote in config.remotes}

    def run() -> Any:
        secrets = {} if license_key is None else {"licenseKey": pulumi.Output.secret(license_key)}
        if config.vms:
            secrets["sshPrivateKey"] = pulumi.Output.secret(SSH_KEY)
        if config.trust.root_certificate:
            secrets["rootKey"] = pulumi.Output.secret(ROOT_KEY)
        outputs = program.build(config, found or access(config), secrets, remotes)
        return pulumi.Output.all(**outputs)

    return record(run, outputs=OUTPUTS, preview=preview, silent=silent)
