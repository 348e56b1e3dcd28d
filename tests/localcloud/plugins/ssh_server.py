"""A small ssh server on loopback by paramiko: commands, variables, sftp and forwarding.

It stands for sshd, which not every machine has; commands run as the test's user.
"""

# ruff: noqa: ARG002 - paramiko calls these methods with arguments by position
import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_OK

PASSWORD = "open sesame"  # noqa: S105 - of a server that lives for one test


class Rules(paramiko.ServerInterface):
    """Who may enter and what is accepted."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._environment: dict[str, str] = {}

    def get_allowed_auths(self, username: str) -> str:
        return "publickey,password"

    def check_auth_password(self, username: str, password: str) -> int:
        self._server.logins.append(username)
        return AUTH_SUCCESSFUL if password == PASSWORD else AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._server.logins.append(username)
        known = key in self._server.authorized
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    def check_channel_env_request(
        self, channel: paramiko.Channel, name: bytes, value: bytes
    ) -> bool:
        if name.decode() not in self._server.accept_env:
            return False
        self._environment[name.decode()] = value.decode()
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self._exec, args=(channel, command), daemon=True).start()
        return True

    def _exec(self, channel: paramiko.Channel, command: bytes) -> None:
        stdin = b"".join(iter(lambda: channel.recv(65536), b""))
        done = subprocess.run(  # noqa: S603 - what the test asks for
            ["/bin/sh", "-c", command],
            input=stdin,
            capture_output=True,
            env={**os.environ, **self._environment},
            check=False,
        )
        with contextlib.suppress(OSError):
            channel.sendall(done.stdout)
            channel.sendall_stderr(done.stderr)
            channel.send_exit_status(done.returncode)
            channel.close()

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        self._server.forwarded.append(destination)
        self._server.targets[chanid] = destination
        return OPEN_SUCCEEDED


class Files(paramiko.SFTPServerInterface):
    """The test machine's own files."""

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(Path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def mkdir(self, path: str, attr: Any) -> int:
        try:
            Path(path).mkdir()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return SFTP_OK

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            file = os.fdopen(os.open(path, flags, 0o600), "wb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle(flags)
        handle.writefile = file  # type: ignore[attr-defined]
        return handle


class Server:
    """A running server.

    Attributes:
        authorized: keys that may enter.
        accept_env: variables it accepts, as sshd's AcceptEnv.
        logins: every user name that tried.
        forwarded: every address that was asked for through it.
        refuse: how many connections to drop before serving.
    """

    def __init__(self, key: paramiko.PKey) -> None:
        self.key = key
        self.authorized: list[paramiko.PKey] = []
        self.accept_env: set[str] = set()
        self.logins: list[str] = []
        self.forwarded: list[tuple[str, int]] = []
        self.targets: dict[int, tuple[str, int]] = {}
        self.refuse = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._transports: list[paramiko.Transport] = []
        self.port = int(self._listener.getsockname()[1])

    def connection(self, **more: Any) -> dict[str, Any]:
        """Return the `connection` input for it."""
        return {"host": "127.0.0.1", "port": self.port, "password": PASSWORD, **more}

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.refuse:
                    self.refuse -= 1
                    client.close()
                    continue
                threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, client: socket.socket) -> None:
        transport = paramiko.Transport(client)
        self._transports.append(transport)
        transport.add_server_key(self.key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(server=Rules(self))
            while transport.is_active():
                channel = transport.accept(0.2)
                if channel is not None and channel.chanid in self.targets:
                    self._forward(channel, self.targets.pop(channel.chanid))

    @staticmethod
    def _forward(channel: paramiko.Channel, destination: tuple[str, int]) -> None:
        there = socket.create_connection(destination)

        def pump(source: Any, sink: Any) -> None:
            with contextlib.suppress(OSError, EOFError):
                while data := source.recv(65536):
                    sink.sendall(data)
            source.close()
            sink.close()

        for pair in ((channel, there), (there, channel)):
            threading.Thread(target=pump, args=pair, daemon=True).start()

    @contextlib.contextmanager
    def running(self) -> Iterator["Server"]:
        """Serve until the block ends."""
        threading.Thread(target=self._serve, daemon=True).start()
        try:
            yield self
        finally:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            for transport in self._transports:
                transport.close()
