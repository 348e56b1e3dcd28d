"""Property values survive the way to Python and back."""

from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from localcloud.plugins.values import (
    OUTPUT_SIGNATURE,
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_STRING,
    Secret,
    copy_secrecy,
    from_struct,
    has_secret,
    has_unknown,
    reveal,
    to_struct,
)

scalars = st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.text() | st.just(UNKNOWN)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | inner.map(Secret),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values))
def test_what_is_sent_comes_back(properties: dict[str, Any]) -> None:
    assert from_struct(to_struct(properties)) == properties


def test_whole_numbers_are_integers_as_kubernetes_wants_them() -> None:
    struct = struct_pb2.Struct()
    struct.update({"replicas": 3, "ratio": 0.5})
    numbers = from_struct(struct)
    assert (numbers, type(numbers["replicas"])) == ({"replicas": 3, "ratio": 0.5}, int)


def test_a_secret_travels_in_its_envelope_and_never_in_a_repr() -> None:
    struct = to_struct({"password": Secret("canary")})
    assert struct.fields["password"].struct_value.fields[SIGNATURE].string_value == SECRET_SIGNATURE
    assert "canary" not in repr(from_struct(struct))


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"value": "v"}, "v"),
        ({"value": "v", "secret": True}, Secret("v")),
        ({}, UNKNOWN),
        ({"secret": True}, Secret(UNKNOWN)),
    ],
)
def test_an_output_value_keeps_secrecy_and_unknownness(
    output: dict[str, Any], expected: object
) -> None:
    struct = struct_pb2.Struct()
    struct.update({"o": {SIGNATURE: OUTPUT_SIGNATURE, "dependencies": ["urn:x"], **output}})
    assert from_struct(struct)["o"] == expected


def test_a_resource_reference_is_its_id() -> None:
    struct = struct_pb2.Struct()
    struct.update({"r": {SIGNATURE: RESOURCE_SIGNATURE, "urn": "urn:x", "id": "ns/name"}})
    assert from_struct(struct) == {"r": "ns/name"}


def test_unknowns_and_secrets_are_found_at_any_depth() -> None:
    nested = {"a": [{"b": Secret({"c": UNKNOWN})}]}
    assert has_unknown(nested)
    assert has_secret(nested)
    assert not has_unknown({"a": [UNKNOWN_STRING]}), "only decoded values count"
    assert reveal(nested) == {"a": [{"b": {"c": UNKNOWN}}]}


def test_secrecy_follows_keys_and_covers_lists_whole() -> None:
    inputs = {"a": {"b": Secret("x"), "c": "y"}, "list": [{"d": Secret("z")}], "gone": Secret(1)}
    outputs = {"a": {"b": "x", "c": "y"}, "list": [{"d": "z"}, {"d": "w"}], "new": 1}
    assert copy_secrecy(outputs, inputs) == {
        "a": {"b": Secret("x"), "c": "y"},
        "list": Secret([{"d": "z"}, {"d": "w"}]),
        "new": 1,
    }


def test_what_the_protocol_cannot_carry_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot send a set"):
        to_struct({"a": {1, 2}})
