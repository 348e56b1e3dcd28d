"""Lays a stack file over the files that it extends, and remembers where every value is from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from components import config_files, located
from components.config_errors import path
from components.keys import EXTENDS, PREFIX, SECRETS
from components.layer_files import Layer, Reader
from components.located import Node
from components.merging import Merger, Mistake


@dataclass(frozen=True)
class Merged:
    """What the files of a stack say together.

    Args:
        root: the settings, by key without namespace; no secrets, and no ``extends``.
        files: the files in the order in which they are laid, the stack's own last.
        mistakes: in the layers, and between them.
        complete: whether all layers could be read: if not, much will seem to be missing.
    """

    root: Node
    files: tuple[str, ...]
    mistakes: tuple[Mistake, ...] = ()
    complete: bool = True

    @cached_property
    def values(self) -> dict[str, Any]:
        """The settings by key, structures as they are."""
        values: dict[str, Any] = self.root.plain()
        return values

    @property
    def raw(self) -> dict[str, str]:
        """The settings as the engine would hand them over: text, structures as JSON."""
        return {key: text(value) for key, value in self.values.items()}

    def place(self, key: str) -> str:
        """Return ``FILE:LINE`` of a full key such as ``ambientmesh:clusters[1].name``, or nothing.

        What lacks has the line of what lacks it.
        """
        above = key.removeprefix(PREFIX)
        while above and above not in self._places:
            above = above[: max(above.rfind("."), above.rfind("["), 0)]
        return self._places.get(above, "")

    @cached_property
    def _places(self) -> dict[str, str]:
        return {
            path(location): str(node.source)
            for location, node in self.root.every()
            if location and node.source.line
        }


def text(value: Any) -> str:
    """Return a value as the engine hands it over: of nothing it makes an empty text."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def merged(own: Mapping[str, Any], file: Path | None, project: Path) -> Merged:
    """Return settings laid over what they extend.

    Args:
        own: what the stack says itself, by key without namespace: text as the engine hands it
            over, or structures. Secrets may be left out; they are not looked at.
        file: the stack file that says it, for the lines; None if nobody knows.
        project: folder of Pulumi.yaml, which shown paths are seen from.
    """
    shown = config_files.shown(file, project) if file else "the stack's configuration"
    places = config_files.places(file, shown)
    values = {
        key: config_files.decoded(key, item) for key, item in own.items() if key not in SECRETS
    }
    top = located.located(values, places)
    extends = top.value.pop(EXTENDS, None)
    if extends is None:
        return Merged(top, (shown,))
    reader = Reader(project)
    reader.extend(extends, file, (config_files.absolute(file),) if file else ())
    merger = Merger(reader.mistakes)
    root = Node({}, top.source)
    for layer in [*reader.layers.values(), Layer(shown, top)]:
        root = merger.over(root, layer.settings)
    files = (*(layer.shown for layer in reader.layers.values()), shown)
    return Merged(root, files, tuple(merger.mistakes), reader.complete)


def read(file: Path, project: Path) -> Merged:
    """Return what a stack file says together with all that it extends.

    Raises:
        NotYaml: it is no stack file.
    """
    return merged(config_files.settings(file), file, project)


__all__ = ["PREFIX", "Merged", "Mistake", "merged", "read", "text"]
