"""Shows merged settings: in the order of the models, secrets masked, every value with its place."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml
from pydantic import BaseModel

from components.config_errors import models_in
from components.fields import in_units, is_duration
from components.keys import PREFIX
from components.located import Node, Source, located
from components.secrecy import HIDDEN

UNKNOWN: Final = "[unknown key: not shown]"
"""A misspelt ``licenseKey`` has a secret behind it all the same."""
DEFAULT: Final = Source("default", 0)
WIDEST: Final = 64
"""Columns before the places, unless a value is longer."""


def _fields(kinds: tuple[type[BaseModel], ...]) -> dict[str, tuple[type[BaseModel], ...]]:
    """Return the keys of a map that may be of these models, each with the models in it."""
    return {
        field.alias or name: tuple(models_in(field.annotation))
        for kind in kinds
        for name, field in kind.model_fields.items()
    }


def masked(node: Node, kinds: tuple[type[BaseModel], ...]) -> Node:
    """Return a value as it may be shown, its keys in the order of the models.

    Args:
        node: of the merged files.
        kinds: models that it may be of; none for a scalar, or a map of any keys.
    """
    if isinstance(node.value, list):
        return Node([masked(item, kinds) for item in node.value], node.source)
    if isinstance(node.value, str) and "PRIVATE KEY" in node.value:
        return Node(HIDDEN, node.source)
    if not isinstance(node.value, dict):
        return node
    if "secure" in node.value:
        return Node(HIDDEN, node.source)
    known = _fields(kinds)
    result = {key: masked(node.value[key], known[key]) for key in known if key in node.value}
    for key, item in node.value.items():
        if key not in known:
            result[key] = Node(UNKNOWN, item.source) if kinds else masked(item, ())
    return Node(result, node.source)


def completed(node: Node, model: BaseModel) -> Node:
    """Return a map with the defaults of what it does not say, in the order of the model.

    Args:
        node: what ``model`` was read from; empty if nothing was said.
        model: the settings, in which defaults are filled in.
    """
    result = {}
    for name, field in type(model).model_fields.items():
        key, value = field.alias or name, getattr(model, name)
        given = node.value.get(key)
        if given is not None:
            result[key] = _inside(given, value)
        elif value not in (None, ""):
            plain = in_units(value) if is_duration(field) else value
            result[key] = _inside(Node(None, DEFAULT), plain)
    return Node(result, node.source)


def _inside(given: Node, value: Any) -> Node:
    said = given.source is not DEFAULT
    if isinstance(value, BaseModel):
        return completed(given if isinstance(given.value, dict) else Node({}, given.source), value)
    if isinstance(value, tuple) and all(isinstance(item, BaseModel) for item in value):
        nodes = given.value if said else [given] * len(value)
        pairs = zip(nodes, value, strict=True)
        return Node([_inside(item, model) for item, model in pairs], given.source)
    if said:
        return given
    return located(list(value) if isinstance(value, tuple) else value, given)


def text(root: Node) -> str:
    """Return the settings as the stack file that would say the same, with places as comments."""
    lines = [("config:", "")]
    for key, node in root.value.items():
        lines += _entry(f"  {PREFIX}{key}:", node, "    ")
    column = max((len(left) for left, place in lines if place and len(left) <= WIDEST), default=0)
    return "\n".join(f"{left:<{column}}  # {place}" if place else left for left, place in lines)


def _entry(start: str, node: Node, indent: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a value after what it begins with, each with its place."""
    if isinstance(node.value, dict) and node.value:
        yield start, ""
        yield from _map(node.value, indent)
    elif isinstance(node.value, list) and any(_is_map(item) for item in node.value):
        yield start, ""
        for item in node.value:
            yield from _item(item, indent)
    else:
        yield f"{start} {_flow(node.plain())}", str(node.source)


def _is_map(node: Any) -> bool:
    return isinstance(node, Node) and isinstance(node.value, dict) and bool(node.value)


def _map(values: Mapping[str, Node], indent: str) -> Iterator[tuple[str, str]]:
    for key, node in values.items():
        yield from _entry(f"{indent}{_flow(key)}:", node, f"{indent}  ")


def _item(node: Node, indent: str) -> Iterator[tuple[str, str]]:
    if not _is_map(node):
        yield f"{indent}- {_flow(node.plain())}", str(node.source)
        return
    for number, (left, place) in enumerate(_map(node.value, f"{indent}  ")):
        yield f"{indent}- {left[len(indent) + 2 :]}" if number == 0 else left, place


def _flow(value: Any) -> str:
    dumped: str = yaml.safe_dump(value, default_flow_style=True, width=1 << 20, allow_unicode=True)
    return dumped.removesuffix("\n").removesuffix("\n...")


def places(node: Node, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value that holds no other with its place, by its key."""
    if isinstance(node.value, dict) and node.value:
        for name, inner in node.value.items():
            yield from places(inner, f"{key}.{name}" if key else name)
    elif isinstance(node.value, list) and any(isinstance(item, Node) for item in node.value):
        for index, inner in enumerate(node.value):
            yield from places(inner, f"{key}[{index}]")
    else:
        yield key, str(node.source)
