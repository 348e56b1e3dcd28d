"""How a kind is followed that a plane does not know yet."""

import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from localcloud.operator import cache
from localcloud.operator.cache import Cache
from localcloud.operator.client import ApiError, Client
from localcloud.operator.view import WATCHED, View

GATEWAYS = WATCHED["Gateway"]
DEFINITION = {"metadata": {"name": "gateways.gateway.networking.k8s.io", "resourceVersion": "7"}}


class Plane:
    """In place of a ``Client``: it knows a kind once that is defined."""

    def __init__(self) -> None:
        self.defined = False
        self.asked: list[str] = []

    def get(self, path: str, accept: str) -> dict[str, Any]:
        assert accept
        self.asked.append(path)
        if self.defined:
            return {"metadata": {"resourceVersion": "8"}, "items": []}
        raise ApiError(404, "the server could not find the requested resource")

    def watch(self, *_: str) -> Iterator[dict[str, Any]]:
        raise SystemExit  # ends the thread


class Definitions:
    """In place of the cache of the CRDs: the one that is waited for arrives."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.awaited: list[str] = []

    def until_there(self, name: str, seconds: float) -> None:
        assert seconds
        self.awaited.append(name)
        self.plane.defined = True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "RETRY_SECONDS", 0)


def test_a_kind_that_nothing_defines_is_not_asked_for_until_its_definition_is_there() -> None:
    plane = Plane()
    definitions = Definitions(plane)
    followed = Cache(GATEWAYS, cast("Client", plane), lambda: None, cast("Cache", definitions))

    with pytest.raises(SystemExit):
        followed.follow()

    assert definitions.awaited == ["gateways.gateway.networking.k8s.io"]
    assert plane.asked == [GATEWAYS.path] * 2
    assert followed.served


def test_whoever_waits_for_a_definition_goes_on_when_it_arrives() -> None:
    definitions = Cache(WATCHED["CustomResourceDefinition"], cast("Client", Plane()), lambda: None)
    waiting = threading.Thread(
        target=definitions.until_there, args=(DEFINITION["metadata"]["name"], 600.0), daemon=True
    )
    waiting.start()

    definitions.put(DEFINITION)

    waiting.join(30)
    assert not waiting.is_alive()


def test_all_caches_of_a_plane_wait_for_its_definitions_but_theirs() -> None:
    caches = View(cast("Client", Plane()), lambda: None)._caches
    definitions = caches.pop("CustomResourceDefinition")

    assert {found._definitions for found in caches.values()} == {definitions}
    assert definitions._definitions is None
