"""A real sshd on loopback, with keys of its own, that is one machine of a test."""

import contextlib
import getpass
import os
import random
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.machines import runtime
from tests.machines.keys import key_pair
from tests.machines.place import FOLDER, Place, Ports

SSHD = Path("/usr/sbin/sshd")
BIN = Path(__file__).parent / "bin"

CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
SetEnv PATH={path} {variable}={folder}
"""


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
    assert SSHD.exists(), f"{SSHD} is missing, which the tests need: apt-get install openssh-server"
    place = Place(folder=folder)
    place.furnish(Ports(ready=free_port(), socks=free_port()), kubeconfig)
    private, host_key = key_pair()
    (folder / "host_key").touch(mode=0o600)
    (folder / "host_key").write_text(private, encoding="utf-8")
    (folder / "authorized_keys").write_text(public_key + "\n", encoding="utf-8")
    port = free_port()
    config = folder / "sshd_config"
    path = f"{BIN}:/usr/bin:/bin"
    config.write_text(
        CONFIG.format(port=port, folder=folder, path=path, variable=FOLDER), encoding="utf-8"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its service would make it
    process = subprocess.Popen(  # noqa: S603
        [SSHD, "-D", "-e", "-f", config],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _until_it_listens(process, folder / "sshd.log")
        yield Machine(place=place, port=port, host_key=host_key)
    finally:
        process.terminate()
        process.wait()
        for container in place.containers().values():
            if runtime.is_running(container):
                runtime.stop(container)


def _until_it_listens(process: "subprocess.Popen[str]", log: Path) -> None:
    assert process.stderr is not None
    first = ""
    for line in process.stderr:
        first += line
        if "Server listening" in line:
            break
    else:
        raise AssertionError(f"sshd did not start: {first}")
    threading.Thread(target=_drain, args=(process, log), daemon=True).start()


def _drain(process: "subprocess.Popen[str]", log: Path) -> None:
    assert process.stderr is not None
    with process.stderr, log.open("w", encoding="utf-8") as file:
        for line in process.stderr:
            file.write(line)
            file.flush()
