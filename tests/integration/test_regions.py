"""Two stacks, each with the clusters of a region, joined both ways by what they publish.

The story runs once: east before there is a west, both joined, an address that moves, a state that
cannot be read, west destroyed while somebody watches east. Every test asks it one question.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.result import Result
from localcloud.world import World
from tests.integration.rig import Rig, changed, make_stack
from tests.roots import make_root

pytestmark = [pytest.mark.engine, pytest.mark.planes]

EAST, WEST = ("cluster1", "cluster2"), ("cluster3", "cluster4")
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-gateways/gateways"
ROOT, KEY = make_root()
OTHER_ROOT, OTHER_KEY = make_root()
TO_WEST = {f"{a}-to-{b}" for a in EAST for b in WEST}
TO_EAST = {f"{b}-to-{a}" for a in EAST for b in WEST}


@dataclass(kw_only=True)
class Region:
    """A stack, and what its file says of the other one."""

    rig: Rig
    names: tuple[str, ...]
    other: str
    theirs: tuple[str, ...]

    def configure(self, root: str = ROOT, key: str = KEY, **values: Any) -> None:
        remote = {"stack": self.other, "clusters": [{"name": name} for name in self.theirs]}
        given = {
            "trust": {"rootCertificate": root},
            "remotes": [remote],
            "bookinfo": {"enabled": False},
        }
        self.rig.configure(self.names, **(given | values))
        self.rig.stack.set_secret("ambientmesh:rootKey", key)

    @property
    def links(self) -> dict[str, str]:
        found: dict[str, str] = self.rig.stack.outputs()["links"]
        return found


@dataclass(kw_only=True)
class Watch:
    """What somebody saw of the links of one region while another was destroyed."""

    looks: int = 0
    broken: list[str] = field(default_factory=list)


def _connected(gateway: dict[str, Any]) -> bool:
    found = {c["type"]: c["status"] for c in gateway.get("status", {}).get("conditions") or []}
    return found.get("gloo.solo.io/PeerConnected") == "True"


@contextmanager
def watched(region: Region) -> Iterator[Watch]:
    """Look at the links within a region, again and again, until the block ends."""
    seen, over = Watch(), threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            for name in region.names:
                for target in set(region.names) - {name}:
                    path = f"{GATEWAYS}/istio-remote-peer-{target}"
                    if not _connected(region.rig.api(name).get(path)):
                        seen.broken.append(f"{name}-to-{target}")
            seen.looks += 1

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


@dataclass
class Story:
    """What each chapter printed, did and left behind."""

    alone_preview: Result
    alone: Result
    alone_links: dict[str, str]
    west_up: Result
    west_links: dict[str, str]
    joined: Result
    joined_links: dict[str, str]
    unchanged: Result
    verified: str
    published: dict[str, Any]
    moved: Result
    followed: Result
    followed_links: dict[str, str]
    unreadable: Result
    unseen: Result
    silent: Result
    refused: Result
    watch: Watch
    between: str
    between_code: int
    west_destroyed: Result
    apart_preview: Result
    apart: Result
    apart_links: dict[str, str]
    apart_verified: str
    apart_code: int
    other_root: Result
    skewed: Result
    states: str


@pytest.fixture(scope="module")
def regions(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Region, ...]]:
    """Two stacks on one backend; the fourth plane is there for this module only."""
    home = tmp_path_factory.mktemp("regions")
    world.add("cluster4")
    stacks = {name: Rig(world=world, stack=make_stack(name, home)) for name in ("east", "west")}
    # Until its first run there is no west, also not an empty one.
    stacks["west"].stack.state_file.unlink()
    try:
        yield (
            Region(rig=stacks["east"], names=EAST, other="west", theirs=WEST),
            Region(
                rig=stacks["west"],
                names=WEST,
                other="organization/ambientmesh/east",
                theirs=EAST,
            ),
        )
    finally:
        for rig in stacks.values():
            if rig.stack.config_file.exists():
                rig.stack.run("destroy")
        world.remove("cluster4")


@pytest.fixture(scope="module")
def story(regions: tuple[Region, Region]) -> Story:
    east, west = regions
    east.configure()
    alone_preview = east.rig.run("preview")
    alone = east.rig.run("up")
    alone_links = east.links
    west.rig.stack.init()
    west.configure()
    west_up = west.rig.run("up")
    west_links = west.links
    joined = east.rig.run("up")
    joined_links = east.links
    unchanged = east.rig.run("up")
    verified = east.rig.verify().stdout
    published = west.rig.stack.outputs()
    moved = _move(west, "cluster3")
    followed = east.rig.run("up")
    followed_links = east.links
    unreadable, unseen, silent = _tampered(east, west)
    east.configure(root=OTHER_ROOT, key=OTHER_KEY)
    refused = east.rig.fails("up")
    east.configure()
    with watched(east) as watch:
        west_destroyed = west.rig.run("destroy")
        between = east.rig.verify()
        apart_preview = east.rig.run("preview")
        apart = east.rig.run("up")
    apart_links = east.links
    apart_verified = east.rig.verify()
    west.configure(root=OTHER_ROOT, key=OTHER_KEY)
    other_root = west.rig.fails("up")
    west.configure(meshVersion="1.26.2")
    skewed = west.rig.fails("preview")
    states = "".join(rig.rig.stack.state_file.read_text("utf-8") for rig in regions)
    return Story(
        alone_preview=alone_preview,
        alone=alone,
        alone_links=alone_links,
        west_up=west_up,
        west_links=west_links,
        joined=joined,
        joined_links=joined_links,
        unchanged=unchanged,
        verified=verified,
        published=published,
        moved=moved,
        followed=followed,
        followed_links=followed_links,
        unreadable=unreadable,
        unseen=unseen,
        silent=silent,
        refused=refused,
        watch=watch,
        between=between.stdout,
        between_code=between.returncode,
        west_destroyed=west_destroyed,
        apart_preview=apart_preview,
        apart=apart,
        apart_links=apart_links,
        apart_verified=apart_verified.stdout,
        apart_code=apart_verified.returncode,
        other_root=other_root,
        skewed=skewed,
        states=states,
    )


def _move(region: Region, plane: str) -> Result:
    """Give the load balancers of a plane another address, and bring its region up to date."""
    scenario = region.rig.world.directory / "scenario.yaml"
    before = _address(region, plane)
    scenario.write_text(yaml.safe_dump({"faults": {plane: {"loadBalancer": "move"}}}))
    until_moved = threading.Event()
    while _address(region, plane) == before:
        until_moved.wait(0.2)
    return region.rig.run("up")


def _address(region: Region, plane: str) -> str:
    found = region.rig.api(plane).get(f"{GATEWAYS}/istio-eastwest")
    return str(found["status"]["addresses"][0]["value"])


def _tampered(east: Region, west: Region) -> tuple[Result, Result, Result]:
    """Return what east says of a west that is broken, not to be seen, and that says nothing."""
    file: Path = west.rig.stack.state_file
    content = file.read_text("utf-8")
    try:
        file.write_text(content[: len(content) // 2])
        unreadable = east.rig.fails("up")
        file.unlink()
        unseen = east.rig.fails("up")
        state = json.loads(content)
        state["checkpoint"]["latest"]["resources"] = []
        file.write_text(json.dumps(state))
        silent = east.rig.fails("up")
    finally:
        file.write_text(content)
    return unreadable, unseen, silent


def peers(result: Result, op: str) -> set[str]:
    """Return the links whose Gateways a run has created, updated or deleted."""
    found = {name for name, done in changed(result).items() if done == op}
    return {
        name.removesuffix("-peering-gateway") for name in found if name.endswith("-peering-gateway")
    }


def test_a_region_comes_up_before_the_other_and_says_what_it_waits_for(story: Story) -> None:
    waiting = {name: state for name, state in story.alone_links.items() if name in TO_WEST}

    assert waiting == dict.fromkeys(TO_WEST, "waiting: there is no stack west")
    assert {story.alone_links[name] for name in ("cluster1-to-cluster2", "cluster2-to-cluster1")}
    for result in (story.alone_preview, story.alone):
        assert "no link from cluster1 to cluster3 yet: waiting: there is no" in result.output
    assert peers(story.alone, "create") == {"cluster1-to-cluster2", "cluster2-to-cluster1"}


def test_each_region_links_to_the_other_by_its_own_up(story: Story) -> None:
    assert peers(story.west_up, "create") >= TO_EAST
    assert peers(story.joined, "create") == TO_WEST
    for links, expected in ((story.west_links, TO_EAST), (story.joined_links, TO_WEST)):
        assert expected <= set(links)
        assert set(links.values()) == {"connected"}


def test_joining_touches_nothing_but_the_links(story: Story) -> None:
    touched = changed(story.joined)

    assert set(touched.values()) == {"create"}
    assert all("-to-" in name or name == "west-remote" for name in touched), touched
    assert not changed(story.unchanged)


def test_verify_judges_the_links_out_of_the_stack(story: Story) -> None:
    assert "ok   cluster1 -> cluster3" in story.verified
    assert "6 of 6 links are connected" in story.verified


def test_what_is_published_is_what_others_need_and_holds_no_secret(story: Story) -> None:
    assert story.published["contract"] == 1
    assert set(story.published["clusters"]) == set(WEST)
    for facts in story.published["clusters"].values():
        assert {"eastWestAddress", "network", "trustDomain", "rootFingerprint", "meshVersion"} <= (
            set(facts)
        )
    assert "secret" not in json.dumps(story.published)


def test_an_address_that_moved_is_followed(story: Story) -> None:
    assert story.moved.code == 0
    assert changed(story.followed) == {
        "cluster1-to-cluster3-peering-gateway": "update",
        "cluster2-to-cluster3-peering-gateway": "update",
    }
    assert set(story.followed_links.values()) == {"connected"}


@pytest.mark.parametrize(
    ("chapter", "code", "words"),
    [
        ("unreadable", "AM521", "which cannot be read"),
        ("unseen", "AM522", "found no stack west in this backend, but cluster1 has a link"),
        ("silent", "AM523", "publishes no cluster3, but cluster1 has a link"),
        ("refused", "AM504", "the root that it has"),
        ("other_root", "AM533", "its stack publishes of cluster1 the root"),
        ("skewed", "AM534", "found mesh version '1.28.3-patch0' there and '1.26.2' here"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_touched(
    story: Story, chapter: str, code: str, words: str
) -> None:
    result: Result = getattr(story, chapter)

    assert code in result.output, result.output
    assert words in result.output
    assert "nothing was touched" in result.output
    assert "Traceback" not in result.output
    assert set(changed(result)) <= {"ambientmesh-west"}, "the stack itself"


def test_a_region_is_destroyed_and_the_other_does_not_notice(story: Story) -> None:
    assert story.watch.looks > 20
    assert not story.watch.broken


def test_verify_says_so_in_between(story: Story) -> None:
    assert story.between_code == 1
    assert "ok   cluster1 -> cluster2" in story.between
    assert "FAIL cluster1 -> cluster3" in story.between


def test_the_next_up_takes_its_links_away_and_is_green(story: Story) -> None:
    assert peers(story.apart_preview, "delete") == TO_WEST
    assert peers(story.apart, "delete") == TO_WEST
    left = {name for name, op in changed(story.apart).items() if op == "delete"}
    assert all("-to-" in name or name == "west-remote" for name in left), left
    assert set(changed(story.apart).values()) == {"delete", "discard"}
    assert {story.apart_links[name] for name in TO_WEST} == {
        "waiting: stack west publishes nothing"
    }
    assert story.apart_code == 0, story.apart_verified
    assert "wait cluster1 -> cluster3: waiting: stack west" in story.apart_verified
    assert "2 of 2 links are connected" in story.apart_verified


def test_no_private_key_is_readable_in_the_states(story: Story) -> None:
    assert "PRIVATE KEY" not in story.states
    assert KEY.splitlines()[1] not in story.states
    assert "ambientmesh.dev/root" in story.states
