"""A mesh on the recorder: settings in, registrations out, live objects from memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components import program
from components.ownership import Inventory
from components.settings import Settings
from tests.engine import Recorder, record

OWNER = "organization/ambientmesh/test"
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
LICENSE = "canary-license-key"

OUTPUTS = {
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
}

READY = {"type": "Ready", "status": "True"}
CONNECTED = [
    {"type": kind, "status": "True"}
    for kind in ("Programmed", "gloo.solo.io/PeeringSucceeded", "gloo.solo.io/PeerConnected")
]


class Memory:
    """A reader that answers from memory: everything is ready, every link is connected."""

    def __init__(self, address: str | None = "192.0.2.1") -> None:
        self.address = address
        self.deleted: list[str] = []

    async def get(self, path: str) -> dict[str, Any] | None:
        if "servicemeshcontrollers" in path:
            return {"status": {"phase": "SUCCEEDED"}}
        if self.address is None:
            return None
        return {"status": {"conditions": CONNECTED, "addresses": [{"value": self.address}]}}

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        del path
        return []

    async def delete(self, path: str) -> None:
        self.deleted.append(path)


def settings(names: Sequence[str], **values: Any) -> Settings:
    """Return settings for clusters of these names."""
    clusters = tuple({"name": name, "context": f"context-{name}"} for name in names)
    return Settings.model_validate({"clusters": clusters, **values})


def access(config: Settings) -> dict[str, program.Access]:
    """Return access to clusters that exist in memory only."""
    return {
        cluster.name: program.Access(
            kubeconfig={"current-context": cluster.context, "token": f"canary-{cluster.name}"},
            reader=Memory(),
            inventory=Inventory(cluster=cluster.name, owner=OWNER),
        )
        for cluster in config.clusters
    }


def build(
    config: Settings,
    *,
    preview: bool = False,
    found: Mapping[str, program.Access] | None = None,
    license_key: str | None = LICENSE,
) -> Recorder:
    """Register the mesh on the recorder."""

    def run() -> Any:
        secret = None if license_key is None else pulumi.Output.secret(license_key)
        outputs = program.build(config, found or access(config), secret)
        return pulumi.Output.all(**outputs)

    return record(run, outputs=OUTPUTS, preview=preview)
