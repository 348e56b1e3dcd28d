"""Fixtures that several tests of the stand-in plugins share."""

import pytest

from localcloud.plugins.engine import Engine
from localcloud.plugins.tls.provider import TlsProvider
from tests.localcloud.plugins.tls_kit import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> TlsProvider:
    """Return a tls provider without an engine."""
    return TlsProvider(Engine(""), clock)
