"""Changes of stack files: those that a test names, and those of chance."""

import copy
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

GONE: Final = object()
"""In place of a value: the key is taken out."""

_PART = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")

Location = tuple[int | str, ...]


def changed(stack: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stack with other values at the keys of a change, as messages write keys."""
    for key, value in change.items():
        *above, last = [int(n) if n else name for n, name in _PART.findall(key)]
        where: Any = stack
        for part in above:
            where = where[part]
        if value is GONE:
            del where[last]
        elif isinstance(where, list) and last == len(where):
            where.append(value)
        else:
            where[last] = value
    return stack


def _places(value: Any, above: Location = ()) -> Iterator[Location]:
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield (*above, key)
        yield from _places(item, (*above, key))


def _at(value: Any, location: Location) -> Any:
    for part in location:
        value = value[part]
    return value


VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "alpha", "cluster1", "bookinfo", "a.b",
    "a" * 41, "a" * 64, "a" * 5000, "1.28.3", "10m", "0.0.0.0/0", "10.0.0.0/33", "é", "\u2028",
    "\x00", "🕸", "a\nb", "; fix: none; allowed: all", "vms[0].name", "{text}", "%s", [], {}, [[]],
    [None], {"name": "a"}, [{"name": "a"}], {"": ""}, {"a b": 1}, {"a: found b": {"c": []}},
    "ssh-ed25519 AAAA", "spiffe://a", "*", "null", "[", "1e5", "2026-01-01",
)  # fmt: skip


def mutated(stack: Mapping[str, Any], chance: Random) -> dict[str, Any]:
    """Return a stack with one to four changes of chance: of what is there, however deep."""
    found = copy.deepcopy(dict(stack))
    for _ in range(chance.randint(1, 4)):
        places = list(_places(found))
        if not places:
            break
        _mutate(found, chance.choice(places), chance, places)
    return found


def _mutate(stack: Any, place: Location, chance: Random, places: list[Location]) -> None:
    above: Any = _at(stack, place[:-1])
    last: Any = place[-1]
    kind = chance.choice(("delete", "value", "value", "swap", "copy", "rename", "twice", "letter"))
    if kind == "delete":
        del above[last]
    elif kind == "value":
        above[last] = copy.deepcopy(chance.choice(VALUES))
    elif kind in ("swap", "copy"):
        # A deep copy: what holds itself is no JSON.
        above[last] = copy.deepcopy(_at(stack, chance.choice(places)))
    elif kind == "rename" and isinstance(above, dict):
        letters = list(str(last))
        chance.shuffle(letters)
        above["".join(letters)] = above.pop(last)
    elif kind == "twice" and isinstance(above, list):
        above.append(copy.deepcopy(above[last]))
    elif kind == "letter" and isinstance(above[last], str):
        text = above[last]
        cut = chance.randint(0, len(text))
        above[last] = text[:cut] + chance.choice("aZ0-._/ é\n'\"") + text[cut:]
