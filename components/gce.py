"""A Compute Engine instance for a machine of the mesh, and how its host key becomes known.

Nobody can know an instance's host key before it is made. Its guest agent writes it into the guest
attributes, which only the instance itself and those with rights in the project can reach: read from
there, through Google's API, it is verified before the first word over ssh. No private key is ever
sent to an instance, no firewall rule is made, and by default it has no address on the internet.

The instance is registered by its type's token: the SDK of all of Google Cloud would be a hundred
megabytes more to install for one resource. Names are those of pulumi-gcp ``PLUGIN``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
import pulumi.runtime
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from components import readiness
from components.gates import gated, teller
from components.live import Unreachable
from components.readiness import Verdict
from components.scripts import text
from components.settings import GceSettings

PLUGIN: Final = "10.2.0"
IMAGE: Final = "projects/debian-cloud/global/images/family/debian-12"
"""By family: a new image is for a new instance, one that exists keeps its disk."""
GUEST_ATTRIBUTES: Final = "gcp:compute/getInstanceGuestAttributes:getInstanceGuestAttributes"
HOST_KEYS: Final = "hostkeys/"
RUNTIME: Final = "ambientmesh/"
WANTED_KEY: Final = "ssh-ed25519"


def public_half(private_key: str) -> str:
    """Return the public half of a private key, as a line of ``authorized_keys``.

    Raises:
        pulumi.RunError: the key cannot be read; its text is not repeated.
    """
    for load in (serialization.load_ssh_private_key, serialization.load_pem_private_key):
        try:
            key: Any = load(private_key.encode(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        return str(key.public_key().public_bytes(*form).decode())
    raise pulumi.RunError(
        "sshPrivateKey: found no key that can be read; allowed: a private key in OpenSSH's or PEM"
        " format without a passphrase; fix: pulumi config set --secret"
        " ambientmesh:sshPrivateKey < KEYFILE"
    )


def instance_inputs(name: str, settings: GceSettings, public_key: Any) -> dict[str, Any]:
    """Return the inputs of an instance; ``public_key`` opens it for ``settings.user``."""
    interface: dict[str, Any] = {"network": settings.network}
    if settings.external_address:
        interface["accessConfigs"] = [{}]
    return {
        "name": name,
        "machineType": settings.machine_type,
        "bootDisk": {"initializeParams": {"image": IMAGE}},
        "networkInterfaces": [interface],
        "allowStoppingForUpdate": True,
        "metadata": {
            "enable-guest-attributes": "TRUE",
            # Only our own key opens it.
            "enable-oslogin": "FALSE",
            "block-project-ssh-keys": "TRUE",
            "ssh-keys": pulumi.Output.concat(settings.user, ":", public_key, " ", settings.user),
            "startup-script": text("gce_startup"),
        },
    }


def started(attributes: Mapping[str, Any] | None) -> Verdict:
    """Judge guest attributes: the host key is known, and a container runtime is there."""
    found = attributes or {}
    if not found.get(WANTED_KEY):
        return Verdict("pending", f"it has not said its {WANTED_KEY} host key yet")
    if found.get("runtime") != "ready":
        return Verdict("pending", "its startup script has not installed a container runtime yet")
    return Verdict("ready")


class _Instance(pulumi.CustomResource):
    """``gcp.compute.Instance``, as far as it is used here."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("gcp:compute/instance:Instance", name, props, opts)

    @property
    def interface(self) -> pulumi.Output[Mapping[str, Any]]:
        """Its one interface, as it is once the instance runs."""
        found: Any = pulumi.get(self, "networkInterfaces")
        return cast("pulumi.Output[Mapping[str, Any]]", found[0])


@dataclass(frozen=True, kw_only=True)
class GceInstanceArgs:
    """Which instance, and who may enter it."""

    machine: str
    """Its name in the stack, which is its name in the project too."""
    settings: GceSettings
    private_key: pulumi.Output[str]
    timeout: int
    """Seconds until it must have said its host key."""


class GceInstance(pulumi.ComponentResource):
    """An instance that a machine of the mesh runs on."""

    instance: pulumi.Resource
    address: pulumi.Output[str]
    host_key: pulumi.Output[str]
    """Known once the instance has said it, and can run containers."""

    def __init__(
        self, name: str, args: GceInstanceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:GceInstance", name, None, opts)
        settings = args.settings
        provider = pulumi.ProviderResource(
            "gcp",
            f"{name}-gcp",
            {"project": settings.project, "zone": settings.zone},
            pulumi.ResourceOptions(parent=self, version=PLUGIN),
        )
        public: Any = pulumi.Output.unsecret(args.private_key.apply(public_half))
        made = _Instance(
            f"{name}-vm",
            instance_inputs(args.machine, settings, public),
            pulumi.ResourceOptions(
                parent=self,
                provider=provider,
                version=PLUGIN,
                delete_before_replace=True,  # its name is taken as long as it is there
            ),
        )
        self.instance = made
        self.address = made.interface.apply(
            lambda one: str(
                one["accessConfigs"][0]["natIp"] if settings.external_address else one["networkIp"]
            )
        )
        self.host_key = _host_key(made, provider, args)
        self.register_outputs({"address": self.address, "hostKey": self.host_key})


async def _attributes(provider: pulumi.ProviderResource, machine: str, path: str) -> dict[str, str]:
    options = pulumi.InvokeOptions(provider=provider, version=PLUGIN)
    asked = {"name": machine, "queryPath": path}
    try:
        found = await pulumi.runtime.invoke_async(GUEST_ATTRIBUTES, asked, options)
    except Exception as error:  # noqa: BLE001 the SDK raises no narrower one
        raise Unreachable(" ".join(str(error).split())) from None
    values = (found or {}).get("queryValues") or []
    return {str(item["key"]): str(item["value"]) for item in values}


def _host_key(
    made: pulumi.Resource, provider: pulumi.ProviderResource, args: GceInstanceArgs
) -> pulumi.Output[str]:
    async def read() -> dict[str, str]:
        keys = await _attributes(provider, args.machine, HOST_KEYS)
        return {**keys, **await _attributes(provider, args.machine, RUNTIME)}

    async def wait() -> str:
        found = await readiness.wait(
            f"instance {args.machine} in {args.settings.zone}",
            read,
            started,
            args.timeout,
            "timeouts.vm",
            teller(made),
        )
        return f"{WANTED_KEY} {found[WANTED_KEY]}"

    async def look() -> str | None:
        try:
            found = await read()
        except Unreachable:
            return None
        return f"{WANTED_KEY} {found[WANTED_KEY]}" if started(found).state == "ready" else None

    return gated(made, wait, look)
