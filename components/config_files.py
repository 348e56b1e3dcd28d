"""Reads what is below ``config:`` of a stack file or a layer, and calls files as users do."""

import json
import os
from pathlib import Path
from typing import Any, Final

from components import located
from components.keys import PREFIX, SCALARS
from components.located import Node, NotYaml, Source

CONFIG: Final = "config"
"""The map that all settings are in."""


def absolute(path: Path) -> Path:
    """Return a path from the root, ``..`` taken at its word: a link stays what was written."""
    return Path(os.path.abspath(path))  # noqa: PTH100 resolve() follows links


def shown(file: Path, project: Path) -> str:
    """Return a path as messages have it: seen from Pulumi.yaml if it is below."""
    full, root = absolute(file), absolute(project)
    return str(full.relative_to(root)) if full.is_relative_to(root) else str(full)


def settings(file: Path) -> dict[str, Any]:
    """Return the settings of a stack file alone, by key without namespace.

    Raises:
        NotYaml: it is no stack file.
    """
    try:
        root = located.read(file.read_text(encoding="utf-8"), file.name)
    except (OSError, ValueError) as error:
        raise NotYaml(reason(error)) from None
    config = config_of(root)
    if config is None:
        raise NotYaml("it has no map config:")
    return {key: node.plain() for key, node in ours(config).items()}


def written(file: Path | None, name: str) -> Node:
    """Return what is below ``config:`` of a stack file, by full key; nothing if there is no file.

    Args:
        file: the stack's.
        name: of the file, as messages have it.
    """
    nothing = Node({}, Source(name, 0))
    if file is None:
        return nothing
    try:
        config = config_of(located.read(file.read_text(encoding="utf-8"), name))
    except (OSError, ValueError, NotYaml):
        return nothing
    return config or nothing


def places(file: Path | None, name: str) -> Node:
    """Return the settings of a stack file for their lines; without lines if there is no file."""
    return Node(ours(written(file, name)), Source(name, 0))


def config_of(root: Node) -> Node | None:
    """Return the map ``config:`` of a file, empty if it has none; None if it is no such file."""
    if root.value is None:
        return Node({}, root.source)
    config = root.value.get(CONFIG) if isinstance(root.value, dict) else None
    if isinstance(root.value, dict) and (config is None or config.value is None):
        return Node({}, root.source)
    return config if config and isinstance(config.value, dict) else None


def ours(config: Node) -> dict[str, Node]:
    """Return the settings of the project's namespace, by key without it."""
    found = {
        key.removeprefix(PREFIX): node
        for key, node in config.value.items()
        if key.startswith(PREFIX)
    }
    return {
        name: located.located(decoded(name, node.plain()), node) for name, node in found.items()
    }


def decoded(name: str, value: Any) -> Any:
    """Return a structure that the engine, or a file, has as JSON in a text."""
    if name in SCALARS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def reason(error: Exception) -> str:
    """Return why a file cannot be read, in a few words and without its content."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
