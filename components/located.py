"""Values of YAML files that know where they stand: in which file, on which line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import yaml

Location = tuple[int | str, ...]
"""A place in the settings: ``("clusters", 1, "trustDomain")``."""


_QUOTED: Final = re.compile(r"(['\"]).{5,}\1", re.DOTALL)


class NotYaml(Exception):  # noqa: N818 said of a file
    """A text is not what PyYAML reads; the message says where, and shows none of the text."""


class Source(NamedTuple):
    """Where a value is written."""

    file: str
    line: int
    """From 1; 0 if only the file is known."""

    def __str__(self) -> str:
        """Return it as editors and compilers write places."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Node:
    """A value with its place: ``dict[str, Node]``, ``list[Node]``, or what JSON has besides."""

    value: Any
    source: Source

    def plain(self) -> Any:
        """Return the value alone."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def every(self, location: Location = ()) -> Iterator[tuple[Location, "Node"]]:
        """Yield this value and all that are in it, however deep, with their locations."""
        yield location, self
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield from node.every((*location, key))
        if isinstance(self.value, list):
            for index, node in enumerate(self.value):
                yield from node.every((*location, index))


def _problem(error: yaml.MarkedYAMLError) -> str:
    # In quotes is what it has stumbled on: of a password that begins with "!" all but that.
    return _QUOTED.sub("…", str(error.problem or error.context))


def fault(error: yaml.MarkedYAMLError, file: str) -> str:
    """Return where a text is no YAML, and why, without any of the text.

    Args:
        error: of PyYAML.
        file: how the file is called in messages.
    """
    mark = error.problem_mark or error.context_mark
    place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
    return (
        f"{place}: this is no YAML: {_problem(error)}; allowed: a YAML map;"
        " fix: mend that place, or what is open above it"
    )


@contextmanager
def _faults() -> Iterator[None]:
    """Tell what PyYAML stumbles on as ``NotYaml``."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise NotYaml(f"{_problem(error)}{line}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotYaml(type(error).__name__) from None


@contextmanager
def _loader(text: str) -> Iterator[yaml.SafeLoader]:
    """Yield what reads a text; it refuses control characters before it reads anything."""
    loader = yaml.SafeLoader(text)
    try:
        yield loader
    finally:
        loader.dispose()


def read(text: str, file: str) -> Node:
    """Return what a YAML text says; aliases and merge keys are resolved.

    Args:
        text: one document.
        file: how the file is called in messages.

    Raises:
        NotYaml: it is none.
    """
    with _faults(), _loader(text) as loader:
        root = loader.get_single_node()
        return Node(None, Source(file, 1)) if root is None else _Reader(loader, file).node(root)


def documents(text: str, file: str) -> list[Node]:
    """Return what every document of a YAML text says, as ``read`` does for one.

    Raises:
        NotYaml: one of them is none.
    """
    found: list[Node] = []
    with _faults(), _loader(text) as loader:
        while loader.check_node() and (root := loader.get_node()) is not None:
            found.append(_Reader(loader, file).node(root))
    return found


class _Reader:
    def __init__(self, loader: yaml.SafeLoader, file: str) -> None:
        self.loader = loader
        self.file = file
        self.known: dict[int, Node | None] = {}

    def node(self, found: yaml.Node) -> Node:
        key = id(found)
        if key in self.known:
            node = self.known[key]
            if node is None:
                raise NotYaml(f"a value that holds itself, line {found.start_mark.line + 1}")
            return node
        self.known[key] = None  # until it is complete
        node = Node(self._value(found), Source(self.file, found.start_mark.line + 1))
        self.known[key] = node
        return node

    def _value(self, found: yaml.Node) -> Any:
        if isinstance(found, yaml.MappingNode):
            self.loader.flatten_mapping(found)
            return {self._key(key): self._below(key, value) for key, value in found.value}
        if isinstance(found, yaml.SequenceNode):
            return [self.node(item) for item in found.value]
        value = self._scalar(found)
        # YAML knows dates and bytes; the settings will say what is wrong with them.
        return value if isinstance(value, str | int | float | None) else str(value)

    def _scalar(self, found: yaml.Node) -> Any:
        try:
            value = self.loader.construct_object(found, deep=True)
            str(value)  # a number may be read that cannot be written: one in hex has no end
        except (ValueError, LookupError, AttributeError):
            line = found.start_mark.line + 1
            raise NotYaml(f"a number, date or tag that cannot be one, line {line}") from None
        return value

    def _key(self, found: yaml.Node) -> str:
        return str(self._scalar(found))

    def _below(self, key: yaml.Node, found: yaml.Node) -> Node:
        """Return a value with the line of its key, which may be lines above."""
        return Node(self.node(found).value, Source(self.file, key.start_mark.line + 1))


def located(value: Any, like: Node) -> Node:
    """Return plain data with the places of a node that says the same.

    Args:
        value: as another reader of the same file has it.
        like: what the file itself says; where it has nothing alike, its next outer place is taken.
    """
    inner = like.value
    if isinstance(value, dict):
        keys = inner if isinstance(inner, dict) else {}
        node = {
            str(key): located(item, keys.get(str(key), Node(None, like.source)))
            for key, item in value.items()
        }
        return Node(node, like.source)
    if isinstance(value, list):
        items = inner if isinstance(inner, list) and len(inner) == len(value) else []
        items = items or [Node(None, like.source)] * len(value)
        return Node([located(item, at) for item, at in zip(value, items, strict=True)], like.source)
    return Node(value, like.source)
