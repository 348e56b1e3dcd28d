"""A real sshd that is one machine: its configuration, its keys, and its start."""

import os
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.machines.keys import key_pair
from localcloud.machines.place import FOLDER, Place

SSHD: Final = Path("/usr/sbin/sshd")
PACKAGE: Final = "openssh-server"
"""Debian's package that has it."""
BIN: Final = Path(__file__).parent / "bin"
_CONFIG: Final = """\
ListenAddress {address}:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
SetEnv PATH={path} {variable}={folder}
"""


class SshdError(Exception):
    """A machine's sshd does not start; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Sshd:
    """The sshd of a machine.

    Args:
        place: of the machine; what sshd needs is written there.
        address: of loopback, that it listens at.
        port: where.
    """

    place: Place
    address: str
    port: int

    @property
    def host_key(self) -> str:
        """The public half of its key, once it is prepared."""
        return (self.place.folder / "host_key.pub").read_text(encoding="utf-8").strip()

    def prepare(self, public_keys: Sequence[str]) -> None:
        """Write its configuration, a key of its own if it has none, and who may enter.

        Args:
            public_keys: whose private halves open it.
        """
        folder = self.place.folder
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "host_key.pub").exists():
            private, public = key_pair()
            (folder / "host_key").touch(mode=0o600)
            (folder / "host_key").write_text(private, encoding="utf-8")
            (folder / "host_key.pub").write_text(public + "\n", encoding="utf-8")
        lines = "".join(f"{key}\n" for key in public_keys)
        (folder / "authorized_keys").write_text(lines, encoding="utf-8")
        text = _CONFIG.format(
            address=self.address,
            port=self.port,
            folder=folder,
            path=f"{BIN}:/usr/bin:/bin",
            variable=FOLDER,
        )
        (folder / "sshd_config").write_text(text, encoding="utf-8")

    def refuse_impossible(self) -> None:
        """Refuse to start where sshd is not installed, or may not listen.

        Raises:
            SshdError: with what to do.
        """
        if not SSHD.exists():
            raise SshdError(f"{SSHD} is missing; fix: install it, apt-get install {PACKAGE}")
        try:
            with socket.create_server((self.address, self.port)):
                pass
        except PermissionError:
            raise SshdError(
                f"port {self.port} of ssh is only root's here; fix: sudo sysctl"
                f" net.ipv4.ip_unprivileged_port_start={self.port}"
            ) from None
        except OSError as error:
            raise SshdError(
                f"nothing can listen at {self.address}:{self.port}: {error}; every address of"
                " 127.0.0.0/8 is this machine's own on Linux, and on no other system"
            ) from None

    def start(self) -> "subprocess.Popen[str]":
        """Start it, ready to be spoken to; what it says is on its standard error.

        Raises:
            SshdError: with what it has said.
        """
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its service would make it
        process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", self.place.folder / "sshd_config"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = ""
        for line in process.stderr or ():
            said += line
            if "Server listening" in line:
                return process
        process.wait()
        raise SshdError(f"sshd did not start: {said.strip()}")
