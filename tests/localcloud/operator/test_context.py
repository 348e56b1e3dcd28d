"""Delays: when they begin, how long they are, and when to look again."""

import math
from typing import cast

import pytest

from localcloud.operator.context import Context
from localcloud.operator.view import View
from localcloud.scenario import Delay, Scenario


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


def context(clock: Clock, plane: str = "one", seed: int = 0) -> Context:
    scenario = Scenario(seed=seed)
    return Context(plane=plane, index=0, view=cast("View", None), scenario=scenario, now=clock)


def length(context: Context, delay: Delay, *key: str, uid: str = "") -> float:
    context.due = math.inf
    assert not context.passed(delay, *key, uid=uid)
    return context.due


FIVE = Delay(min=5, max=5)
VAGUE = Delay(min=1, max=1000)


def test_a_delay_begins_when_it_is_first_asked_for(clock: Clock) -> None:
    plane = context(clock)
    assert not plane.passed(FIVE, "key")
    clock.time += 4.9
    assert not plane.passed(FIVE, "key")
    clock.time += 0.2
    assert plane.passed(FIVE, "key")


def test_the_next_look_is_when_the_first_of_all_delays_ends(clock: Clock) -> None:
    plane = context(clock)
    plane.passed(FIVE, "late")
    clock.time += 3
    plane.passed(FIVE, "late")
    plane.passed(Delay(min=9, max=9), "later")

    assert plane.due == pytest.approx(2)


def test_no_delay_is_no_wait(clock: Clock) -> None:
    plane = context(clock)

    assert plane.passed(Delay(), "key")
    assert plane.due == math.inf


def test_what_is_forgotten_begins_anew(clock: Clock) -> None:
    plane = context(clock)
    plane.passed(FIVE, "key")
    clock.time += 6
    plane.forget("key")

    assert not plane.passed(FIVE, "key")


def test_the_same_takes_as_long_in_every_run_whatever_its_uid(clock: Clock) -> None:
    first = length(context(clock), VAGUE, "lb", "ns", "name", uid="a")

    assert length(context(clock), VAGUE, "lb", "ns", "name", uid="b") == first
    assert length(context(clock), VAGUE, "lb", "ns", "other") != first
    assert length(context(clock, plane="two"), VAGUE, "lb", "ns", "name") != first
    assert length(context(clock, seed=1), VAGUE, "lb", "ns", "name") != first


def test_an_object_that_is_made_again_waits_again(clock: Clock) -> None:
    plane = context(clock)
    plane.passed(FIVE, "lb", "ns", "name", uid="a")
    clock.time += 6
    assert plane.passed(FIVE, "lb", "ns", "name", uid="a")

    assert not plane.passed(FIVE, "lb", "ns", "name", uid="b")
