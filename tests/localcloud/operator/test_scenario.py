"""A scenario file: what it may say, and what is said of one that says something else."""

import random
from pathlib import Path

import pytest

from localcloud.scenario import Delay, Faults, Scenario, ScenarioError, load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "scenario.yaml"


WRONG = {
    "no mapping": ("[]", "the file: Input should be a valid dictionary"),
    "unknown key": ("sed: 7", "sed: no such key; did you mean seed? (known: seed, delays, faults)"),
    "unknown delay": (
        "delays: {loadBalancr: 1}",
        "delays.loadBalancr: no such key; did you mean loadBalancer? (known: operatorImagePull,",
    ),
    "unknown bound": (
        "delays: {loadBalancer: {mix: 1}}",
        "delays.loadBalancer.mix: no such key; did you mean min? (known: min, max)",
    ),
    "unknown fault": (
        "faults: {one: {zzz: 1}}",
        "faults.one.zzz: no such key (known: meshPhase, message, loadBalancer, peer, finalizer)",
    ),
    "seed": ("seed: many", "seed: Input should be a valid integer"),
    "words": (
        "delays: {loadBalancer: long}",
        "delays.loadBalancer: want seconds, 0 or more, or {min: seconds, max: seconds}, but",
    ),
    "yes": ("delays: {istiodStart: yes}", "delays.istiodStart: want seconds, 0 or more, or"),
    "negative": ("delays: {istiodStart: -1}", "delays.istiodStart: want seconds, 0 or more, or"),
    "for ever": ("delays: {istiodStart: .inf}", "delays.istiodStart: want seconds, 0 or more, or"),
    "no number": ("delays: {istiodStart: .nan}", "delays.istiodStart: want seconds, 0 or more, or"),
    "negative bound": (
        "delays: {istiodStart: {min: -1, max: 2}}",
        "delays.istiodStart.min: Input should be greater than or equal to 0, but found -1",
    ),
    "wrong order": (
        "delays: {istiodStart: {min: 2, max: 1}}",
        "delays.istiodStart: max 1 is less than min 2",
    ),
    "phase": (
        "faults: {one: {meshPhase: BROKEN}}",
        "faults.one.meshPhase: Input should be 'FAILED' or 'ABORTED', but found 'BROKEN'",
    ),
    "load balancer": (
        "faults: {one: {loadBalancer: late}}",
        "faults.one.loadBalancer: Input should be 'never' or 'move', but found 'late'",
    ),
    "no YAML": ("a: [", "no YAML: while parsing a flow node"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_line_that_names_the_key_and_what_it_may_be(file: Path, case: str) -> None:
    text, told = WRONG[case]
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ScenarioError) as caught:
        load(file)

    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{file}: {told}")


def test_all_mistakes_are_told_at_once(file: Path) -> None:
    file.write_text("{sed: 7, delays: {istiodStart: x}, faults: {one: {peer: x}}}")

    with pytest.raises(ScenarioError) as caught:
        load(file)

    keys = [line.removeprefix(f"{file}: ").split(":")[0] for line in str(caught.value).splitlines()]
    assert sorted(keys) == ["delays.istiodStart", "faults.one.peer", "sed"]


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n"])
def test_a_file_that_says_nothing_is_a_world_without_delays_and_faults(
    file: Path, text: str | None
) -> None:
    if text is not None:
        file.write_text(text, encoding="utf-8")

    assert load(file) == Scenario()
    assert load(file).pod_delays() == {}


def test_a_scenario_says_what_it_was_written_to_say(file: Path) -> None:
    file.write_text(
        "seed: 7\n"
        "delays: {istiodStart: 3, loadBalancer: {min: 20, max: 40}}\n"
        "faults: {one: {meshPhase: FAILED, message: no quota}}\n"
    )

    found = load(file)

    assert found.delays.load_balancer == Delay(min=20, max=40)
    assert found.faults == {"one": Faults(mesh_phase="FAILED", message="no quota")}
    assert found.pod_delays() == {"istiod": 3}


def test_the_same_seed_gives_the_same_delays_and_another_seed_others() -> None:
    delays = {"istiodStart": {"min": 0, "max": 100}}
    first, again, other = (
        Scenario.model_validate({"seed": seed, "delays": delays}).pod_delays() for seed in (1, 1, 2)
    )

    assert first == again != other


def test_a_delay_is_between_its_bounds() -> None:
    picked = [Delay(min=2, max=3).pick(random.Random(seed)) for seed in range(50)]  # noqa: S311 no secret

    assert min(picked) >= 2
    assert max(picked) <= 3
    assert len(set(picked)) > 1
