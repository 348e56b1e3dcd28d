"""Property by property: what differs, and what of it is noise."""

from typing import Any

import pytest

from report import values
from report.masking import SECRET, UNKNOWN
from report.plan import Step
from report.values import ABSENT

URN = "urn:pulumi:test::ambientmesh::kubernetes:core/v1:Service::cluster1-service"


def found(old: dict[str, Any], new: dict[str, Any], **more: Any) -> dict[str, tuple[Any, Any, str]]:
    step = Step(urn=URN, op="update", old=old, new=new, **more)
    return {
        values.shown(one.path): (one.old, one.new, one.noise) for one in values.differences(step)
    }


def test_only_the_innermost_values_that_differ_are_told() -> None:
    old = {"metadata": {"labels": {"a/b": "1", "c": "2"}}, "spec": {"ports": [{"port": 1}, 2]}}
    new = {"metadata": {"labels": {"a/b": "3", "c": "2"}}, "spec": {"ports": [{"port": 1}]}}

    assert found(old, new) == {
        'metadata.labels["a/b"]': ("1", "3", ""),
        "spec.ports[1]": (2, ABSENT, ""),
    }


def test_what_only_the_provider_knows_is_told_too() -> None:
    same = {"data": {"ca.pem": SECRET}, "spec": {"a": 1}}

    told = found(
        same,
        same,
        detailed={'data["ca.pem"]': "update", "spec.a": "update"},
        state={"spec": {"a": 5}},
    )

    assert told == {'data["ca.pem"]': (SECRET, SECRET, ""), "spec.a": (5, 1, "")}


def test_a_path_of_the_provider_that_the_inputs_tell_is_told_once() -> None:
    old, new = {"spec": {"a": [{"b": 1}]}}, {"spec": {"a": [{"b": 2}]}}

    assert found(old, new, detailed={"spec.a[0].b": "update", "spec.a": "update"}) == {
        "spec.a[0].b": (1, 2, "")
    }


@pytest.mark.parametrize(
    "path",
    ["status.phase", "metadata.managedFields[0].time", "metadata.resourceVersion", "checksum",
     'metadata.annotations["checksum/config"]', "__fieldManager"],
)  # fmt: skip
def test_what_others_keep_is_noise(path: str) -> None:
    assert values.noise(values.parsed(path), "old", "new", "kubernetes:x:Y")


@pytest.mark.parametrize("path", ["spec.status", "metadata.labels.status", "spec.version"])
def test_what_the_program_says_is_none(path: str) -> None:
    assert values.noise(values.parsed(path), "old", "new", "kubernetes:x:Y") == ""


def test_a_checksum_that_rolls_pods_is_no_noise() -> None:
    path = ("spec", "template", "metadata", "annotations", "checksum/config")

    assert values.noise(path, "old", "new", "kubernetes:apps/v1:Deployment") == ""
    assert values.noise(path, "old", UNKNOWN, "kubernetes:apps/v1:Deployment") == ""


def test_a_value_that_only_turns_unknown_is_noise_and_a_new_unknown_one_is_not() -> None:
    assert values.noise(("spec", "a"), "old", UNKNOWN, "kubernetes:x:Y")
    assert not values.noise(("spec", "a"), ABSENT, UNKNOWN, "kubernetes:x:Y")
