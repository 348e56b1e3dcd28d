"""The plain YAML under ``manifests/`` that a user would edit, as data."""

import copy
import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from components import config_errors, config_lines, located, manifest_models
from components.config_files import reason
from components.located import Node, NotYaml
from components.mistakes import split

FOLDER: Final = Path(__file__).parent.parent / "manifests"


class Unsound(Exception):  # noqa: N818 said of a file
    """A file is not what the program can read; ``problems`` has the lines that tell why."""


class _File(NamedTuple):
    objects: tuple[dict[str, Any], ...]
    mistakes: tuple[str, ...]


def load(name: str) -> list[dict[str, Any]]:
    """Return the objects of ``manifests/<name>.yaml``; they may be changed.

    Every object has a kind and a name, and what else the program reads of its kind.

    Raises:
        Unsound: ``problems`` are told of the file.
    """
    file = _parsed(FOLDER / f"{name}.yaml")
    if file.mistakes:
        raise Unsound(name)
    return copy.deepcopy(list(file.objects))


def problems(name: str) -> list[str]:
    """Return a line for every mistake in ``manifests/<name>.yaml``."""
    return list(_parsed(FOLDER / f"{name}.yaml").mistakes)


@functools.cache
def _parsed(path: Path) -> _File:
    shown = f"manifests/{path.name}"
    try:
        nodes = located.documents(path.read_text(encoding="utf-8"), shown)
    except (OSError, ValueError, NotYaml) as error:
        line = (
            f"{shown}: the file: found what cannot be read ({reason(error)}); allowed: documents"
            " of YAML, with '---' between them; fix: mend it"
        )
        return _File((), (line,))
    # A document of comments alone is nothing.
    told = [(number, node) for number, node in enumerate(nodes, 1) if node.value]
    mistakes = [line for number, node in told for line in _mistakes(path.stem, number, node)]
    objects = tuple(node.plain() for _, node in told)
    if not mistakes and path.stem == "ingress" and not of_kind(objects, "Gateway"):
        mistakes.append(
            f"{shown}: the file: found no Gateway; allowed: at least one, whose address is the way"
            " in; fix: add it, or take ingress out of the stack file"
        )
    return _File(objects, tuple(mistakes))


def _mistakes(file: str, number: int, node: Node) -> Iterator[str]:
    """Yield the mistakes of a document, each with its line and what the document is."""
    obj = node.plain()
    keys = obj if isinstance(obj, dict) else {}
    model = manifest_models.model_of(file, keys.get("kind"))
    try:
        model.model_validate_json(json.dumps(obj))
    except ValidationError as error:
        meta = keys.get("metadata")
        named = [keys.get("kind"), meta.get("name") if isinstance(meta, dict) else None]
        known = all(isinstance(part, str) and part.isprintable() and part for part in named)
        what = " ".join(map(str, named)) if known else f"document {number}"
        places = {config_errors.path(at): str(one.source) for at, one in node.every()}
        for line in config_errors.lines(error, model):
            _, key, text = split(line)
            yield f"{_place(places, key)}: {what}: {f'{key}: ' if keys else ''}{text}"


def _place(places: Mapping[str, str], key: str) -> str:
    """Return the place of a key; of one that is lacking, that of the nearest that has it."""
    found = (places[above] for above in config_lines.above(key) if above in places)
    return next(found, places[""])


def of_kind(objects: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    """Return the objects of a kind."""
    return [obj for obj in objects if obj["kind"] == kind]


def ports(objects: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, ...]]:
    """Return the port numbers of every Service among objects, by its name."""
    return {
        obj["metadata"]["name"]: tuple(port["port"] for port in obj["spec"].get("ports") or ())
        for obj in of_kind(objects, "Service")
    }


def backends(objects: Iterable[Mapping[str, Any]]) -> list[tuple[str, int | None]]:
    """Return the name and port of every backend of the HTTPRoutes among objects."""
    return [
        (backend["name"], backend.get("port"))
        for obj in of_kind(objects, "HTTPRoute")
        for rule in obj["spec"].get("rules") or []
        for backend in rule.get("backendRefs") or []
    ]
