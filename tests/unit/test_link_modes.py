"""A Gateway is the graph's or istioctl's: whoever mixes them is told, with the way out."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from components import link_modes, ownership, plan
from components.naming import EAST_WEST_GATEWAY, GATEWAY_NAMESPACE, OWNER_ANNOTATION
from components.ownership import Inventory, Key
from components.settings import Settings
from tests.mesh import OWNER, access, settings

GATEWAY: Key = ("Gateway", GATEWAY_NAMESPACE, EAST_WEST_GATEWAY)
PEER: Key = ("Gateway", GATEWAY_NAMESPACE, "istio-remote-peer-beta")
ISTIOD = {"manager": "istiod", "subresource": "status"}


def written(by: str, owner: str = "") -> dict[str, Any]:
    annotations = {"annotations": {OWNER_ANNOTATION: owner}} if owner else {}
    return {"managedFields": [{"manager": by}, ISTIOD], **annotations}


def inventory(meta: dict[str, Any], key: Key = GATEWAY) -> Inventory:
    return Inventory(cluster="alpha", owner=OWNER, found={key: meta})


def config(mode: str) -> Settings:
    return settings(["alpha", "beta"], links={"mode": mode})


def test_in_istioctl_mode_its_gateways_are_looked_at_and_not_planned() -> None:
    found = config("istioctl")

    assert {GATEWAY, PEER} <= plan.looked_at(found, "alpha")
    assert not {GATEWAY, PEER} & plan.objects(found, "alpha")
    assert {GATEWAY, PEER} <= plan.objects(config("declarative"), "alpha")


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        (written("pulumi-kubernetes", OWNER), "was made with links.mode: declarative"),
        (written("x", "organization/ambientmesh/other"), "belongs to stack organization/"),
        (written("kubectl"), "was not made by istioctl"),
        ({}, "was not made by istioctl"),
    ],
)
def test_istioctl_does_not_write_to_what_it_did_not_make(meta: dict[str, Any], said: str) -> None:
    [line] = link_modes.conflicts(inventory(meta), [GATEWAY, PEER])

    assert line.startswith("alpha: Gateway istio-gateways/istio-eastwest exists and ")
    assert said in line
    assert "; allowed: " in line
    assert "; fix: " in line


def test_istioctl_writes_again_to_what_it_made() -> None:
    assert link_modes.conflicts(inventory(written("istioctl")), [GATEWAY, PEER]) == []


def test_who_only_wrote_a_status_did_not_make_the_object() -> None:
    assert ownership.managers({"managedFields": [ISTIOD]}) == set()


def test_the_graph_does_not_write_to_what_istioctl_made_and_says_how_to_switch() -> None:
    [line] = ownership.conflicts(inventory(written("istioctl"), PEER), [GATEWAY, PEER])

    assert "Gateway istio-gateways/istio-remote-peer-beta exists and was made by istioctl" in line
    assert "set links.mode: istioctl, run pulumi destroy --target" in line


def test_another_stacks_gateway_is_that_stacks_whoever_wrote_it() -> None:
    found = inventory(written("istioctl", "organization/ambientmesh/other"))

    [line] = ownership.conflicts(found, [GATEWAY])

    assert "belongs to stack organization/ambientmesh/other" in line


def test_the_check_looks_at_every_cluster_of_the_mesh_and_only_in_its_mode() -> None:
    def told(mode: str) -> list[str]:
        found = access(config(mode))
        found["beta"] = replace(
            found["beta"],
            inventory=Inventory(cluster="beta", owner=OWNER, found={GATEWAY: written("kubectl")}),
        )
        return asyncio.run(link_modes.check_modes(config(mode), found))

    assert [line.partition(":")[0] for line in told("istioctl")] == ["beta"]
    assert told("declarative") == []
