"""A namespace that leaves the stack while somebody else has something in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.result import Result
from tests.integration.rig import Rig, changed
from tests.policies.test_engine import findings

pytestmark = [pytest.mark.engine, pytest.mark.planes]

PRICES = "/api/v1/namespaces/shop/configmaps"


def configure(rig: Rig, namespaces: list[dict[str, Any]], level: str = "mandatory") -> None:
    rig.configure(
        ["cluster1"],
        namespaces=namespaces,
        bookinfo={"enabled": False},
        policies={"levels": {"no-foreign-loss": level}},
    )


@dataclass
class Story:
    """What each chapter printed and left behind."""

    up: Result
    preview: Result
    refused: Result
    kept: dict[str, Any] | None
    advised: Result
    emptied: Result


@pytest.fixture(scope="module")
def story(rig: Rig) -> Iterator[Story]:
    rig.stack.policies = True
    api = rig.api("cluster1")
    configure(rig, [{"name": "shop", "create": True}])
    up = rig.run("up")
    api.create(PRICES, {"metadata": {"name": "prices"}, "data": {"bread": "2"}})
    configure(rig, [])
    preview = rig.fails("preview")
    # It skips the preview that would have stopped it.
    refused = rig.fails("up")
    kept = api.find(f"{PRICES}/prices")
    configure(rig, [], "advisory")
    advised = rig.run("preview")
    configure(rig, [])
    api.delete(f"{PRICES}/prices")
    yield Story(up, preview, refused, kept, advised, emptied=rig.run("up"))
    rig.stack.policies = False


def told(result: Result) -> list[str]:
    return [finding["message"] for finding in findings(result)]


def test_a_plan_that_takes_it_away_fails_and_names_it(story: Story) -> None:
    assert told(story.up) == []
    [message] = told(story.preview)
    assert message.startswith("Namespace shop of cluster1 would go, and with it ConfigMap prices.")


def test_nothing_is_deleted_also_where_nobody_previews(story: Story) -> None:
    assert story.kept is not None
    assert "delete" not in changed(story.refused).values()


def test_an_advice_lets_it_go(story: Story) -> None:
    assert told(story.advised) == told(story.preview)


def test_an_empty_one_goes(story: Story) -> None:
    assert told(story.emptied) == []
    assert "delete" in changed(story.emptied).values()
