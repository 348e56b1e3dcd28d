"""A way to a remote host: dialling with retries, proof of host and user, a bastion."""

import base64
import contextlib
import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import Any, Final, TypeVar

import paramiko
from cryptography.hazmat.primitives import serialization
from paramiko.agent import AgentSSH
from paramiko.pkey import UnknownKeyType

from localcloud.plugins.provider import Cancelled, ProviderError

# Pulumi's retry.Until: the first pause, its growth, and the longest.
_DELAY_SECONDS: Final = 0.1
_BACKOFF: Final = 1.5
_MAX_DELAY_SECONDS: Final = 5.0
_UNLIMITED: Final = -1
_RSA_SIGNATURES: Final = ("rsa-sha2-512", "rsa-sha2-256")
T = TypeVar("T")
_FAILURES = (OSError, EOFError, paramiko.SSHException)


@contextlib.contextmanager
def connect(
    connection: Mapping[str, Any], cancelled: threading.Event
) -> Iterator[paramiko.Transport]:
    """Yield an authenticated transport to ``connection``, through its proxy when it has one.

    Raises:
        ProviderError: the key is malformed, or every attempt failed.
    """
    with contextlib.ExitStack() as stack:
        proxy = connection.get("proxy")
        if not proxy:
            transport = _retried(
                connection, cancelled, lambda: _authenticated(connection, _socket(connection))
            )
        else:
            try:
                bastion = _retried(proxy, cancelled, lambda: _authenticated(proxy, _socket(proxy)))
                stack.callback(bastion.close)
                transport = _retried(
                    connection,
                    cancelled,
                    lambda: _authenticated(connection, _through(bastion, connection)),
                )
            except Cancelled:
                raise
            except ProviderError as error:
                raise ProviderError(f"proxy: {error}") from None
        stack.callback(transport.close)
        yield transport


def _retried(connection: Mapping[str, Any], cancelled: threading.Event, dial: Callable[[], T]) -> T:
    """Dial until it works; all failures are tried again, as the real plugin does."""
    limit = int(connection.get("dialErrorLimit", 10))
    delay, failed = _DELAY_SECONDS, 0
    while True:
        try:
            return dial()
        except _FAILURES as error:
            if _UNLIMITED < limit < failed + 1:
                raise ProviderError(f"after {failed} failed attempts: {error}") from None
        failed += 1
        if cancelled.wait(delay):
            raise Cancelled("cancelled while dialling")
        delay = min(delay * _BACKOFF, _MAX_DELAY_SECONDS)


def _timeout(connection: Mapping[str, Any]) -> float | None:
    return float(connection.get("perDialTimeout", 15)) or None


def _address(connection: Mapping[str, Any]) -> tuple[str, int]:
    return str(connection["host"]), int(connection.get("port", 22))


def _socket(connection: Mapping[str, Any]) -> socket.socket:
    return socket.create_connection(_address(connection), timeout=_timeout(connection))


def _through(bastion: paramiko.Transport, connection: Mapping[str, Any]) -> paramiko.Channel:
    timeout = _timeout(connection)
    return bastion.open_channel("direct-tcpip", _address(connection), ("", 0), timeout=timeout)


def host_key(text: str) -> paramiko.PKey:
    """Return the key in a line of ``authorized_keys`` form, options and comment ignored."""
    words = text.split()
    for kind, blob in itertools.pairwise(words):
        if kind.startswith(("ssh-", "ecdsa-")):
            with contextlib.suppress(ValueError, paramiko.SSHException, UnknownKeyType):
                return paramiko.PKey.from_type_string(kind, base64.b64decode(blob))
    raise ProviderError("failed to parse host key: ssh: no key found")


def _authenticated(
    connection: Mapping[str, Any], sock: socket.socket | paramiko.Channel
) -> paramiko.Transport:
    transport = paramiko.Transport(sock)
    try:
        _know_host(transport, connection)
        _authenticate(transport, connection)
    except BaseException:
        transport.close()
        raise
    return transport


def _know_host(transport: paramiko.Transport, connection: Mapping[str, Any]) -> None:
    """Start the session; without ``hostKey`` any host is believed, as in the real plugin."""
    expected = host_key(connection["hostKey"]) if connection.get("hostKey") else None
    if expected is not None:
        name = expected.get_name()
        rsa = _RSA_SIGNATURES if name == "ssh-rsa" else ()
        transport.get_security_options().key_types = (*rsa, name)
    transport.start_client(timeout=_timeout(connection))
    if expected is not None and transport.get_remote_server_key() != expected:
        raise paramiko.SSHException("ssh: host key mismatch")


def _authenticate(transport: paramiko.Transport, connection: Mapping[str, Any]) -> None:
    user = str(connection.get("user", "root"))
    refused = paramiko.SSHException("ssh: unable to authenticate, no methods given")
    for attempt in _attempts(transport, user, connection):
        try:
            attempt()
        except paramiko.AuthenticationException as error:
            refused = paramiko.SSHException(f"ssh: unable to authenticate: {error}")
        if transport.is_authenticated():
            return
    raise refused


def _attempts(
    transport: paramiko.Transport, user: str, connection: Mapping[str, Any]
) -> Iterator[Callable[[], object]]:
    """Yield the ways to prove the user: key, password, then the agent's keys."""
    if connection.get("privateKey"):
        key = private_key(connection["privateKey"], connection.get("privateKeyPassword"))
        yield lambda: transport.auth_publickey(user, key)
    if connection.get("password"):
        yield lambda: transport.auth_password(user, connection["password"])
    path = connection.get("agentSocketPath") or os.environ.get("SSH_AUTH_SOCK")
    if path:
        agent = _Agent(str(path))
        for held in agent.get_keys():
            yield lambda held=held: transport.auth_publickey(user, held)  # type: ignore[misc]


class _Agent(AgentSSH):
    """The ssh agent at a socket; paramiko's own knows only SSH_AUTH_SOCK."""

    def __init__(self, path: str) -> None:
        super().__init__()
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(path)
        self._connect(sock)  # type: ignore[attr-defined]


def private_key(text: str, password: str | None) -> paramiko.PKey:
    """Return the key in PEM, PKCS#8 or OpenSSH format; paramiko alone reads no PKCS#8."""
    secret = password.encode() if password else None
    loaders = (serialization.load_pem_private_key, serialization.load_ssh_private_key)
    for load in loaders:
        try:
            loaded = load(text.encode(), secret)
            openssh = loaded.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            ).decode()
        except (ValueError, TypeError):
            continue
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            with contextlib.suppress(paramiko.SSHException):
                return kind.from_private_key(StringIO(openssh))
    raise ProviderError("the private key cannot be parsed, or its password is wrong")
