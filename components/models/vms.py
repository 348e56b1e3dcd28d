"""Virtual machines that join the mesh as clients."""

from typing import Self

from pydantic import Field, model_validator

from components.fields import DnsLabel, GcpName, HostKey, LoginName, ServiceName, wrong
from components.models.base import Model


class SshSettings(Model):
    """How a machine is reached. Its key is the secret ``sshPrivateKey``."""

    host: str = Field(min_length=1)
    """Its name or address."""
    host_key: HostKey
    """The machine's public key, for example ``ssh-ed25519 AAAA…``. It is verified: a machine with
    another key is never spoken to."""
    port: int = Field(default=22, ge=1, le=65535)
    """Of its ssh server."""
    user: LoginName = "root"
    """Another than root needs ``sudo`` without a password."""


class GceSettings(Model):
    """A Compute Engine instance that the stack makes."""

    project: GcpName
    """Project of Google Cloud, by its id."""
    zone: GcpName
    """Where it is, for example ``europe-west4-a``."""
    machine_type: GcpName = "e2-small"
    """Its size."""
    network: str = Field(default="default", min_length=1)
    """VPC network of the project."""
    external_address: bool = False
    """Whether it has an address on the internet, by which it is reached then. By default it is
    reached in its network, and needs a way out (Cloud NAT) for packages and images."""
    user: LoginName = "ambientmesh"
    """Made on the machine, with the key of ``sshPrivateKey``."""


class VmSettings(Model):
    """One machine, and the identity it has in the mesh."""

    name: DnsLabel
    """Its identity."""
    cluster: DnsLabel
    """The cluster whose istiod it asks."""
    namespace: ServiceName = ""
    """Of its service account, made by the stack; default: the machine's name."""
    service_account: ServiceName = ""
    """Default: the machine's name."""
    token_generation: int = Field(default=1, ge=1)
    """Raise it to have a new token: the old one is void, the machine's container starts again."""
    ssh: SshSettings | None = None
    """An existing machine; or ``gce``."""
    gce: GceSettings | None = None
    """A machine that the stack makes; or ``ssh``."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.ssh is None) == (self.gce is None):
            raise wrong("exactly one of ssh and gce", "say how the machine is reached or made")
        return self

    @property
    def home(self) -> str:
        """The namespace of its identity."""
        return self.namespace or self.name

    @property
    def account(self) -> str:
        """The service account that is its identity."""
        return self.service_account or self.name
