"""What is right in a file that is wrong elsewhere, so that rules between keys judge that much.

Otherwise a file would be mended twice: its values first, and then what they say together.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from components.config_errors import fields_at, path
from components.mistakes import keys, split

Location = tuple[int | str, ...]
M = TypeVar("M", bound=BaseModel)

_PATH = re.compile(r"\b[A-Za-z]+(?:\[[0-9]+\]|\.[A-Za-z]+)+")
_PART = re.compile(r"\[([0-9]*)\]|([^.\[\]]+)")


@dataclass(kw_only=True)
class Lost:
    """What was taken out of a file."""

    removed: set[Location] = field(default_factory=set)
    """Values that are wrong."""
    meant: set[Location] = field(default_factory=set)
    """Keys that are there under a name that is nearly theirs."""
    kept: dict[Location, list[int]] = field(default_factory=dict)
    """Where the entries of each list were, by the list's place in what is left."""

    def concerns(self, needs: Sequence[str] | None) -> bool:
        """Whether a rule that needs these keys would see mistakes that are none."""
        if needs is None:
            return bool(self.removed | self.meant)
        wanted = [_parts(need) for need in needs]
        gone = [
            tuple("" if isinstance(part, int) else part for part in location)
            for location in self.removed | self.meant
        ]
        return any(
            all(one == other for one, other in zip(need, loss, strict=False))
            for need in wanted
            for loss in gone
        )

    def without_consequences(self, lines: Iterable[str]) -> list[str]:
        """Return lines with the places of the whole file, but for those about what is lost."""
        gone = [path(location) for location in self.removed | self.meant]
        return [
            line
            for line in map(self._replaced, lines)
            if not any(_is_below(key, loss) for key in keys(split(line)[1]) for loss in gone)
        ]

    def _replaced(self, line: str) -> str:
        return _PATH.sub(lambda match: self._original(match[0]), line)

    def _original(self, text: str) -> str:
        location = tuple(int(part) if part.isdecimal() else part for part in _parts(text))
        return path(self.original(location))

    def original(self, location: Location) -> Location:
        """Return the place in the whole file of what has a place in what is left."""
        found: list[int | str] = []
        for end, part in enumerate(location):
            places = self.kept.get(location[:end], [])
            known = isinstance(part, int) and part < len(places)
            found.append(places[int(part)] if known else part)
        return tuple(found)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(index or name for index, name in _PART.findall(text))


def _is_below(key: str, other: str) -> bool:
    return key.startswith((f"{other}.", f"{other}[")) or key == other


def _without(value: Any, lost: Lost, old: Location = (), new: Location = ()) -> Any:
    """Return a value without what is lost, and note where the entries of its lists were."""
    if isinstance(value, dict):
        return {
            key: _without(item, lost, (*old, key), (*new, key))
            for key, item in value.items()
            if (*old, key) not in lost.removed
        }
    if isinstance(value, list):
        left = [place for place in range(len(value)) if (*old, place) not in lost.removed]
        lost.kept[new] = left
        return [
            _without(value[place], lost, (*old, place), (*new, index))
            for index, place in enumerate(left)
        ]
    return value


def _existing(data: Any, location: Location) -> Location:
    """Return a location as far as there is something at it: what lacks a key is wrong itself."""
    for end, part in enumerate(location):
        try:
            data = data[part]
        except (LookupError, TypeError):
            return location[:end]
    return location


def _meant(model: type[BaseModel], location: Location) -> Location | None:
    names = [str(name) for name in fields_at(model, location[:-1])]
    close = difflib.get_close_matches(str(location[-1]), names, n=1, cutoff=0.6)
    return (*location[:-1], close[0]) if close else None


def salvage(
    data: Mapping[str, Any], model: type[M], error: ValidationError
) -> tuple[M, Lost] | None:
    """Return what is left of a file without what is wrong in it; None if that is nothing.

    Args:
        data: all values of the file.
        model: of the whole file.
        error: what pydantic has found in it.
    """
    lost, left = Lost(), data
    while True:
        before = len(lost.removed)
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            location = _existing(left, item["loc"])
            if item["type"] == "extra_forbidden" and (meant := _meant(model, location)):
                lost.meant.add(lost.original(meant))
            lost.removed.add(lost.original(location))
        if () in lost.removed or len(lost.removed) == before:
            return None
        lost.kept.clear()
        left = _without(data, lost)
        try:
            return model.model_validate_json(json.dumps(left)), lost
        except ValidationError as next_error:
            error = next_error
