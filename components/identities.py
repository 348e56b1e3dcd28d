"""By which keys two entries of a list are known to be the same, when layers are merged."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from components.config_errors import models_in
from components.models import ChecksumSettings, DrillSettings, EgressHost, RemoteSettings, Settings
from components.models.gke import AuthorizedNetwork, TaintSettings

REMOVE: Final = "remove"
"""Key of an entry that takes the entry of its name out of the layers below."""

BY: Final[Mapping[type[BaseModel], tuple[str, ...]]] = {
    AuthorizedNetwork: ("cidr",),
    ChecksumSettings: ("file",),
    DrillSettings: ("service", "namespace", "cluster"),
    EgressHost: ("host",),
    RemoteSettings: ("stack",),
    TaintSettings: ("key", "effect"),
}
"""Of entries that are not known by their ``name``: the keys that say which one it is."""

Keys = tuple[str, ...]
"""A location without indexes: ``("namespaces", "services")``."""


def identity(model: type[BaseModel]) -> dict[str, Any]:
    """Return the keys that tell entries of a model apart, with their defaults; None: it has none.

    A model that has none of them is not known by name: lists of it are replaced.
    """
    names = {field.alias or name: field for name, field in model.model_fields.items()}
    keys = BY.get(model, ("name",) if "name" in names else ())
    return {key: None if names[key].is_required() else names[key].default for key in keys}


def is_list(annotation: Any) -> bool:
    """Whether values of an annotation are lists, or may be."""
    return get_origin(annotation) in (tuple, list) or any(map(is_list, get_args(annotation)))


def _named(model: type[BaseModel], at: Keys) -> Iterator[tuple[Keys, dict[str, Any]]]:
    for name, field in model.model_fields.items():
        where = (*at, field.alias or name)
        for kind in models_in(field.annotation):
            if is_list(field.annotation) and (keys := identity(kind)):
                yield where, keys
            yield from _named(kind, where)


IDENTITIES: Final[Mapping[Keys, Mapping[str, Any]]] = dict(_named(Settings, ()))
"""Every list of named things in the settings, with the keys of ``identity``."""


def name_of(entry: Any, keys: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return what an entry is known by; None if it does not say.

    Args:
        entry: plain, or any other value that stands in the list by mistake.
        keys: of ``IDENTITIES``.
    """
    if not isinstance(entry, dict):
        return None
    found = tuple(entry.get(key, default) for key, default in keys.items())
    scalar = all(isinstance(part, str | int) for part in found)
    return found if scalar else None
