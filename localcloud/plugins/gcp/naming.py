"""A resource's name where the program gives none, and what its outputs say."""

from collections.abc import Mapping
from typing import Any

from localcloud.plugins.gcp import config, names, schema
from localcloud.plugins.gcp.errors import Refused
from localcloud.plugins.gcp.kind import Kind
from localcloud.plugins.gcp.store import Record
from localcloud.plugins.provider import Check, Properties
from localcloud.plugins.values import copy_secrecy, reveal

_SUFFIX = 7
"""Characters that the bridge adds to a name of its own."""


def named(kind: Kind, request: Check) -> Properties:
    """Return the inputs, with a name: what it had, else its name in the program and a suffix."""
    inputs = {key: one for key, one in request.new.items() if one is not None}
    inputs.pop(schema.DEFAULTS, None)
    if not kind.autoname or kind.name in inputs:
        return inputs
    automatic = kind.name in (request.old.get(schema.DEFAULTS) or ())
    if automatic and isinstance(request.old.get(kind.name), str):
        name = request.old[kind.name]
    else:
        stem = request.name.lower()[: kind.longest - _SUFFIX - 1]
        name = f"{stem}-{request.random_seed.hex()[:_SUFFIX]}"
    return {**inputs, kind.name: name, schema.DEFAULTS: [kind.name]}


def outputs(
    kind: Kind, record: Record, labels: config.Labels, inputs: Mapping[str, Any]
) -> Properties:
    """Return what the state holds of a resource; what is secret in ``inputs`` is so there."""
    found = {
        "deletionPolicy": "DELETE",
        **kind.defaults,
        **record.given,
        **{part: record.place[part] for part in _shown(kind)},
        **_linked(kind, record),
        **_labelled(kind, record.given, labels),
        **kind.outputs(record),
    }
    return copy_secrecy(found, inputs)


def planned(
    kind: Kind, inputs: Properties, scope: names.Scope, labels: config.Labels
) -> Properties:
    """Return what a preview of a create knows of the outputs."""
    where = kind.where(reveal(inputs), scope)
    place = {part: where[part] for part in _shown(kind)}
    known = {**kind.planned(where), **kind.defaults, **place}
    own = {**given(inputs), **kind.unfilled(inputs)}
    return {**known, **_labelled(kind, inputs, labels), **own}


def given(inputs: Mapping[str, Any]) -> Properties:
    """Return inputs without the bridge's own."""
    return {key: one for key, one in inputs.items() if key != schema.DEFAULTS}


def _labelled(kind: Kind, inputs: Mapping[str, Any], labels: config.Labels) -> Properties:
    if not kind.labels:
        return {}
    own = {**labels.chosen, **(reveal(inputs.get(kind.labels)) or {})}
    every = {**own, **({config.ATTRIBUTION: "true"} if labels.attributed else {})}
    return {"pulumiLabels": own, "effectiveLabels": every}


def _shown(kind: Kind) -> list[str]:
    """Return which parts of a resource's place are among its outputs."""
    known = schema.fields(kind.token)
    return [part for part in ("project", "region", "zone", "location") if part in known]


def _linked(kind: Kind, record: Record) -> dict[str, Any]:
    """Return references to networks and subnetworks as the outputs have them."""
    found: dict[str, Any] = {}
    for field in ("network", "subnetwork"):
        text = record.given.get(field)
        if text and field in kind.references:
            try:
                path = names.referred(kind.references[field], text, record.place, field)
            except Refused:
                continue
            found[field] = f"{kind.link}/{path}".removeprefix("/")
    return found
