"""Where a key stands in a stack file. Pure, but for reading the file."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import yaml

from components.config_errors import path
from components.mistakes import Where, nowhere
from components.naming import PROJECT

CONFIG: Final = "config"
"""The map that all settings are in; their full keys do not begin with it."""

Location = tuple[int | str, ...]


def _located(content: str) -> list[tuple[Location, int]]:
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        return [] if root is None else list(_below(root, (), set()))
    except (ValueError, RecursionError, yaml.YAMLError):
        return []


def _settings(content: str) -> set[str]:
    """Return the full keys of the project's own settings in a file."""
    below = (location[1] for location, _ in _located(content) if location[:-1] == (CONFIG,))
    return {str(key) for key in below if str(key).startswith(f"{PROJECT}:")}


def _full(location: Location) -> str:
    return path(location[1:] if len(location) > 1 and location[0] == CONFIG else location)


def numbered(content: str) -> dict[str, int]:
    """Return the line of every key of a stack file, by its full name; none, if it is no YAML."""
    return {_full(location): line for location, line in _located(content)}


def _below(node: yaml.Node, location: Location, seen: set[int]) -> Iterator[tuple[Location, int]]:
    if id(node) in seen:
        return  # an alias, and it may hold itself: what is in it stands elsewhere
    seen.add(id(node))
    children: list[tuple[int | str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.SequenceNode):
        children = [(index, item, item) for index, item in enumerate(node.value)]
    elif isinstance(node, yaml.MappingNode):
        children = [(str(key.value), key, value) for key, value in node.value]
    for part, start, child in children:
        full = (*location, part)
        yield full, start.start_mark.line + 1
        yield from _below(child, full, seen)


def above(key: str) -> Iterator[str]:
    """Yield a key, and then the keys that it is in, the nearest first."""
    while key:
        yield key
        key = key[: max(key.rfind("."), key.rfind("["), 0)]


def where(name: str, content: str) -> Where:
    """Return what finds keys in a file: the line of what is lacking is that of what lacks it.

    Args:
        name: of the file, as a user finds it.
        content: of the file.
    """
    lines = numbered(content)

    def find(key: str) -> str:
        line = next((lines[found] for found in above(key) if found in lines), None)
        return f"{name}:{line}" if line else ""

    return find


def of_file(file: Path | None, given: Collection[str]) -> Where:
    """Return what finds keys in a stack file; nothing is found in one that is not to be read.

    Args:
        file: the stack's, or none.
        given: full keys that the engine hands over: it has not read a file that has others.
    """
    try:
        content = file.read_text(encoding="utf-8") if file else ""
    except (OSError, ValueError):
        return nowhere
    return where(str(file), content) if _settings(content) <= set(given) else nowhere
