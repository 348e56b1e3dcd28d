"""An API server that goes away is named, and its return is enough."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localcloud.plugins.kubernetes import waiting
from localcloud.plugins.kubernetes.provider import KubernetesProvider
from localcloud.plugins.provider import PartialFailure, ProviderError
from localcloud.world import World
from tests.localcloud.plugins.lifecycle import Resource

pytestmark = pytest.mark.planes

SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "spec": {
        "type": "LoadBalancer",
        "loadBalancerClass": "nobody.example/s",
        "ports": [{"port": 1}],
    },
}


@pytest.fixture
def outage(planes: World) -> Iterator[Callable[[], None]]:
    """Return a function that kills the API server; it is back when the test ends."""
    yield lambda: planes.plane("one").kill("kube-apiserver")
    planes.plane("one").start("kube-apiserver")


def service(namespace: str, name: str) -> dict[str, Any]:
    return {**SERVICE, "metadata": {"name": name, "namespace": namespace}}


def test_an_outage_fails_operations_with_the_servers_address(
    provider: KubernetesProvider, namespace: str, outage: Callable[[], None]
) -> None:
    thing = Resource(provider, "kubernetes:core/v1:ServiceAccount")
    inputs = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "sa", "namespace": namespace},
    }
    thing.create(inputs)
    outage()
    for operation in (thing.read, thing.delete, lambda: thing.update({**inputs, "secrets": []})):
        with pytest.raises(ProviderError, match=r"https://127\.0\.0\.1:\d+.*refused"):
            operation()


def test_a_wait_ends_when_the_server_stays_away(
    provider: KubernetesProvider,
    namespace: str,
    outage: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(provider.engine, "status", lambda *_: outage())
    with pytest.raises(PartialFailure, match="has not answered for"):
        Resource(provider, "kubernetes:core/v1:Service").create(service(namespace, "lost"))
