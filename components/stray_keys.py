"""Finds keys of a stack file that nobody reads, and that would be lost in silence.

Some are in another namespace or outside ``config``. Of one that is there twice PyYAML takes the
last, and so would ``make``; the engine of today refuses the file, and does not say what to do.
"""

import difflib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from components import config_lines
from components.config_errors import path
from components.config_lines import CONFIG
from components.mistakes import told

PROVIDERS: Final = frozenset((
    "aws", "aws-native", "azure", "azure-native", "azuread", "command", "docker",
    "docker-build", "eks", "gcp", "google-native", "helm", "kubernetes", "kustomize", "local",
    "null", "pulumi", "pulumi-nodejs", "pulumi-python", "pulumiservice", "random", "tls",
    "vault",
))  # fmt: skip
"""Namespaces that are the engine's or a known provider's: theirs may be called as ours are."""

Location = tuple[int | str, ...]


def repeated(content: str, name: str = "") -> list[str]:
    """Return one line for every key that is repeated in its map, however deep, with its places.

    Args:
        content: of a stack file. What is no YAML has no mistake here: the engine refuses it.
        name: of the file, as messages have it; without one no line begins with a place.
    """
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        found = [] if root is None else list(_repeated(root, (), set()))
    except (ValueError, RecursionError, yaml.YAMLError):
        return []
    lines = [_line(location, places) for location, places in found]
    return _placed(lines, name, content) if name else lines


def _placed(lines: Iterable[str], name: str, content: str) -> list[str]:
    where = config_lines.where(name, content)
    return [told(line, where, "") for line in lines]


def _repeated(
    node: yaml.Node, location: Location, seen: set[int]
) -> Iterator[tuple[Location, list[int]]]:
    if id(node) in seen:
        return  # an alias: told where it is written, and it may hold itself
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated(item, (*location, index), seen)
    if not isinstance(node, yaml.MappingNode):
        return
    places: dict[str, list[int]] = {}
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            places.setdefault(key.value, []).append(key.start_mark.line + 1)
    for name, found in places.items():
        if len(found) > 1:
            yield (*location, name), found
    for key, value in node.value:
        yield from _repeated(value, (*location, str(key.value)), seen)


def _line(location: Location, places: list[int]) -> str:
    inside = location[1:] if len(location) > 1 and location[0] == CONFIG else location
    twice = len(places) == 2  # noqa: PLR2004 as the word says
    count = "twice" if twice else f"{len(places)} times"
    *others, last = map(str, dict.fromkeys(places))
    listed = f"lines {', '.join(others)} and {last}" if others else f"line {last}"
    fix = "merge the two" if twice else "merge them"
    return f"AM301 {path(inside)}: found {count} ({listed}); allowed: once; fix: {fix}"


def strays(
    namespace: str, names: Collection[str], keys: Iterable[str], stack_file: Path
) -> list[str]:
    """Return a line, with the full key, for every key that is not read, or not as it is written.

    Values are left out: the one of a stray ``licenseKey`` is a secret all the same.

    Args:
        namespace: of the keys that are read.
        names: of those keys, without the namespace.
        keys: all that the engine hands over, in any namespace.
        stack_file: whose top level the engine ignores but for its own keys, which have no colon.
    """
    try:
        content = stack_file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        content = ""  # it is elsewhere (--config-file), or the engine itself has refused it
    lines = repeated(content) + _elsewhere(namespace, names, keys) + _outside(content)
    lines += [line for key in _below_config(content) if (line := unqualified(namespace, key))]
    return _placed(lines, str(stack_file), content)


def _elsewhere(namespace: str, names: Collection[str], keys: Iterable[str]) -> list[str]:
    lines = []
    for key in keys:
        other, _, name = key.partition(":")
        if other == namespace:
            continue
        # Providers' namespaces are beyond counting: a mistake is one that is nearly ours, or that
        # nobody is known to have and that holds a key of ours.
        near = difflib.get_close_matches(other.lower(), [namespace], n=1, cutoff=0.8)
        if near or (name in names and other not in PROVIDERS):
            lines.append(
                f"AM302 {key}: found namespace {other!r}; allowed: {namespace!r};"
                f" fix: write '{namespace}:{name}'"
            )
    return lines


def unqualified(namespace: str, key: str) -> str:
    """Return a line if a key of a file is the engine's short or long form of ours; else nothing.

    The engine reads ``clusters`` and ``ambientmesh:config:clusters`` as ``ambientmesh:clusters``.
    Of two forms in one file it takes one, and nobody else reads them.
    """
    prefix, _, name = key.rpartition(":")
    if prefix not in ("", f"{namespace}:config"):
        return ""
    found = f"namespace {prefix!r}" if prefix else "no namespace"
    return f"AM302 {key}: found {found}; allowed: {namespace!r}; fix: write '{namespace}:{name}'"


def _read(content: str) -> dict[Any, Any]:
    try:
        found = yaml.safe_load(content)
    except (ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _below_config(content: str) -> list[str]:
    found = _read(content).get(CONFIG)
    return [key for key in found if isinstance(key, str)] if isinstance(found, dict) else []


def _outside(content: str) -> list[str]:
    return [
        f"AM303 {key}: found outside config:; allowed: below config:; fix: indent it and move it"
        " there"
        for key in _read(content)
        if isinstance(key, str) and ":" in key
    ]
