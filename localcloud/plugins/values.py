"""Property values of the Pulumi protocol as plain Python, and back.

A value is `None`, `bool`, `int`, `float`, `str`, `list`, `dict`, or one of two wrappers: `Secret`
around a value, and `UNKNOWN` for what a preview cannot know. Integral numbers become `int`, since
Kubernetes and YAML tell `3` from `3.0` and protobuf does not. Output values lose their
dependencies. Resource references become their id; assets and archives stay dicts.

The marker strings are those of `pulumi/sdk/go/common/resource/sig` and `plugin/rpc.go`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a protocol marker
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_STRINGS: Final = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


@dataclass(frozen=True)
class Secret:
    """A value that is encrypted in the state and never shown; its repr hides it too."""

    value: Any

    def __repr__(self) -> str:
        """Hide the value, so that no log line or traceback carries it."""
        return "Secret(...)"


class Unknown:
    """The type of `UNKNOWN`, a value that exists only after the operation that makes it."""

    def __repr__(self) -> str:
        """Name the constant."""
        return "UNKNOWN"

    def __copy__(self) -> "Unknown":
        """Stay the one instance."""
        return self

    def __deepcopy__(self, memo: object) -> "Unknown":
        """Stay the one instance."""
        return self


UNKNOWN: Final = Unknown()


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return the properties in `struct`."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return `properties` as the protocol carries them."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _fill(struct.fields[key], value)
    return struct


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in _UNKNOWN_STRINGS else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _from_object(value.struct_value)
    return None


def _from_object(struct: struct_pb2.Struct) -> Any:
    plain = from_struct(struct)
    match plain.get(SIGNATURE):
        case str(signature) if signature == SECRET_SIGNATURE:
            return Secret(plain.get("value"))
        case str(signature) if signature == OUTPUT_SIGNATURE:
            inner = plain.get("value", UNKNOWN)
            return Secret(inner) if plain.get("secret") is True else inner
        case str(signature) if signature == RESOURCE_SIGNATURE:
            return plain.get("id") or UNKNOWN
    return plain


def _fill(target: struct_pb2.Value, value: Any) -> None:
    match value:
        case Secret():
            target.struct_value.fields[SIGNATURE].string_value = SECRET_SIGNATURE
            _fill(target.struct_value.fields["value"], value.value)
        case Mapping():
            target.struct_value.SetInParent()
            for key, item in value.items():
                _fill(target.struct_value.fields[key], item)
        case list() | tuple():
            target.list_value.SetInParent()
            for item in value:
                _fill(target.list_value.values.add(), item)
        case _:
            _fill_scalar(target, value)


def _fill_scalar(target: struct_pb2.Value, value: Any) -> None:
    match value:
        case None:
            target.null_value = struct_pb2.NULL_VALUE
        case bool():
            target.bool_value = value
        case int() | float():
            target.number_value = value
        case str():
            target.string_value = value
        case Unknown():
            target.string_value = UNKNOWN_STRING
        case _:
            raise TypeError(f"cannot send a {type(value).__name__} to the engine")


def _children(value: Any) -> Iterator[Any]:
    match value:
        case Secret():
            yield value.value
        case Mapping():
            yield from value.values()
        case list() | tuple():
            yield from value


def has_unknown(value: Any) -> bool:
    """Tell whether `value` is, or holds anywhere within, `UNKNOWN`."""
    return isinstance(value, Unknown) or any(has_unknown(item) for item in _children(value))


def has_secret(value: Any) -> bool:
    """Tell whether `value` is, or holds anywhere within, a `Secret`."""
    return isinstance(value, Secret) or any(has_secret(item) for item in _children(value))


def reveal(value: Any) -> Any:
    """Return a deep copy of `value` without its `Secret` wrappers. Never print the result."""
    match value:
        case Secret():
            return reveal(value.value)
        case Mapping():
            return {key: reveal(item) for key, item in value.items()}
        case list() | tuple():
            return [reveal(item) for item in value]
    return value


def copy_secrecy(outputs: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `outputs` with what is secret in `inputs` secret at the same place.

    Two objects are compared key by key. Anything else, a list included, becomes secret as a whole
    when the input holds a secret: lists are often reordered by servers, so an element's place
    proves nothing.
    """
    result = dict(outputs)
    for key, given in inputs.items():
        if key not in result:
            continue
        value = result[key]
        if isinstance(value, Mapping) and isinstance(given, Mapping):
            result[key] = copy_secrecy(value, given)
        elif not isinstance(value, Secret) and has_secret(given):
            result[key] = Secret(value)
    return result
