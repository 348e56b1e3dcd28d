"""The stack file to copy shows every key with its default, where the engine leaves it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from components.config_errors import models_in
from components.settings import SECRETS, Settings, parse

DEV = Path(__file__).parents[2] / "Pulumi.dev.yaml"
PREFIX = "ambientmesh:"
ALTERNATIVES = {"dedicated": "# dedicated: {name: ", "rootCertificate": "# rootCertificate: |"}
"""Each excludes a neighbour, so that it is shown in a comment of its own."""
EXAMPLES = (
    "gcp",
    "topology",
    "namespaces",
    "ingress",
    "egress",
    "vms",
    "management",
    "drills",
    "limits",
)


def _keys(model: type[BaseModel]) -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        found.add(field.alias or name)
        for kind in models_in(field.annotation):
            found |= _keys(kind)
    return found


def _named(value: Any) -> set[str]:
    """Return every key in a structure, however deep."""
    if isinstance(value, list):
        return {key for item in value for key in _named(item)}
    if not isinstance(value, dict):
        return set()
    return {key.removeprefix(PREFIX) for key in value} | _named(list(value.values()))


@pytest.fixture
def reference() -> dict[str, Any]:
    """Return what the header of the stack file shows, its lines copied below ``config:``."""
    header, _, _ = DEV.read_text(encoding="utf-8").partition("\nconfig:\n")
    copied = re.findall(r"(?m)^# (  .*)$", header)
    values: dict[str, Any] = yaml.safe_load("\n".join(["config:", *copied]))["config"]
    return values


def test_the_stack_file_to_copy_names_every_key(reference: dict[str, Any]) -> None:
    assert _named(reference) | set(ALTERNATIVES) == _keys(Settings)
    assert all(shown in DEV.read_text(encoding="utf-8") for shown in ALTERNATIVES.values())
    assert all(key.startswith(PREFIX) for key in reference)
    assert all(f"{PREFIX}{key}" in DEV.read_text(encoding="utf-8") for key in SECRETS)


def test_the_defaults_that_the_stack_file_shows_are_the_defaults(reference: dict[str, Any]) -> None:
    # What only the other route reads: this one refuses it.
    assert reference[f"{PREFIX}clusters"][0].pop("platform")
    # What only stacks under a common root read, which no file can show.
    assert reference.pop(f"{PREFIX}remotes")
    raw = {
        key.removeprefix(PREFIX): value if isinstance(value, str) else json.dumps(value)
        for key, value in reference.items()
    }
    origin = ("name", "context", "gke")
    listed = reference[f"{PREFIX}clusters"]
    required = [{key: item[key] for key in origin if key in item} for item in listed]
    made = required[-1]["gke"]
    required[-1]["gke"] = {"location": made["location"]}

    found, plain = parse(raw), parse({"clusters": json.dumps(required), "gcp": raw["gcp"]})

    # The defaults of these are found elsewhere, or they are examples of what is off by default.
    given: Any = {
        **dict.fromkeys(EXAMPLES, True),
        "kubeconfig": True,
        "operator_version": True,
        "clusters": {
            "__all__": {
                "kubeconfig": True,
                "gke": {"zones", "cidr", "node_pools", "service_account"},
            }
        },
        "cli": {"istioctl", "meshctl", "checksums"},
    }
    assert found.model_dump(exclude=given) == plain.model_dump(exclude=given)
    assert found.operator_chart_version == plain.operator_chart_version


def test_the_stack_file_to_copy_sets_two_clusters_and_hides_no_key_behind_them() -> None:
    """The engine moves comments at the end of ``config:`` out of it when it adds the license."""
    _, _, body = DEV.read_text(encoding="utf-8").partition("\nconfig:\n")

    assert list(yaml.safe_load(body)) == [f"{PREFIX}clusters"]
    assert not re.search(r"(?m)^\s*#", body)
