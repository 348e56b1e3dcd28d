"""A bench that compares must not be able to flatter."""

import dataclasses
import io

import pytest
from rich.console import Console

from bench import critical, growth, scale, workshop
from bench.critical import Step
from bench.row import Row
from localcloud.operator.context import Context
from localcloud.operator.view import View
from localcloud.scenario import Delay, Delays, Scenario, load
from tests.mesh import settings

ROW = Row(what="ours", value=3, unit="s", against="theirs", base=1, limit=2)


def test_the_longest_chain_is_told_with_its_steps() -> None:
    steps = {
        "image": Step(2),
        "mesh": Step(3, ("image",)),
        "address": Step(4, ("mesh",)),
        "pods": Step(8),
    }

    assert critical.longest(steps) == (9, ("image", "mesh", "address"))


def test_the_workshop_waits_for_what_the_graph_waits_for() -> None:
    steps = critical.workshop(
        load(workshop.SCENARIO),
        settings(workshop.NAMES),
        ingress=["cluster1"],
        proxies={"waypoint": ["cluster2"]},
        drills=["details"],
    )
    seconds, chain = critical.longest(steps)

    assert [name.split(" ", 1)[-1] for name in chain[:3]] == [
        "operator",
        "data plane",
        "east-west address",
    ]
    assert chain[-1] == "drill of details"
    assert seconds == pytest.approx(sum(steps[name].seconds for name in chain))
    assert "cluster2 waypoint" in steps


def test_it_waits_for_the_links_that_there_are() -> None:
    spokes = settings(["a", "b", "c"], topology={"shape": "hub-and-spokes", "hubs": ("b",)})

    steps = critical.workshop(Scenario(), spokes, ingress=[], proxies={}, drills=["details"])

    links = {name for name in steps if name.startswith("link ")}
    assert links == {"link a -> b", "link b -> a", "link b -> c", "link c -> b"}
    assert links <= set(steps["drill of details"].after)


def test_delays_are_those_that_the_planes_pick(monkeypatch: pytest.MonkeyPatch) -> None:
    delay = Delay(min=20, max=40)
    scenario = Scenario(seed=7, delays=Delays(load_balancer=delay))
    steps = critical.workshop(scenario, settings(["one"]), ingress=[], proxies={}, drills=[])
    monkeypatch.setattr(View, "__init__", lambda _: None)
    view = View.__new__(View)
    context = Context(plane="one", index=0, view=view, scenario=scenario, now=lambda: 0.0)

    assert not context.passed(delay, "lb", "istio-gateways", "istio-eastwest", uid="any")

    assert context.due == steps["one east-west address"].seconds


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (ROW, False),
        (dataclasses.replace(ROW, limit=3), True),
        (dataclasses.replace(ROW, limit=3, at_least=True), True),
        (dataclasses.replace(ROW, limit=4, at_least=True), False),
    ],
)
def test_a_row_holds_within_its_limit_from_the_side_that_it_names(row: Row, *, holds: bool) -> None:
    assert row.holds is holds
    assert row.cells()[-1] == ("holds" if holds else "MISSED")


def test_what_one_more_cluster_takes_may_not_grow_with_those_that_are_there() -> None:
    few = scale.More(resources=37, joined=90, untouched=10)
    many = scale.More(resources=37, joined=95, untouched=12)

    rows = list(scale._beside(few, many))

    assert [(row.value, row.base) for row in rows] == [(37, 37), (95, 90), (12, 10)]
    assert [row.holds for row in rows] == [True, True, False]


def test_growth_is_told_as_an_exponent_between_the_last_two() -> None:
    costs = [
        growth.Cost(clusters=count, seconds=seconds, resources=10 * count)
        for count, seconds in ((2, 1.0), (5, 2.0), (10, 8.0))
    ]

    lines = io.StringIO()
    Console(file=lines, width=120).print(growth.table("t", costs))

    assert lines.getvalue().splitlines()[-1].split() == ["grows", "^2.00", "^1.00"]
