"""What changes between two sets of inputs, and what of it makes a new resource."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.errors import Refused
from localcloud.plugins.gcp.kind import Kind
from localcloud.plugins.gcp.schema import DEFAULTS
from localcloud.plugins.provider import Change, Diff, DiffKind, Properties, PropertyDiff
from localcloud.plugins.values import has_unknown, reveal

_PLACE: Final = ("project", "region", "zone", "location")
_SETS: Final = frozenset(
    {"allows", "denies", "cidrBlocks", "destinationRanges", "drainNatIps", "natIps", "oauthScopes"}
    | {"nodeLocations", "sourceRanges", "sourceServiceAccounts", "sourceTags", "subnetworks"}
    | {"tags", "targetServiceAccounts", "targetTags", "sourceIpRangesToNats"}
)
"""Lists whose order means nothing."""
_INDEX: Final = re.compile(r"\[\d+\]")


def compare(kind: Kind, request: Change, scope: names.Scope) -> Diff:
    """Compare recorded inputs with new ones. An unknown value is taken for a change."""
    old, new = reveal(request.old), reveal(request.new)
    before = {**kind.defaults, **_place(old), **_given(request.old_inputs)}
    kept = {key: before[key] for key in kind.sticky if key in before}
    home = {**_place(old), **({"project": scope.project} if scope.project else {})}
    after = {**kind.defaults, **kept, **home, **_given(new)}
    found: dict[str, PropertyDiff] = {}
    replaces: list[str] = []
    left, right = _canonical(kind, before, old), _canonical(kind, after, old)
    for path, one, other in _changes("", left, right):
        if _ignored(path, request.ignore_changes):
            continue
        word = "ADD" if one is None else "DELETE" if other is None else "UPDATE"
        is_new = kind.replaces(_INDEX.sub("", path), one, other)
        found[path] = PropertyDiff(kind=DiffKind[f"{word}_REPLACE" if is_new else word])
        if is_new:
            replaces.append(path)
    return Diff(
        changes=bool(found),
        diffs=sorted({re.split(r"[.\[]", path)[0] for path in found}),
        replaces=replaces,
        # Its name is taken as long as it is there, unless the plugin chooses another.
        delete_before_replace=bool(replaces) and not _is_renamed(kind, before, request.new),
        detailed=found,
    )


def _place(outputs: Mapping[str, Any]) -> Properties:
    return {key: outputs[key] for key in _PLACE if key in outputs}


def _given(inputs: Mapping[str, Any]) -> Properties:
    plain = reveal(inputs)
    return {key: one for key, one in plain.items() if one is not None and key != DEFAULTS}


def _is_renamed(kind: Kind, before: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    automatic = kind.name in (reveal(new).get(DEFAULTS) or ())
    return automatic or before.get(kind.name) != reveal(new).get(kind.name)


def _canonical(kind: Kind, inputs: Properties, old: Mapping[str, Any]) -> Properties:
    """Return inputs with references as paths and sets in one order."""
    place = {key: str(old.get(key) or inputs.get(key) or "") for key in _PLACE}
    place["region"] = place["region"] or names.region_of(place["location"] or place["zone"])
    found = dict(inputs)
    for field, collection in kind.references.items():
        found = _resolved(found, field.split("."), collection, place)
    return {key: _ordered(key, value) for key, value in found.items()}


def _resolved(value: Any, steps: list[str], collection: str, place: Mapping[str, str]) -> Any:
    """Return a value with the references at the end of the steps as paths, in every item."""
    if isinstance(value, list):
        return [_resolved(item, steps, collection, place) for item in value]
    if steps and isinstance(value, Mapping):
        key, *rest = steps
        return {
            name: _resolved(item, rest, collection, place) if name == key else item
            for name, item in value.items()
        }
    if steps or not isinstance(value, str):
        return value
    try:
        return names.referred(collection, value, place, "")
    except Refused:
        return value


def _ordered(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _ordered(name, item) for name, item in value.items()}
    if isinstance(value, list):
        items = [_ordered("", item) for item in value]
        if key in _SETS and not has_unknown(items):
            return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
        return items
    return value


def _changes(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the paths of what differs, with both values. Nothing and emptiness are the same."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            if not str(key).startswith("__"):
                place = f"{path}.{key}" if path else str(key)
                yield from _changes(place, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            pair = (one[index] if index < len(one) else None for one in (before, after))
            yield from _changes(f"{path}[{index}]", *pair)
    elif before != after and not (_is_empty(before) and _is_empty(after)):
        yield path, before, after


def _is_empty(value: Any) -> bool:
    return value is None or value in ({}, [])


def _ignored(path: str, ignored: tuple[str, ...] | Any) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in ignored)
