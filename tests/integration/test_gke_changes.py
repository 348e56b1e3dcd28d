"""What may be changed about a GKE cluster, and what is refused, by the real engine.

Google Cloud is simulated. The story runs once; every test asks it one question.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.result import Result
from localcloud.world import World
from tests.integration.rig import CHART, LICENSE, SHORT_WAITS, Rig, changed, in_the_cloud

pytestmark = [pytest.mark.engine, pytest.mark.planes, pytest.mark.nightly]


@dataclass
class Story:
    """What each chapter printed, did and left behind."""

    refused: Result
    refused_preview: Result
    relabelled: Result
    renamed: Result
    planes_when_renamed: list[str]
    destroyed: Result
    resources_left: list[str]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give the story a world without planes and a cloud without resources."""
    with in_the_cloud(tmp_path_factory.mktemp("gke-changes")) as rig:
        yield rig


def configure(rig: Rig, name: str = "eu", **gke: Any) -> None:
    values = {
        "gcp": {"project": "localcloud-changes"},
        "clusters": [{"name": name, "gke": {"location": "europe-west4", **gke}}],
        "bookinfo": {"enabled": False},
        "charts": {"glooOperator": CHART},
        "timeouts": SHORT_WAITS,
    }
    rig.stack.configure({f"ambientmesh:{key}": value for key, value in values.items()})
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    configure(rig)
    rig.run("up")
    configure(rig, cidr="10.1.0.0/17")
    refused_preview, refused = rig.fails("preview"), rig.fails("up")
    configure(rig, labels={"team": "mesh"})
    relabelled = rig.run("up")
    configure(rig, "west", labels={"team": "mesh"})
    renamed = rig.run("up")
    planes = sorted(World.attach(rig.world.directory).planes)
    destroyed = rig.run("destroy")
    return Story(
        refused=refused,
        refused_preview=refused_preview,
        relabelled=relabelled,
        renamed=renamed,
        planes_when_renamed=planes,
        destroyed=destroyed,
        resources_left=[str(path) for path in rig.stack.gcp.rglob("*.json")],
    )


def test_another_block_is_refused_before_anything_is_touched(story: Story) -> None:
    for result in (story.refused_preview, story.refused):
        assert "AM918" in result.output
        assert "clusters[0].gke.cidr: found '10.1.0.0/17'" in result.output
        assert changed(result) == {}


def test_a_label_touches_the_cluster_and_its_nodes(story: Story) -> None:
    assert changed(story.relabelled) == {
        "eu-gke-cluster": "update",
        "eu-gke-pools-default": "update",
    }


def test_another_name_makes_a_cluster_and_deletes_the_old_one_in_order(story: Story) -> None:
    done = changed(story.renamed)

    assert done["west-gke-cluster"] == "create"
    assert done["eu-gke-cluster"] == "delete"
    assert set(done.values()) == {"create", "delete"}
    assert all("west" in name if op == "create" else "eu" in name for name, op in done.items())
    assert story.planes_when_renamed == ["west"]


def test_a_destroy_leaves_nothing_in_the_cloud(story: Story) -> None:
    assert story.resources_left == []
