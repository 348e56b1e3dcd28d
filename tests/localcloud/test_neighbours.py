"""After a run a user reads which other stack is to be run next, and for how many links."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from localcloud import neighbours

CONNECTED = {"east1-to-east2": "connected", "east1-to-west1": "connected"}
NO_STACK = "waiting: there is no stack west"
GONE = "waiting: stack west publishes nothing"


def nobody(stack: str) -> bool:
    """Say that another stack is not up."""
    return not stack


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what writes down the last run of a stack, with links to another one."""
    monkeypatch.setattr(neighbours, "STACKS", tmp_path)

    def write(stack: str, other: str = "", *clusters: str) -> None:
        (tmp_path / stack).mkdir()
        remote = {"stack": other, "clusters": [{"name": name} for name in clusters]}
        content = yaml.safe_dump({"config": {"ambientmesh:remotes": [remote]} if other else {}})
        (tmp_path / stack / f"Pulumi.{stack}.yaml").write_text(content, encoding="utf-8")

    return write


def test_stacks_that_link_here_are_found_by_any_name_of_this_one(
    tmp_path: Path, ran: Callable[..., None]
) -> None:
    ran("local")
    ran("east", "west", "west1")
    ran("north", "organization/ambientmesh/west", "west1")
    ran("south", "organization/other/west", "west1")
    (tmp_path / "begun").mkdir()

    assert neighbours.of("west") == ["east", "north"]


def test_the_first_region_says_what_waits_and_what_to_run(ran: Callable[..., None]) -> None:
    ran("east", "organization/ambientmesh/west", "west1", "west2")
    links = {
        **dict.fromkeys(["east1-to-west1", "east1-to-west2"], NO_STACK),
        "east1-to-east2": "connected",
    }

    assert list(neighbours.after_up("east", links, {}, nobody)) == [
        "links that wait for stack west: 2; make up STACK=west, then make up STACK=east"
    ]
    assert not list(neighbours.after_up("east", CONNECTED, {}, nobody))


def test_a_region_that_came_up_at_the_same_time_is_not_to_be_run_first(
    ran: Callable[..., None],
) -> None:
    ran("east", "west", "west1")
    links = {"east1-to-west1": NO_STACK}

    assert list(neighbours.after_up("east", links, {}, {"west"}.__contains__)) == [
        "links that wait for stack west: 1; make up STACK=east"
    ]


def test_the_second_region_says_who_has_waited_for_it(ran: Callable[..., None]) -> None:
    ran("east", "west", "west1")
    ran("west")
    waits = {"east1-to-west1": NO_STACK, "east1-to-other": "waiting: there is no stack other"}

    assert list(neighbours.after_up("west", {}, {"east": waits}, nobody)) == [
        "links of stack east that waited for this one: 1; make up STACK=east"
    ]
    assert not list(neighbours.after_up("west", {}, {"east": CONNECTED}, nobody))


def test_a_region_that_is_gone_says_whose_links_lead_nowhere(ran: Callable[..., None]) -> None:
    ran("east", "west", "west1")

    assert list(neighbours.after_destroy("west", {"east": CONNECTED})) == [
        "links of stack east that lead nowhere now: 1; make up STACK=east takes them away"
    ]
    assert not list(neighbours.after_destroy("west", {"east": {"east1-to-west1": GONE}}))
    assert not list(neighbours.after_destroy("west", {"east": {}})), "it is gone, too"
