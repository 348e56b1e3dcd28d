"""GKE clusters from nothing to a mesh, to three, and back to nothing, by the real engine.

Google Cloud is simulated: no plane runs before the first `up`, and none after `destroy`. What is
configured is the stack that `make up STACK=gke-local` takes.
"""

import copy
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud import session
from localcloud.result import Result
from localcloud.world import World
from tests.integration.rig import LICENSE, SHORT_WAITS, Rig, changed, in_the_cloud

pytestmark = [pytest.mark.engine, pytest.mark.planes]

THIRD = {"name": "asia", "gke": {"location": "asia-southeast1-b"}}


@dataclass
class Story:
    """What each chapter printed, did and left behind."""

    first_preview: Result
    planes_of_preview: list[str]
    first_up: Result
    outputs: dict[str, Any]
    planes: list[str]
    second_up: Result
    refresh: Result
    verified: "subprocess.CompletedProcess[str]"
    before_growth: dict[str, Any]
    grow_preview: Result
    grown: Result
    grown_outputs: dict[str, Any]
    after_growth: dict[str, Any]
    keys: list[str]
    shrunk: Result
    planes_when_shrunk: list[str]
    written: str
    destroyed: Result
    planes_left: list[str]
    folders_left: list[str]
    resources_left: list[str]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give the story a world without planes and a cloud without resources."""
    with in_the_cloud(tmp_path_factory.mktemp("gke")) as rig:
        yield rig


def configure(rig: Rig, *more: dict[str, Any]) -> None:
    """Write the configuration of the committed stack, with more clusters in front."""
    values = copy.deepcopy(session.values(session.stack_file("gke-local")))
    values["ambientmesh:clusters"][:0] = more
    values["ambientmesh:timeouts"] = SHORT_WAITS
    rig.stack.configure(values)
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)


def planes(rig: Rig) -> list[str]:
    return sorted(World.attach(rig.world.directory).planes)


def processes(rig: Rig) -> dict[str, Any]:
    return {name: rig.world.status()["processes"][name] for name in ("eu", "us")}


def key_lines(rig: Rig) -> list[str]:
    """Return the middle of the key that opens each plane."""
    found = []
    for path in rig.world.directory.glob("planes/*/pki/admin.key"):
        lines = path.read_text(encoding="utf-8").splitlines()
        found.append(lines[len(lines) // 2])
    return found


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    configure(rig)
    first_preview = rig.run("preview")
    planes_of_preview = planes(rig)
    first_up = rig.run("up")
    outputs = rig.stack.outputs()
    planes_of_up = planes(rig)
    second_up = rig.run("up")
    refresh = rig.run("refresh")
    verified = rig.verify("--format", "json")
    before_growth = processes(rig)
    configure(rig, THIRD)
    grow_preview = rig.run("preview")
    grown = rig.run("up")
    grown_outputs = rig.stack.outputs()
    after_growth, keys = processes(rig), key_lines(rig)
    configure(rig)
    shrunk = rig.run("up")
    planes_when_shrunk = planes(rig)
    written = "".join(
        path.read_text("utf-8", errors="replace")
        for path in rig.stack.home.rglob("*")
        if path.is_file() and path.name != "passphrase"
    )
    destroyed = rig.run("destroy")
    return Story(
        first_preview=first_preview,
        planes_of_preview=planes_of_preview,
        first_up=first_up,
        outputs=outputs,
        planes=planes_of_up,
        second_up=second_up,
        refresh=refresh,
        verified=verified,
        before_growth=before_growth,
        grow_preview=grow_preview,
        grown=grown,
        grown_outputs=grown_outputs,
        after_growth=after_growth,
        keys=keys,
        shrunk=shrunk,
        planes_when_shrunk=planes_when_shrunk,
        written=written,
        destroyed=destroyed,
        planes_left=planes(rig),
        folders_left=[path.name for path in (rig.world.directory / "planes").glob("*")],
        resources_left=[str(path) for path in rig.stack.gcp.rglob("*.json")],
    )


def test_the_first_preview_is_the_up(story: Story) -> None:
    assert story.first_preview.operations == story.first_up.operations
    assert story.planes_of_preview == [], "a preview makes nothing"
    assert len(story.first_up.operations) > 100


def test_up_makes_the_clusters_and_links_them(story: Story) -> None:
    assert story.planes == ["eu", "us"]
    assert story.outputs["links"] == {"eu-to-us": "connected", "us-to-eu": "connected"}


def test_what_has_not_changed_is_not_changed(story: Story) -> None:
    for result in (story.second_up, story.refresh):
        assert changed(result) == {}, result.output


def test_verify_finds_both_links_green(story: Story) -> None:
    assert story.verified.returncode == 0, story.verified.stderr
    assert [link["green"] for link in json.loads(story.verified.stdout)["links"]] == [True, True]


def test_a_third_cluster_touches_nothing_but_its_own_and_its_links(story: Story) -> None:
    names = changed(story.grown)

    assert names
    assert all("asia" in name for name in names), names
    assert set(names.values()) == {"create"}
    assert names == changed(story.grow_preview)
    assert set(story.grown_outputs["links"].values()) == {"connected"}
    assert len(story.grown_outputs["links"]) == 6
    assert story.after_growth == story.before_growth, "planes that run go on"


def test_a_cluster_that_leaves_takes_only_its_own_and_its_links_along(story: Story) -> None:
    assert set(changed(story.shrunk)) == set(changed(story.grown))
    assert set(changed(story.shrunk).values()) == {"delete"}
    assert story.planes_when_shrunk == ["eu", "us"]


def test_destroy_leaves_no_plane_and_nothing_in_the_cloud(story: Story) -> None:
    assert story.planes_left == []
    assert story.folders_left == []
    assert story.resources_left == []


def test_no_credential_is_in_anything_that_was_written_or_printed(story: Story) -> None:
    printed = "".join(
        value.output + json.dumps(value.events)
        for value in vars(story).values()
        if isinstance(value, Result)
    )

    assert len(story.keys) == 3
    for key in [*story.keys, LICENSE, "PRIVATE KEY-----"]:
        assert key not in story.written
        assert key not in printed
