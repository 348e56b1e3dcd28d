"""A machine of the simulated cloud, in the hands of who makes and removes it."""

import contextlib
import getpass
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.machines.keeper import STATE
from localcloud.machines.place import Place, Ports
from localcloud.machines.sshd import Sshd, SshdError
from localcloud.paths import CHECKOUT
from localcloud.processes import Identity, stop, tail
from localcloud.watch import supervisor

_START_SECONDS: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One machine.

    Args:
        folder: for everything it writes.
        world: folder of the world that it runs as long as.
        address: of loopback, its own.
        port: of its sshd.
    """

    folder: Path
    world: Path
    address: str
    port: int = 22

    @property
    def _sshd(self) -> Sshd:
        return Sshd(place=Place(folder=self.folder), address=self.address, port=self.port)

    @property
    def host_key(self) -> str:
        """The public half of its key, once it has been started."""
        return self._sshd.host_key

    def is_on(self) -> bool:
        """Whether it runs."""
        return self._keeper() is not None

    def _keeper(self) -> Identity | None:
        try:
            found = Identity.read(json.loads((self.folder / STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError):
            return None
        return found if found.process() else None

    def start(self, users: Mapping[str, Sequence[str]]) -> None:
        """Start it, unless it is on; who may enter is taken over in any case.

        Args:
            users: public keys by the name of the user that they open.

        Raises:
            SshdError: it cannot be here, or does not start.
        """
        refuse_strangers(users)
        keys = [key for found in users.values() for key in found]
        if self.is_on():
            self._sshd.prepare(keys)
            return
        if supervisor(self.world) is None:
            raise SshdError(f"no world runs in {self.world}: make up starts it")
        self._sshd.refuse_impossible()
        self._sshd.prepare(keys)
        place = Place(folder=self.folder)
        place.furnish(_free_ports(), str(self.world / "planes" / "*" / "kubeconfig"))
        with (self.folder / "keeper.log").open("wb") as log:
            module = [sys.executable, "-m", "localcloud.machines.keeper"]
            process = subprocess.Popen(
                [*module, str(self.folder), str(self.world), self.address, str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
                # It outlives the plugin that starts it.
                start_new_session=True,
            )
        # Whoever ends it, its parent has to take note, as long as that is us.
        threading.Thread(target=process.wait, daemon=True).start()
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_on():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SshdError(f"the machine does not start: {tail(self.folder / 'keeper.log')}")
            time.sleep(0.02)

    def remove(self) -> None:
        """Stop it, and remove what it had."""
        if (found := self._keeper()) is not None:
            stop([found])
        shutil.rmtree(self.folder, ignore_errors=True)


def refuse_strangers(users: Mapping[str, Sequence[str]]) -> None:
    """Refuse users that this system does not have: it is its own sshd that lets them in.

    Raises:
        SshdError: with the user that would do.
    """
    me = getpass.getuser()
    for user in users:
        with contextlib.suppress(KeyError):
            pwd.getpwnam(user)
            if os.geteuid() == 0 or user == me:
                continue
        raise SshdError(
            f"user {user} cannot enter a simulated machine, which is this system's own sshd; fix:"
            f" say user {me}"
        )


def _free_ports() -> Ports:
    """Return two ports of loopback for a simulated ztunnel; both are held until both are found."""
    with contextlib.ExitStack() as held:
        found = []
        for _ in range(2):
            listener = held.enter_context(socket.create_server(("127.0.0.1", 0)))
            found.append(int(listener.getsockname()[1]))
        return Ports(ready=found[0], socks=found[1])
