"""A real API server for the tests of the stand-in kubernetes plugin."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes.provider import KubernetesProvider
from localcloud.world import World
from tests.localcloud.plugins.lifecycle import Resource


@pytest.fixture(scope="package")
def planes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Run one control plane for all modules of a worker."""
    with World(tmp_path_factory.mktemp("world"), planes=("one",)) as world:
        yield world


@pytest.fixture
def connect(planes: World) -> Iterator[Callable[..., KubernetesProvider]]:
    """Return a function that makes a provider connected to the plane, with further settings."""
    made: list[KubernetesProvider] = []

    def make(**settings: str) -> KubernetesProvider:
        provider = KubernetesProvider(Engine(""))
        kubeconfig = planes.plane("one").kubeconfig.read_text()
        provider.configure({"kubeconfig": kubeconfig, **settings})
        made.append(provider)
        return provider

    yield make
    for provider in made:
        provider.cancel()


@pytest.fixture
def provider(connect: Callable[..., KubernetesProvider]) -> KubernetesProvider:
    """Return a provider with default settings."""
    return connect()


@pytest.fixture
def namespace(provider: KubernetesProvider) -> str:
    """Return a namespace of its own; the world's end removes it."""
    space = Resource(provider, "kubernetes:core/v1:Namespace", "ns")
    space.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"t-{uuid4().hex[:8]}"}}
    )
    return space.id
