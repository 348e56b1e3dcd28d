"""Every piece of a stack file that a page shows is one: it parses, in a small stack around it."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from components.settings import ConfigurationError, parse
from tests.docs.commands import kind
from tests.docs.pages import ROOT, Block, blocks, pages
from tests.roots import make_root

PREFIX: Final = "ambientmesh:"
NAMES: Final = ("cluster1", "cluster2", "eu1", "eu2", "eu3", "as1", "as2")
"""Clusters of the stack around a piece that has none, by the names that the pages give them."""
GLOBAL: Final = [{"name": "bookinfo", "services": [{"name": "productpage", "scope": "global"}]}]
"""What a way in and a drill need, where a piece does not say it."""
NOT_OURS: Final = "apiVersion"
"""A key of manifests, and of nothing in a stack file."""


def pieces() -> list[Block]:
    """Return the blocks that show a stack file, or some keys of one."""
    shown = [block for page in pages() for block in blocks(page) if "ambientmesh:" in block.text]
    return [block for block in shown if _is_yaml(block) and NOT_OURS not in block.text]


def _is_yaml(block: Block) -> bool:
    try:
        return kind(block) == "yaml"
    except ValueError:  # of which another test tells
        return False


def _values(block: Block) -> dict[str, Any]:
    content = yaml.safe_load(block.text)
    config: dict[str, Any] = content.get("config", content)
    assert all(key.startswith(PREFIX) for key in config), f"{block.page}:{block.line}: {config}"
    return config


def _around(config: dict[str, Any]) -> dict[str, Any]:
    """Return the rest of the stack: the clusters that a piece speaks of, or two."""
    text = json.dumps(config)
    names = [name for name in NAMES if f'"{name}"' in text]
    clusters = [{"name": name, "context": name} for name in (names if names[1:] else NAMES[:2])]
    around: dict[str, Any] = {"clusters": clusters, "namespaces": GLOBAL}
    if f"{PREFIX}remotes" in config:
        around["trust"] = {"rootCertificate": make_root()[0]}
    return around


def _mistakes(config: dict[str, Any]) -> Iterator[str]:
    for error in SCHEMA.iter_errors({"config": config}):
        yield f"{error.json_path}: {error.message}"
    own = {key.removeprefix(PREFIX): value for key, value in config.items()}
    raw = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in {**_around(config), **own}.items()
        if key != "extends"
    }
    try:
        parse(raw)
    except ConfigurationError as error:
        yield from error.lines


SCHEMA = Draft202012Validator(json.loads((ROOT / "schema/stack.schema.json").read_text("utf-8")))


@pytest.mark.parametrize("block", pieces(), ids=lambda block: f"{block.page}:{block.line}")
def test_a_piece_of_a_stack_file_that_a_page_shows_is_right(block: Block) -> None:
    assert not list(_mistakes(_values(block)))


def test_a_piece_with_a_wrong_key_would_be_told() -> None:
    assert list(_mistakes({"ambientmesh:ingress": {"cluster": "cluster1"}}))
