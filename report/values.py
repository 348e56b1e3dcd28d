"""Property by property: what differs between two states of a resource, and what of it is noise."""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from report import masking
from report.plan import STACK, Step

Path = tuple[str | int, ...]


class Absent(Enum):
    """The value of a property that is not there."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class Difference(NamedTuple):
    """One property that differs."""

    path: Path
    old: Any
    new: Any
    noise: str
    """Why it says nothing about the mesh; empty where it does."""


_PART: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.\[\]]+)')

_PODS: Final = ("spec", "template")
"""Whatever differs here rolls pods; a checksum stands here for no other reason."""

_NOISE: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("status", re.compile(r"^status(\.|\[|$)")),
    ("managed fields", re.compile(r"^metadata\.managedFields")),
    (
        "bookkeeping of the API server",
        re.compile(r"^metadata\.(resourceVersion|generation|uid|creationTimestamp|selfLink)$"),
    ),
    ("bookkeeping of the provider", re.compile(r"^(__\w+|resourceNames)")),
    ("checksum", re.compile(r"(?i)checksum|\bsha256\b")),
)


def parsed(path: str) -> Path:
    """Return the parts of a path as the engine writes it: ``metadata.labels["a/b"]``."""
    return tuple(
        int(index) if index else (key.replace('\\"', '"') or plain)
        for key, index, plain in _PART.findall(path)
    )


def shown(path: Path) -> str:
    """Return a path as it is shown: keys that are not one word are in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w$-]+", part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def differences(step: Step) -> list[Difference]:
    """Return what would change in a resource; of a new one or one that goes, all that it has."""
    found = {path: (old, new) for path, old, new in between(step.old, step.new)}
    for path in step.differing:
        if not any(_related(path, known) for known in found):
            found[path] = (at(step.old, path), at(step.new, path))
    for text in step.detailed:
        path = parsed(text)
        # What a provider finds may be deeper, or less deep, than what the inputs tell.
        if not any(_related(path, known) for known in found):
            old, new, live = (at(side, path) for side in (step.old, step.new, step.state))
            # Where the inputs are alike, what differs is what a refresh has found.
            found[path] = (live if old == new and live is not ABSENT else old, new)
    if step.kind == STACK:
        pairs = between(step.state, step.outputs)
        found = {("outputs", *path): (old, new) for path, old, new in pairs}
    return [
        Difference(path, old, new, noise(path, old, new, step.kind))
        for path, (old, new) in sorted(found.items(), key=lambda item: shown(item[0]))
    ]


def _related(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def between(old: Any, new: Any, where: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the innermost values that differ, with the path to them."""
    for kind, keys in ((Mapping, _keys), (list, _indexes)):
        if any(isinstance(side, kind) for side in (old, new)) and all(
            isinstance(side, kind) or side is ABSENT for side in (old, new)
        ):
            inner = list(keys(old, new))
            for key in inner:
                yield from between(at(old, (key,)), at(new, (key,)), (*where, key))
            if not inner and (old is ABSENT) != (new is ABSENT):
                yield where, old, new
            return
    if old != new:
        yield where, old, new


def _keys(*sides: Any) -> Iterable[str | int]:
    return dict.fromkeys(key for side in sides if side is not ABSENT for key in side)


def _indexes(*sides: Any) -> Iterable[str | int]:
    return range(max(0 if side is ABSENT else len(side) for side in sides))


def at(value: Any, path: Path) -> Any:
    """Return the value at a path, or ``ABSENT``."""
    for part in path:
        is_list = isinstance(value, list) and isinstance(part, int)
        if part in (range(len(value)) if is_list else value if isinstance(value, Mapping) else ()):
            value = value[part]
        else:
            return ABSENT
    return value


def noise(path: Path, old: Any, new: Any, kind: str) -> str:
    """Return why a difference says nothing about the mesh; empty where it does."""
    if kind == STACK:
        return "stack output" if new != masking.UNKNOWN else "stack output, known after up"
    if path[:2] == _PODS:
        return ""
    if new == masking.UNKNOWN and old is not ABSENT:
        return "known after up"
    text = shown(path)
    return next((why for why, pattern in _NOISE if pattern.search(text)), "")
