"""What a world consists of, as its supervisor and its users agree on it in ``world.json``."""

import json
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from localcloud.plane import PORTS, Plane

_LASTING: Final = range(20000, 32768)
"""Above the well-known servers, below ``net.ipv4.ip_local_port_range``."""


@dataclass(kw_only=True)
class Spec:
    """Planes with their ports; ``owner`` is the process that the world ends with, if any.

    ``indexes`` gives every plane of this world, running or not, its networks: they are in its etcd.
    """

    ports: dict[str, dict[str, int]]
    indexes: dict[str, int]
    binaries: str
    parked: dict[str, dict[str, int]] = field(default_factory=dict)
    """Ports of planes that do not run now: they get them again where nobody else has them."""
    owner: dict[str, Any] = field(default_factory=dict)

    def planes(self, directory: Path) -> list[Plane]:
        """Return the planes in their order."""
        return [
            Plane(name, self.indexes[name], directory / "planes" / name, ports, Path(self.binaries))
            for name, ports in self.ports.items()
        ]


def read_spec(directory: Path) -> Spec:
    """Return the spec of a world."""
    return Spec(**json.loads((directory / "world.json").read_text(encoding="utf-8")))


def indexes(names: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """Return an index for every name: the one it had, else the lowest that nobody has."""
    found = dict(before)
    for name in names:
        free = (index for index in count() if index not in found.values())
        found.setdefault(name, next(free))
    return found


def write_spec(directory: Path, spec: Spec) -> None:
    """Write the spec of a world."""
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / "world.json", json.dumps(asdict(spec), indent=1))


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader sees the old text or the new one, never a part."""
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def free_ports(names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return free loopback ports for planes. All are held until all are found: none comes twice.

    They are below those that the kernel gives to whoever dials out, so that a plane that is stopped
    finds its own again.
    """
    with ExitStack() as held:
        return {name: {port: _free_port(held) for port in PORTS} for name in names}


def _free_port(held: ExitStack) -> int:
    while True:
        listener = held.enter_context(socket.socket())
        port = secrets.choice(_LASTING)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port


def all_free(ports: dict[str, dict[str, int]]) -> bool:
    """Whether every port can be bound now."""
    with ExitStack() as held:
        try:
            for plane in ports.values():
                for port in plane.values():
                    listener = held.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
