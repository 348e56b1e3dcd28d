"""What inputs a resource takes, and what is wrong with given ones.

Names, kinds and requirements are the SDK's own, from ``types.json`` (``generate.py``). The real
plugin only warns of a value of another kind, unless PULUMI_ERROR_TYPE_CHECKER is set; here it is
refused.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.plugins.provider import Failure
from localcloud.plugins.values import Secret, Unknown

_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
DEFAULTS: Final = "__defaults"
"""The key under which the bridge writes down which inputs it has filled in itself."""


@functools.cache
def _types() -> dict[str, Any]:
    path = Path(__file__).with_name("types.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def fields(token: str) -> Mapping[str, str]:
    """Return the inputs of a resource: a property and its kind."""
    kinds = _types()
    found: Mapping[str, str] = kinds["types"][kinds["resources"][token]]
    return found


def failures(token: str, inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield what is wrong with ``inputs``; unknown values are believed."""
    yield from _object("", _types()["resources"][token], inputs)


def bare(value: Any) -> Any:
    """Return a value without its secrecy."""
    return value.value if isinstance(value, Secret) else value


def _object(path: str, kind: str, values: Mapping[str, Any]) -> Iterator[Failure]:
    known = _types()["types"][kind]
    dot = "." if path else ""
    for name in values:
        if name not in known and not name.startswith("__"):
            reason = f"unknown property; {kind.rpartition('.')[2]} has {', '.join(known)}"
            yield Failure(property=f"{path}{dot}{name}", reason=f"{name}: {reason}")
    for name, wanted in known.items():
        place = f"{path}{dot}{name}"
        value = bare(values.get(name))
        if value is None:
            if wanted.endswith("!"):
                reason = f'Missing required argument. The argument "{name}" is required'
                yield Failure(property=place, reason=reason)
        else:
            yield from _value(place, wanted.removesuffix("!"), value)


def _value(path: str, kind: str, given: Any) -> Iterator[Failure]:
    value = bare(given)
    if value is None or isinstance(value, Unknown):
        return
    if kind[0] in "[{":
        yield from _many(path, kind, value)
    elif kind in _KINDS:
        odd = isinstance(value, bool) and kind != "boolean"
        if odd or not isinstance(value, _KINDS[kind]):
            yield _wrong(path, kind, value)
    elif isinstance(value, Mapping):
        yield from _object(path, kind, value)
    else:
        yield _wrong(path, "object", value)


def _many(path: str, kind: str, value: Any) -> Iterator[Failure]:
    inner = kind[1:-1]
    if kind[0] == "[" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _value(f"{path}[{index}]", inner, item)
    elif kind[0] == "{" and isinstance(value, Mapping):
        for name, item in value.items():
            yield from _value(f"{path}.{name}", inner, item)
    else:
        yield _wrong(path, "array" if kind[0] == "[" else "map", value)


def _wrong(path: str, kind: str, value: Any) -> Failure:
    reason = f"{path}: expected {kind} type, got {type(value).__name__} type"
    return Failure(property=path, reason=reason)
