"""The first preview of a stack: no cluster answers, or none exists, and nothing is left out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from localcloud.result import Result
from localcloud.world import World
from tests.engine import STACK
from tests.integration.reported import assert_alike, recorded, told
from tests.integration.rig import CHART, SHORT_WAITS, Rig, make_stack
from tests.mesh import build, everything

pytestmark = [pytest.mark.engine]

NAMES: Final = ("cluster1", "cluster2")
EVERYTHING: Final[dict[str, Any]] = {
    "charts": {"glooOperator": CHART, "glooPlatform": "localcloud/charts/gloo-platform"},
    "timeouts": SHORT_WAITS,
    "namespaces": [
        {
            "name": "bookinfo",
            "waypoint": "auto",
            "services": [{"name": "productpage", "scope": "global"}],
        },
        {"name": "shop", "create": True, "scope": "global", "waypoint": "shop-waypoint"},
    ],
    "bookinfo": {"reviewsRoute": True},
    "ingress": {},
    "egress": {"hosts": [{"host": "httpbin.org", "allow": ["bookinfo-ratings"]}]},
    "management": {"cluster": "cluster1"},
}
CONTEXTS: Final = [{"name": name, "context": name} for name in NAMES]
CLOSED: Final = "https://127.0.0.1:9"
"""Nobody listens at the port of the discard service."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give the story a world without planes, and a cloud without resources."""
    home: Path = tmp_path_factory.mktemp("first")
    with World(tmp_path_factory.mktemp("world"), planes=()) as world:
        stack = make_stack("test", home)
        stack.world, stack.gcp = world.directory, home / "gcp"
        yield Rig(world=world, stack=stack)


def configure(rig: Rig, clusters: list[dict[str, Any]], **more: Any) -> None:
    values = {**EVERYTHING, **more, "clusters": clusters}
    rig.stack.configure({f"ambientmesh:{key}": value for key, value in values.items()})


def silence(rig: Rig, **more: Any) -> None:
    """Configure clusters that are named but do not answer."""
    path = rig.stack.home / "kubeconfig"
    content = {
        "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in NAMES],
        "clusters": [{"name": n, "cluster": {"server": CLOSED}} for n in NAMES],
        "users": [{"name": n, "user": {"token": "none"}} for n in NAMES],
    }
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    configure(rig, [context | {"kubeconfig": str(path)} for context in CONTEXTS], **more)


def preview(rig: Rig, **more: Any) -> Result:
    """Return a preview of clusters that are named but do not answer."""
    silence(rig, **more)
    return rig.run("preview")


@pytest.fixture(scope="module")
def previewed(rig: Rig) -> Result:
    """Return what is to be in clusters that do not answer."""
    return preview(rig)


@pytest.fixture(scope="module")
def silent(previewed: Result) -> dict[str, str]:
    """Return what is planned in clusters that are named but do not answer."""
    return by_name(previewed)


@pytest.fixture(scope="module")
def absent(rig: Rig) -> dict[str, str]:
    """Return what a preview plans in clusters that it would make."""
    place = {"project": "localcloud-first", "location": "europe-west4"}
    configure(rig, [{"name": n, "gke": place} for n in NAMES])
    return by_name(rig.run("preview"))


def by_name(result: Result) -> dict[str, str]:
    return {urn.rsplit("::", 1)[1]: op for urn, op in result.operations.items()}


def test_in_clusters_that_do_not_answer_everything_is_planned(silent: dict[str, str]) -> None:
    registered = build(
        everything(**EVERYTHING, clusters=CONTEXTS, vms=None, drills=None), license_key=None
    ).seen

    assert set(silent.values()) == {"create"}
    assert silent.keys() - {STACK} == registered.keys() - {STACK}


def test_in_clusters_that_do_not_exist_the_same_is_planned_and_they_are(
    silent: dict[str, str], absent: dict[str, str]
) -> None:
    assert silent.items() <= absent.items()
    more = absent.keys() - silent.keys()
    assert {f"{name}-gke-cluster" for name in NAMES} <= more
    others = {name for name in more if not name.startswith("gcp-") and "-gke" not in name}
    # Critical pods need one on GKE.
    assert others == {f"{name}-mesh-quota" for name in NAMES}


def test_a_comment_counts_all_that_is_planned_and_warns_as_the_preview_did(
    previewed: Result, silent: dict[str, str], tmp_path: Path
) -> None:
    found = told(previewed, tmp_path)

    assert found.code == 0
    assert found.headline == "🟢 **A new mesh of 2 clusters with 2 links: nothing of it runs yet."
    assert f"| **together** | **{len(silent) - 1}** |" in found.comment
    assert "**2 links added:** `cluster1` ⇄ `cluster2`" in found.comment
    said = found.comment.replace("\\", "")
    for name in NAMES:
        (line,) = (line for line in said.splitlines() if line.startswith(f"- {name} does not"))
        assert "port=9" in line
        assert line.endswith("what is in it is unknown, and `up` would refuse to begin")


def test_a_comment_tells_that_pods_which_are_there_join_a_new_mesh(
    rig: Rig, tmp_path: Path
) -> None:
    adopted = {"name": "legacy", "clusters": ["cluster1"]}
    found = told(preview(rig, namespaces=[*EVERYTHING["namespaces"], adopted]), tmp_path)

    assert found.headline == (
        "🟡 **A new mesh of 2 clusters with 2 links: a namespace that is there joins with all its"
        " pods."
    )


def test_the_json_of_a_preview_tells_what_its_events_tell(rig: Rig, tmp_path: Path) -> None:
    silence(rig)

    assert_alike(*recorded(rig.stack, tmp_path))


def test_nothing_was_made(rig: Rig, absent: dict[str, str]) -> None:
    assert absent
    assert World.attach(rig.world.directory).planes == {}
    assert not [*rig.stack.gcp.rglob("*.json")]
