"""Instances of Compute Engine: sshds of this machine, each at an address of loopback."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from localcloud.machines.machine import Machine, refuse_strangers
from localcloud.machines.sshd import SshdError
from localcloud.plugins.gcp import addresses, interfaces, names
from localcloud.plugins.gcp.kind import COMPUTE, Kind, number
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure, Properties, ProviderError
from localcloud.plugins.values import UNKNOWN

_SAID: Final = re.compile(r"guest-attributes/([a-z0-9-]+)/([a-z0-9-]+)")
"""A guest attribute in a startup script."""
_KEY: Final = re.compile(r"\s*([^:\s]+):(\S+ \S+)")


class Instance(Kind):
    """An instance. Its machine type, disk and image are kept, and nothing else is done with them.

    Args:
        world: folder of the world that instances run as long as.
        port: of their sshds.
    """

    token = "gcp:compute/instance:Instance"  # noqa: S105 a type
    noun = "instance"
    path = "projects/{project}/zones/{zone}/instances/{name}"
    immutable = frozenset(
        {"name", "project", "zone", "bootDisk", "networkInterfaces", "guestAccelerators"}
        | {"hostname", "keyRevocationActionType", "networkPerformanceConfig", "params"}
        | {"confidentialInstanceConfig", "instanceEncryptionKey", "metadataStartupScript"}
        | {"reservationAffinity", "scratchDisks"}
    )
    sticky = frozenset({"scheduling", "shieldedInstanceConfig", "minCpuPlatform"})
    defaults: ClassVar[Mapping[str, Any]] = {"canIpForward": False, "deletionProtection": False}
    labels = "labels"
    made = (
        "selfLink",
        "creationTimestamp",
        "cpuPlatform",
        "currentStatus",
        "instanceId",
        "labelFingerprint",
        "metadataFingerprint",
        "tagsFingerprint",
    )
    slow = True

    def __init__(self, world: Path, port: int = 22) -> None:
        self._world = world
        self._port = port

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield more interfaces than a machine has here, too."""
        yield from super().judge(inputs, scope)
        interfaces = inputs.get("networkInterfaces")
        if isinstance(interfaces, list) and len(interfaces) != 1:
            reason = f"the stand-in's instances have one interface, not {len(interfaces)}"
            yield Failure(property="networkInterfaces", reason=reason)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse what has no network; give it an address."""
        interfaces.refuse_network(store, record, record.given["networkInterfaces"][0])
        if old is not None:
            resized = old.given.get("machineType") != record.given.get("machineType")
            if resized and not record.given.get("allowStoppingForUpdate"):
                raise ProviderError(
                    "Changing the machine_type on a started instance requires stopping it. To"
                    " acknowledge this, please set allow_stopping_for_update = true."
                )
            record.made = dict(old.made)
            return
        try:
            refuse_strangers(users(record))
        except SshdError as error:
            raise ProviderError(f"instance {record.name}: {error}") from None
        record.made = {
            "_address": interfaces.free(addresses.taken(store) | _taken(store)),
            "_folder": str(store.folder / "machines" / record.path.replace("/", "~")),
            "instanceId": number(record.path),
            "cpuPlatform": "Intel Broadwell",
            "metadataFingerprint": number(record.path)[:8],
            "tagsFingerprint": number(record.path)[:8],
            "labelFingerprint": number(record.path)[:8],
        }

    def unfilled(self, inputs: Properties) -> Properties:
        """Return the interfaces as a preview has them: without addresses."""
        filled = [
            interfaces.filled(one, "", UNKNOWN) if isinstance(one, Mapping) else one
            for one in inputs.get("networkInterfaces") or ()
        ]
        return {"networkInterfaces": filled}

    def outputs(self, record: Record) -> Properties:
        """Return what the state holds of it."""
        link = f"{COMPUTE}/{next((path for path in record.uses if '/networks/' in path), '')}"
        interface = record.given["networkInterfaces"][0]
        return {
            **super().outputs(record),
            "currentStatus": "RUNNING" if self._machine(record).is_on() else "TERMINATED",
            "networkInterfaces": [interfaces.filled(interface, link, record.made["_address"])],
        }

    def leave(self, store: Store, record: Record) -> None:
        """Refuse to delete a protected instance."""
        if record.given.get("deletionProtection"):
            raise ProviderError(
                f"Cannot delete instance {record.name}: instance Deletion Protection is enabled."
                " Set deletion_protection to false for this resource and run pulumi up before"
                " attempting to delete it."
            )
        super().leave(store, record)

    def start(self, record: Record) -> None:
        """Start its sshd, or open a running one for other keys."""
        try:
            self._machine(record).start(users(record))
        except SshdError as error:
            raise ProviderError(f"instance {record.name}: {error}") from None

    def changed(self, record: Record) -> None:
        """Open it for whom its metadata says now."""
        self.start(record)

    def stop(self, record: Record) -> None:
        """End its sshd, and remove what it had."""
        self._machine(record).remove()

    def is_off(self, record: Record) -> bool:
        """Whether it should run and does not: it went with its world."""
        return record.status == "RUNNING" and not self._machine(record).is_on()

    def _machine(self, record: Record) -> Machine:
        return Machine(
            folder=Path(record.made["_folder"]),
            world=self._world,
            address=record.made["_address"],
            port=self._port,
        )

    def attributes(self, record: Record) -> list[dict[str, str]]:
        """Return its guest attributes: host keys, and what its startup script would have said."""
        metadata = record.given.get("metadata") or {}
        if str(metadata.get("enable-guest-attributes", "")).upper() != "TRUE":
            return []
        kind, key = self._machine(record).host_key.split()[:2]
        found = [{"namespace": "hostkeys", "key": kind, "value": key}]
        for space, name in dict.fromkeys(_SAID.findall(metadata.get("startup-script", ""))):
            found.append({"namespace": space, "key": name, "value": "ready"})
        return found


def users(record: Record) -> dict[str, list[str]]:
    """Return the public keys in an instance's metadata, by the user that each opens."""
    found: dict[str, list[str]] = {}
    for line in str((record.given.get("metadata") or {}).get("ssh-keys", "")).splitlines():
        if match := _KEY.match(line):
            found.setdefault(match[1], []).append(match[2])
    return found


def _taken(store: Store) -> set[str]:
    return {record.made.get("_address", "") for record in store.all(Instance.token)}
