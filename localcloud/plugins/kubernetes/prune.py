"""Comparing what the server has with what the program said, and nothing else.

A live object holds much that no program wrote: defaults, status, what controllers add. Pruned to
the shape of the inputs it can be compared with the next inputs.
"""

import base64
import binascii
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.values import Unknown, has_unknown

_READ_ONLY: Final = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)
_SUFFIXES: Final = {
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("", "k", "M", "G", "T"))},
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti"), 1)},
    "m": Decimal("0.001"),
    "u": Decimal("0.000001"),
    "P": Decimal(1000) ** 5,
    "E": Decimal(1000) ** 6,
    "Pi": Decimal(1024) ** 5,
    "Ei": Decimal(1024) ** 6,
}


def normalize(obj: Object) -> Object:
    """Return the object as the server would keep it, as far as that shows in a comparison."""
    result = objects.clone(obj)
    if isinstance(result.get("metadata"), dict):
        for key in _READ_ONLY:
            result["metadata"].pop(key, None)
    if has_unknown(result):
        return result
    if objects.is_crd(result):
        result.pop("status", None)
        if objects.get(result, "spec", "preserveUnknownFields") is False:
            del result["spec"]["preserveUnknownFields"]
    elif objects.is_secret(result):
        _normalize_secret(result)
    return result


def _normalize_secret(obj: Object) -> None:
    data = dict(obj.get("data") or {})
    for key, value in data.items():
        try:
            decoded = base64.b64decode(value)
        except (binascii.Error, ValueError, TypeError):
            continue  # the server will say what is wrong
        data[key] = base64.b64encode(decoded).decode()
    for key, value in (obj.pop("stringData", None) or {}).items():
        data[key] = base64.b64encode(str(value).encode()).decode()
    if data or "data" in obj:
        obj["data"] = data


def prune(live: Any, inputs: Any) -> Any:
    """Return `live` without the keys and trailing list items that `inputs` does not have.

    What differs in type is kept as it is in `live`.
    """
    if isinstance(live, dict) and isinstance(inputs, dict):
        return {key: prune(value, inputs[key]) for key, value in live.items() if key in inputs}
    if isinstance(live, list) and isinstance(inputs, list):
        if live and inputs and type(live[0]) is not type(inputs[0]):
            return live
        return [prune(value, given) for value, given in zip(live, inputs, strict=False)]
    return live


def pruned(live: Object, inputs: Object) -> Object:
    """Return the live object in the shape and, where equal in meaning, the words of `inputs`."""
    kept: Object = prune(live, inputs)
    result: Object = _settle(kept, inputs, quantities=objects.is_built_in(inputs))
    return result


def _settle(live: Any, inputs: Any, *, quantities: bool) -> Any:
    """Undo what the server does to values without changing their meaning.

    It drops empty optional fields and rewrites quantities (`0.5` to `500m`).
    """
    if isinstance(live, dict) and isinstance(inputs, dict):
        result = {
            key: _settle(value, inputs[key], quantities=quantities) for key, value in live.items()
        }
        dropped = {k: v for k, v in inputs.items() if k not in live and _is_empty(v)}
        return result | dropped
    if isinstance(live, list) and isinstance(inputs, list) and len(live) == len(inputs):
        pairs = zip(live, inputs, strict=True)
        return [_settle(value, given, quantities=quantities) for value, given in pairs]
    if quantities and live != inputs and _quantity(live) == _quantity(inputs) is not None:
        return inputs
    return live


def _is_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_empty(item) for item in value.values())
    return not isinstance(value, Unknown) and value in (None, False, 0, "", [])


def _quantity(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    digits = str(value).rstrip("kKMGTPEimu")
    factor = _SUFFIXES.get(str(value)[len(digits) :])
    try:
        return None if factor is None else Decimal(digits) * factor
    except InvalidOperation:
        return None
