"""A real sshd on loopback, with keys of its own, that is one machine of a test."""

import contextlib
import getpass
import random
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.machines import runtime
from localcloud.machines.place import Place, Ports
from localcloud.machines.sshd import Sshd

_CANDIDATES = range(20_000, 30_000)
"""Below what systems hand out by themselves, where a port that is free now may be gone when the
simulated ztunnel asks for it."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on, another one every time."""
    while True:
        with contextlib.suppress(OSError):
            wanted = random.choice(_CANDIDATES)  # noqa: S311 no secret
            with socket.create_server(("127.0.0.1", wanted)):
                return wanted


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A machine that runs."""

    place: Place
    port: int
    host_key: str

    @property
    def user(self) -> str:
        """Who may log in: whoever runs the tests."""
        return getpass.getuser()

    def settings(self, **changes: object) -> dict[str, object]:
        """Return the ``ssh`` key of a stack file for it."""
        own = {"host": "127.0.0.1", "port": self.port, "user": self.user, "hostKey": self.host_key}
        return {**own, **changes}

    def logged(self) -> str:
        """Return what its sshd and its containers have said."""
        return "".join(path.read_text("utf-8") for path in sorted(self.place.folder.glob("*.log")))


@contextlib.contextmanager
def machine(folder: Path, public_key: str, *, kubeconfig: str = "") -> Iterator[Machine]:
    """Yield a machine that whoever has the key may enter; it ends with the block.

    Args:
        folder: empty, for everything it writes.
        public_key: whose private half opens it.
        kubeconfig: path of the kubeconfig of the cluster it belongs to, if any.
    """
    place = Place(folder=folder)
    place.furnish(Ports(ready=free_port(), socks=free_port()), kubeconfig)
    sshd = Sshd(place=place, address="127.0.0.1", port=free_port())
    sshd.refuse_impossible()
    sshd.prepare([public_key])
    process = sshd.start()
    threading.Thread(target=_drain, args=(process, folder / "sshd.log"), daemon=True).start()
    try:
        yield Machine(place=place, port=sshd.port, host_key=sshd.host_key)
    finally:
        process.terminate()
        process.wait()
        for container in place.containers().values():
            if runtime.is_running(container):
                runtime.stop(container)


def _drain(process: "subprocess.Popen[str]", log: Path) -> None:
    assert process.stderr is not None
    with process.stderr, log.open("w", encoding="utf-8") as file:
        for line in process.stderr:
            file.write(line)
            file.flush()
