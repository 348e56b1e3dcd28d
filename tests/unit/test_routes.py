"""A running mesh stays with the way it was installed, and what to do instead is said."""

import asyncio
from typing import Any

import pytest

from components import preflight
from components.access import Access
from components.live import Unreachable
from components.ownership import Inventory
from tests.mesh import OWNER, Memory, access, settings

ISTIOD = {"owner": "helm", "name": "istiod"}


class Holding(Memory):
    """A cluster with objects in one collection."""

    def __init__(self, path: str, *items: dict[str, Any], dead: bool = False) -> None:
        super().__init__()
        self.path, self.items, self.dead = path, items, dead

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        if self.dead:
            raise Unreachable("refused")
        return list(self.items) if path == self.path else []


def controllers(**given: Any) -> Holding:
    path = "/apis/operator.gloo.solo.io/v1/servicemeshcontrollers"
    return Holding(path, {"name": "istio"}, **given)


def releases(*labels: dict[str, str]) -> Holding:
    path = "/api/v1/namespaces/istio-system/secrets"
    return Holding(path, *({"name": "record", "labels": item} for item in labels))


def test_a_release_that_is_gone_is_no_mesh_although_its_records_are_kept() -> None:
    gone = [{**ISTIOD, "status": status} for status in ("superseded", "uninstalled")]

    assert told("operator", releases(*gone)) == []
    assert told("operator", releases(*gone, {**ISTIOD, "status": "deployed"}))


def test_a_cluster_outside_the_mesh_may_have_a_mesh_of_any_kind() -> None:
    plane = {"dedicated": {"name": "plane", "context": "plane"}}
    config = settings(["alpha"], mesh={"install": "helm"}, management=plane)
    found = access(config)
    inventory = Inventory(cluster="plane", owner=OWNER)
    found["plane"] = Access(kubeconfig={}, reader=controllers(), inventory=inventory)

    assert asyncio.run(preflight.problems(config, found, preflight.EARLY)) == []


def told(install: str, reader: Memory) -> list[str]:
    config = settings(["alpha", "beta"], mesh={"install": install})
    found = access(config)
    inventory = Inventory(cluster="alpha", owner=OWNER)
    found["alpha"] = Access(kubeconfig={}, reader=reader, inventory=inventory)
    return asyncio.run(preflight.problems(config, found, preflight.EARLY))


def test_from_the_operator_to_helm_is_refused_with_the_way_to_do_it() -> None:
    (line,) = told("helm", controllers())

    assert line.startswith(
        "AM912 mesh.install: found 'helm', but alpha has ServiceMeshController istio"
    )
    assert "allowed: 'operator'" in line
    assert "fix: write 'operator' again, or take the mesh away first" in line
    assert "(with 'operator': pulumi destroy)" in line


def test_from_helm_to_the_operator_is_refused_with_the_way_to_do_it() -> None:
    (line,) = told("operator", releases({"owner": "helm", "name": "ztunnel"}, ISTIOD))

    assert "found 'operator', but alpha has Helm release istio-system/istiod" in line
    assert "allowed: 'helm'" in line
    assert "(with 'helm': pulumi destroy)" in line


@pytest.mark.parametrize(
    ("install", "reader"),
    [
        ("operator", controllers()),
        ("helm", releases(ISTIOD)),
        ("operator", releases({"owner": "helm", "name": "istiod-other"}, {"name": "istiod"})),
        ("helm", Memory()),
        ("operator", Memory()),
        ("helm", controllers(dead=True)),
    ],
)
def test_a_mesh_that_stays_as_it_is_and_no_mesh_are_well(install: str, reader: Memory) -> None:
    assert told(install, reader) == []
