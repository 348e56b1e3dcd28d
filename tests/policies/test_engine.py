"""Every policy in the real engine: what it refuses, what it lets pass, and what a level does."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from components.models import PolicyLevels
from localcloud.result import Result
from localcloud.stack import Stack
from policies.catalog import POLICIES
from tests.integration.rig import make_stack

pytestmark = [pytest.mark.engine]

PROGRAM: Final = Path(__file__).parent / "program"
NAMES: Final = [policy.name for policy in POLICIES]
CLUSTERS: Final = [
    {"name": name, "context": name} for name in ("good-resource-budget", "bad-resource-budget")
]
"""The first one is the beginning of no other resource's name."""

Finding = dict[str, Any]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    stack = make_stack("test", tmp_path_factory.mktemp("policies"))
    stack.checkout = PROGRAM
    stack.policies = True
    return stack


def preview(stack: Stack, *options: str, **policies: Any) -> Result:
    chosen = {"resourcesPerCluster": 3, **policies}
    stack.configure({"ambientmesh:clusters": CLUSTERS, "ambientmesh:policies": chosen})
    return stack.run("preview", *options)


def findings(result: Result) -> list[Finding]:
    return [event["policyEvent"] for event in result.events if "policyEvent" in event]


@pytest.fixture(scope="module")
def strict(stack: Stack) -> Result:
    """Return what a preview says with every policy as it is by default."""
    return preview(stack)


def by_policy(result: Result) -> dict[str, set[str]]:
    """Return the resources that each policy has something against."""
    found: dict[str, set[str]] = {}
    for finding in findings(result):
        name = finding["resourceUrn"].rpartition("::")[2]
        found.setdefault(finding["policyName"], set()).add(name)
    return found


def test_a_policy_refuses_what_is_bad_in_it_and_nothing_else(strict: Result) -> None:
    found = by_policy(strict)

    assert found.pop("no-plaintext-output") == {"ambientmesh-test"}
    assert sorted(found) == sorted(set(NAMES) - {"no-plaintext-output"})
    planned = {urn.rpartition("::")[2] for urn in strict.operations}
    for policy, names in found.items():
        # Every example of it: there may be several, bad-<policy>-<what is special>.
        wanted = {name for name in planned if re.match(rf"bad-{policy}(?!-\d)", name)}
        assert names == wanted, (policy, strict.output)


def test_of_the_outputs_of_the_stack_only_the_open_one_is_named(strict: Result) -> None:
    told = {f["message"] for f in findings(strict) if f["policyName"] == "no-plaintext-output"}

    [message] = told
    assert "in clear text at apiKey." in message


def test_the_plan_fails_and_names_resource_and_fix(strict: Result) -> None:
    assert strict.code != 0
    said = " ".join(strict.output.split())
    assert "bad-images-pinned (Deployment shop/bad-images-pinned) takes the image at" in said
    assert "Fix: write a full version such as 1.2.3, or a digest sha256:" in said


def test_no_finding_has_the_value_of_a_credential(strict: Result) -> None:
    told = yaml.safe_dump(findings(strict))

    assert "no-plaintext-credential" in told
    for secret in ("not-for-all-to-read", "s3cret", "MIIBVgIBADANBgkq"):
        assert secret not in told


def test_what_is_advisory_is_said_and_lets_the_plan_pass(stack: Stack, strict: Result) -> None:
    result = preview(stack, levels=dict.fromkeys(NAMES, "advisory"))

    assert result.code == 0, result.output
    assert {finding["enforcementLevel"] for finding in findings(result)} == {"advisory"}
    assert by_policy(result) == by_policy(strict)


def test_a_file_of_the_engine_goes_over_the_levels_of_the_stack(
    stack: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "levels.json"
    levels = {"all": "disabled", "mesh-labels": "advisory"}
    file.write_text(
        json.dumps({**levels, "images-pinned": {"enforcementLevel": "advisory"}}), "utf-8"
    )

    result = preview(stack, f"--policy-pack-config={file}")

    assert result.code == 0, result.output
    assert set(by_policy(result)) == {"mesh-labels", "images-pinned"}


def test_levels_come_through_layers_and_what_is_disabled_is_not_looked_at(
    stack: Stack, tmp_path: Path
) -> None:
    chosen = {"levels": dict.fromkeys(NAMES, "disabled") | {"mesh-labels": "advisory"}}
    layer = tmp_path / "company.yaml"
    layer.write_text(yaml.safe_dump({"config": {"ambientmesh:policies": chosen}}), "utf-8")
    stack.configure({"ambientmesh:clusters": CLUSTERS, "ambientmesh:extends": str(layer)})

    result = stack.run("preview")

    assert result.code == 0, result.output
    assert set(by_policy(result)) == {"mesh-labels"}


def test_every_policy_has_a_level_and_every_level_a_policy() -> None:
    assert sorted(NAMES) == sorted(PolicyLevels().model_dump(by_alias=True))
