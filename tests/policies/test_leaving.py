"""Namespaces that a run takes away, and what others have in them."""

import asyncio
from typing import Any, Final

import pytest

from components import leaving
from components.access import Access
from components.live import Unreachable
from components.ownership import Inventory
from components.settings import Settings, parse

OWNER: Final = "organization/ambientmesh/test"
MARK: Final[dict[str, Any]] = {"annotations": {"ambientmesh.dev/owner": OWNER}}
SETTINGS: Final = parse({"clusters": '[{"name": "alpha", "context": "alpha"}]'})


class Memory:
    """Answers lists of metadata from memory, and remembers what was asked."""

    def __init__(self, objects: dict[str, list[dict[str, Any]]] | None = None) -> None:
        self.objects = objects or {}
        self.asked: list[str] = []

    async def get(self, path: str) -> dict[str, Any] | None:
        raise AssertionError(path)

    async def delete(self, path: str) -> None:
        raise AssertionError(path)

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        self.asked.append(path)
        return self.objects.get(path, [])


class Silent(Memory):
    async def metadata(self, path: str) -> list[dict[str, Any]]:
        raise Unreachable(path)


def access(reader: Memory, *namespaces: str) -> Access:
    found = {("Namespace", "", name): {"name": name, **MARK} for name in namespaces}
    return Access(reader=reader, inventory=Inventory(cluster="alpha", owner=OWNER, found=found))


def lost(reader: Memory, *namespaces: str, settings: Settings = SETTINGS) -> dict[str, list[str]]:
    [(_, found)] = asyncio.run(leaving.look(settings, [access(reader, *namespaces)])).items()
    return dict(found.lost)


SHOP: Final[dict[str, list[dict[str, Any]]]] = {
    "/apis/apps/v1/namespaces/shop/deployments": [{"name": "till"}, {"name": "ours", **MARK}],
    "/api/v1/namespaces/shop/configmaps": [{"name": "kube-root-ca.crt"}, {"name": "prices"}],
}


def test_what_others_have_in_a_namespace_that_goes_is_named() -> None:
    assert lost(Memory(SHOP), "shop") == {"shop": ["Deployment till", "ConfigMap prices"]}


def test_of_many_objects_some_are_named_and_all_are_counted() -> None:
    pods: list[dict[str, Any]] = [{"name": f"pod{number}"} for number in range(8)]

    found = lost(Memory({"/api/v1/namespaces/shop/pods": pods}), "shop")["shop"]

    assert found[-2:] == ["Pod pod4", "3 more"]


def test_nobody_is_asked_while_no_namespace_goes() -> None:
    reader = Memory(SHOP)

    assert lost(reader, "istio-system", "bookinfo") == {}
    assert reader.asked == []


def test_a_namespace_of_somebody_else_does_not_go() -> None:
    reader = Memory(SHOP)
    found = Inventory(cluster="alpha", owner=OWNER, found={("Namespace", "", "shop"): {}})

    asyncio.run(leaving.look(SETTINGS, [Access(reader=reader, inventory=found)]))

    assert reader.asked == []


def test_a_cluster_that_falls_silent_says_nothing() -> None:
    assert lost(Silent(), "shop") == {}


@pytest.mark.parametrize(
    ("meta", "foreign"),
    [
        ({"name": "x"}, True),
        ({"name": "x", **MARK}, False),
        ({"name": "x", "annotations": {"ambientmesh.dev/owner": "organization/other/x"}}, True),
        ({"name": "x", "ownerReferences": [{"kind": "Gateway"}]}, False),
        ({"name": "x", "deletionTimestamp": "2026-01-01T00:00:00Z"}, False),
        ({"name": "x", "annotations": {"meta.helm.sh/release-name": "gloo-operator"}}, False),
        ({"name": "x", "annotations": {"meta.helm.sh/release-name": "theirs"}}, True),
        ({"name": "x", "labels": {"owner": "helm", "name": "gloo-platform"}}, False),
        ({"name": "x", "labels": {"owner": "helm", "name": "theirs"}}, True),
        ({"name": "istio-ca-root-cert"}, False),
        ({"name": "t", "annotations": {"kubernetes.io/service-account.name": "a"}}, False),
    ],
)
def test_whose_an_object_is(meta: dict[str, Any], *, foreign: bool) -> None:
    assert leaving.is_foreign(meta, OWNER) == foreign


def test_where_controllers_keep_their_own_data_is_not_judged() -> None:
    reader = Memory({"/api/v1/namespaces/gloo-mesh/secrets": [{"name": "relay"}]})

    assert lost(reader, "gloo-mesh") == {}
