"""Reads property values as the engine sends them, without losing what is secret or unknown."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from google.protobuf.struct_pb2 import Struct, Value

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a value which is more than plain JSON (pulumi: ``resource.SigKey``)."""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 ``resource.SecretSig``
SENTINELS: Final = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What stands in the place of a value that a preview does not know (pulumi: ``plugin/rpc.go``)."""

Path = tuple[str | int, ...]


class Unknown:
    """A value that a preview does not know: equal to nothing, of no type that a rule asks for."""


class Secret(NamedTuple):
    """A value that the engine keeps encrypted."""

    value: Any


UNKNOWN: Final = Unknown()


def items(value: Any) -> list[Any]:
    """Return the items of a list; none of anything else, such as what is not known."""
    return value if isinstance(value, list) else []


def read(struct: Struct) -> dict[str, Any]:
    """Return properties, secrets as ``Secret`` and what is not known as ``UNKNOWN``."""
    return {key: _value(value) for key, value in struct.fields.items()}


def _value(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in SENTINELS else value.string_value
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == SECRET:
            return Secret(_value(fields["value"]))
        return {key: _value(item) for key, item in fields.items()}
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    return None if kind in (None, "null_value") else getattr(value, kind)


def plain(value: Any, *, secrets: bool = True) -> Any:
    """Return a value with its secrets in clear text: a rule may look, and must not say.

    Args:
        value: as it was read.
        secrets: whether they are in it; ``UNKNOWN`` stands in their place otherwise.
    """
    if isinstance(value, Secret):
        return plain(value.value) if secrets else UNKNOWN
    if isinstance(value, Mapping):
        return {key: plain(item, secrets=secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, secrets=secrets) for item in value]
    return value


def open_values(value: Any, path: Path = ()) -> Iterator[tuple[Path, str | float]]:
    """Yield every text and number that is in the state for all to read, with where it is.

    What is secret, or in something secret, is passed over.
    """
    if isinstance(value, Secret):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from open_values(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from open_values(item, (*path, index))
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
        yield path, value


def shown(path: Path) -> str:
    """Return a path as a reader of a program writes it: ``spec.containers[0].image``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
