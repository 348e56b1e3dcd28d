"""A mesh that changes its shape: hub and spokes, a full mesh, one way, and nothing.

Two of the three clusters share a network. The story runs once; every test asks it one question.
"""

import re
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.result import Result
from tests.integration.rig import Rig, changed
from tests.integration.test_life import REMAINS

pytestmark = [pytest.mark.engine, pytest.mark.planes]

THREE = ["cluster1", "cluster2", "cluster3"]
FLAT = [{"name": name, "network": "apart" if name == "cluster1" else "flat"} for name in THREE]
HUB = {"shape": "hub-and-spokes", "hubs": ["cluster1"]}
ONE_WAY = {"shape": "none", "links": [{"from": "cluster1", "to": "cluster2"}]}
GLOBAL = [{"name": "shop", "create": True, "scope": "global"}]
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-gateways/gateways"


@dataclass
class Story:
    """What each chapter did and left behind."""

    before: dict[str, set[str]]
    refused: Result
    refused_keys: dict[str, set[str]]
    preview: Result
    outputs: dict[str, Any]
    resources: int
    hub: "subprocess.CompletedProcess[str]"
    peers: dict[str, set[str]]
    second_up: Result
    full: Result
    full_verified: "subprocess.CompletedProcess[str]"
    early: "subprocess.CompletedProcess[str]"
    one_way: Result
    one_way_outputs: dict[str, Any]
    one_way_verified: "subprocess.CompletedProcess[str]"
    one_way_peers: dict[str, set[str]]
    destroy: Result
    after: dict[str, set[str]]


def peers(rig: Rig) -> dict[str, set[str]]:
    """Return the names of every plane's peer Gateways."""
    return {
        plane: {item["metadata"]["name"] for item in rig.api(plane).items(GATEWAYS)}
        - {"istio-eastwest"}
        for plane in THREE
    }


def configure(rig: Rig, **values: Any) -> None:
    rig.configure(FLAT, bookinfo={"enabled": False}, namespaces=GLOBAL, **values)


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    before = rig.keys(THREE)
    configure(rig, topology=HUB, limits={"links": 3})
    refused, refused_keys = rig.fails("up"), rig.keys(THREE)
    configure(rig, topology=HUB)
    preview = rig.run("preview")
    first = rig.run("up")
    outputs, hub, made = rig.stack.outputs(), rig.verify(), peers(rig)
    second_up = rig.run("up")
    configure(rig)
    full, full_verified = rig.run("up"), rig.verify()
    configure(rig, topology=ONE_WAY)
    early = rig.verify()
    one_way = rig.run("up")
    return Story(
        before=before,
        refused=refused,
        refused_keys=refused_keys,
        preview=preview,
        outputs=outputs,
        resources=len(first.operations) - 1,
        hub=hub,
        peers=made,
        second_up=second_up,
        full=full,
        full_verified=full_verified,
        early=early,
        one_way=one_way,
        one_way_outputs=rig.stack.outputs(),
        one_way_verified=rig.verify(),
        one_way_peers=peers(rig),
        destroy=rig.run("destroy"),
        after=rig.keys(THREE),
    )


def left(story: Story, keys: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return what is in etcd that was not there before, and may not be."""
    found = {plane: some - story.before[plane] for plane, some in keys.items()}
    return {
        plane: sorted(k for k in some if not any(re.fullmatch(p, k) for p in REMAINS))
        for plane, some in found.items()
    }


def test_more_links_than_the_limit_are_refused_and_nothing_is_touched(story: Story) -> None:
    assert "AM702 ambientmesh:limits.links: found 4 links; allowed: at most 3" in (
        story.refused.output
    )
    assert "nothing was touched" in story.refused.output
    assert left(story, story.refused_keys) == {plane: [] for plane in THREE}


def test_a_preview_says_how_much_it_is_and_what_is_not_reached(story: Story) -> None:
    said = re.search(
        r"this stack is 3 clusters, 4 directed links, .* (\d+) res", story.preview.output
    )

    assert said is not None, story.preview.output
    assert int(said[1]) == story.resources
    assert "network flat is that of cluster2, cluster3" in story.preview.output
    assert "no link cluster2 -> cluster3, cluster3 -> cluster2: callers" in story.preview.output
    assert "this stack is" not in story.second_up.output


def test_spokes_are_linked_to_the_hub_and_not_to_one_another(story: Story) -> None:
    assert story.outputs["links"] == dict.fromkeys(
        ("cluster1-to-cluster2", "cluster1-to-cluster3", "cluster2-to-cluster1",
         "cluster3-to-cluster1"),
        "connected",
    )  # fmt: skip
    assert story.hub.returncode == 0, story.hub.stdout
    assert "4 of 4 links are connected" in story.hub.stdout


def test_peers_of_one_network_are_called_after_their_clusters(story: Story) -> None:
    assert story.peers == {
        "cluster1": {"istio-remote-peer-cluster2", "istio-remote-peer-cluster3"},
        "cluster2": {"istio-remote-peer-apart"},
        "cluster3": {"istio-remote-peer-apart"},
    }


def test_a_second_up_changes_nothing(story: Story) -> None:
    assert changed(story.second_up) == {}


def test_a_full_mesh_makes_the_two_links_that_lack_and_touches_nothing_else(story: Story) -> None:
    assert changed(story.full) == {
        f"{link}-peering{part}": "create"
        for link in ("cluster2-to-cluster3", "cluster3-to-cluster2")
        for part in ("", "-gateway")
    }
    assert story.full_verified.returncode == 0, story.full_verified.stdout
    assert "6 of 6 links are connected" in story.full_verified.stdout


def test_links_that_are_no_longer_wanted_are_red_until_an_up(story: Story) -> None:
    assert story.early.returncode == 1
    assert "1 of 6 links are connected" in story.early.stdout
    assert "FAIL cluster3 -> cluster2" in story.early.stdout
    assert "the topology has no such link" in story.early.stdout


def test_one_way_is_one_gateway_and_the_rest_goes(story: Story) -> None:
    assert set(changed(story.one_way).values()) == {"delete"}
    assert len(changed(story.one_way)) == 10
    assert story.one_way_outputs["links"] == {"cluster1-to-cluster2": "connected"}
    assert story.one_way_peers == {
        "cluster1": {"istio-remote-peer-cluster2"},
        "cluster2": set(),
        "cluster3": set(),
    }
    assert story.one_way_verified.returncode == 0, story.one_way_verified.stdout
    assert "1 of 1 links are connected" in story.one_way_verified.stdout
    assert "1 of 1 clusters without links are ready" in story.one_way_verified.stdout


def test_destroy_leaves_etcd_as_it_was(story: Story) -> None:
    assert left(story, story.after) == {plane: [] for plane in THREE}
