"""Fixtures that several tests of the stand-in plugins share."""

from collections.abc import Iterator

import paramiko
import pytest

from localcloud.plugins.engine import Engine
from localcloud.plugins.tls.provider import TlsProvider
from tests.localcloud.plugins.ssh_server import Server
from tests.localcloud.plugins.tls_kit import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> TlsProvider:
    """Return a tls provider without an engine."""
    return TlsProvider(Engine(""), clock)


@pytest.fixture(scope="session")
def key() -> paramiko.PKey:
    """Return the ssh servers' host key."""
    return paramiko.ECDSAKey.generate()


@pytest.fixture
def server(key: paramiko.PKey, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Yield a running ssh server; no agent of the user takes part."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with Server(key).running() as running:
        yield running
