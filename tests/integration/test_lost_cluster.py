"""A GKE cluster that somebody deleted behind the stack's back: made anew, or let go of.

Google Cloud is simulated; what happens to the other cluster is that nothing does.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.result import Result
from localcloud.world import World
from tests.integration.rig import CHART, SHORT_WAITS, Rig, changed, in_the_cloud

pytestmark = [pytest.mark.engine, pytest.mark.planes, pytest.mark.nightly]

PLACE = {"project": "localcloud-lost", "location": "europe-west4"}
FORGET = {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}


@dataclass
class Story:
    """What each chapter printed, did and left behind."""

    planned: Result
    made: Result
    verified: "subprocess.CompletedProcess[str]"
    refused: Result
    forgotten: Result
    made_anew: Result
    unchanged: Result
    outputs: dict[str, Any]
    processes_before: Any
    processes_after: Any
    let_go: Result
    destroyed: Result
    planes_left: list[str]
    resources_left: list[str]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give the story a world without planes and a cloud without resources."""
    with in_the_cloud(tmp_path_factory.mktemp("lost")) as rig:
        yield rig


def configure(rig: Rig, *names: str) -> None:
    values = {
        "charts": {"glooOperator": CHART},
        "timeouts": SHORT_WAITS,
        "clusters": [{"name": name, "gke": PLACE} for name in names],
    }
    rig.stack.configure({f"ambientmesh:{key}": value for key, value in values.items()})


def lose(rig: Rig, name: str) -> None:
    """Delete a cluster as a person with a browser would."""
    for path in [*rig.stack.gcp.rglob(f"clusters/{name}.json"),
                 *rig.stack.gcp.rglob(f"clusters/{name}/nodePools/*.json")]:  # fmt: skip
        path.unlink()
    World(rig.world.directory, ()).remove(name)


@contextmanager
def forgetting(rig: Rig) -> Iterator[None]:
    """Let objects of clusters that do not answer be forgotten."""
    before = rig.stack.environment
    rig.stack.environment = {**before, **FORGET}
    try:
        yield
    finally:
        rig.stack.environment = before


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    configure(rig, "eu", "us")
    planned = rig.run("preview")
    made = rig.run("up")
    verified = rig.verify()
    before = rig.world.status()["processes"]["eu"]
    lose(rig, "us")
    refused = rig.fails("up")
    with forgetting(rig):
        forgotten = rig.run("refresh")
    made_anew = rig.run("up")
    unchanged = rig.run("up")
    outputs = rig.stack.outputs()
    lose(rig, "us")
    configure(rig, "eu")
    with forgetting(rig):
        rig.run("refresh")
    let_go = rig.run("up")
    after = rig.world.status()["processes"]["eu"]
    return Story(
        planned=planned,
        made=made,
        verified=verified,
        refused=refused,
        forgotten=forgotten,
        made_anew=made_anew,
        unchanged=unchanged,
        outputs=outputs,
        processes_before=before,
        processes_after=after,
        let_go=let_go,
        destroyed=rig.run("destroy"),
        planes_left=sorted(World.attach(rig.world.directory).planes),
        resources_left=[str(path) for path in rig.stack.gcp.rglob("*.json")],
    )


def test_the_first_preview_is_the_up(story: Story) -> None:
    assert story.planned.operations == story.made.operations


def test_the_links_of_clusters_that_were_made_are_asked(story: Story) -> None:
    assert story.verified.returncode == 0, story.verified.stderr
    assert "2 of 2 links are connected" in story.verified.stdout


def test_up_refuses_and_says_the_way_out(story: Story) -> None:
    assert "nothing was touched" in story.refused.output
    assert "us does not answer: " in story.refused.output
    assert "PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh" in story.refused.output
    assert changed(story.refused) == {}


def test_once_it_is_forgotten_the_cluster_and_what_was_in_it_are_made_anew(story: Story) -> None:
    made = {name: op for name, op in changed(story.made_anew).items() if op == "create"}

    assert {"us-gke-cluster", "us-eastwest-gateway", "us-to-eu-peering-gateway"} <= made.keys()
    assert story.outputs["links"] == {"eu-to-us": "connected", "us-to-eu": "connected"}
    assert changed(story.unchanged) == {}, story.unchanged.output


def test_of_the_other_cluster_only_the_link_to_the_new_one_changes(story: Story) -> None:
    others = {n: op for n, op in changed(story.made_anew).items() if not n.startswith("us-")}

    assert others == {"eu-to-us-peering-gateway": "update"}
    assert story.processes_before == story.processes_after


def test_a_lost_cluster_that_is_taken_out_goes_with_its_links_alone(story: Story) -> None:
    gone = changed(story.let_go)

    assert "us-gke-network-subnetwork" in gone
    assert "eu-to-us-peering-gateway" in gone
    others = {n: op for n, op in gone.items() if op != "delete" or "us" not in n.split("-")}
    assert others == {}


def test_destroy_leaves_nothing(story: Story) -> None:
    assert story.destroyed.code == 0
    assert story.planes_left == []
    assert story.resources_left == []
