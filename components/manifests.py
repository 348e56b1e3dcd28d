"""The plain YAML under ``manifests/`` that a user would edit, as data."""

import copy
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent.parent / "manifests"


@functools.cache
def _parsed(path: Path) -> tuple[dict[str, Any], ...]:
    with path.open(encoding="utf-8") as file:
        return tuple(obj for obj in yaml.safe_load_all(file) if obj)


def load(name: str) -> list[dict[str, Any]]:
    """Return the objects of ``manifests/<name>.yaml``; they may be changed."""
    return copy.deepcopy(list(_parsed(FOLDER / f"{name}.yaml")))


def ports(objects: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, ...]]:
    """Return the port numbers of every Service among objects, by its name."""
    return {
        obj["metadata"]["name"]: tuple(port["port"] for port in obj["spec"]["ports"])
        for obj in objects
        if obj["kind"] == "Service"
    }


def backends(objects: Iterable[Mapping[str, Any]]) -> list[tuple[str, int | None]]:
    """Return the name and port of every backend of the HTTPRoutes among objects."""
    return [
        (backend["name"], backend.get("port"))
        for obj in objects
        if obj["kind"] == "HTTPRoute"
        for rule in obj["spec"].get("rules") or []
        for backend in rule.get("backendRefs") or []
    ]
