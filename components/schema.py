"""The JSON Schema of stack files and layers, for editors: made from the models, committed.

It is lenient where a file may be a part: what must be there is known only when all layers are laid
over one another, so that nothing is required but the keys by which entries of lists are known.
"""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from components.config_errors import models_in
from components.documented import docstrings, plain
from components.fields import in_units, is_duration
from components.identities import REMOVE, identity, is_list
from components.keys import EXTENDS, PREFIX, SECRET_KEYS
from components.models import Settings

Schema = dict[str, Any]

_ENGINE: Final[Schema] = {
    "encryptionsalt": {"type": "string", "description": "The engine's, of a passphrase."},
    "encryptedkey": {"type": "string", "description": "The engine's, of a key management service."},
    "secretsprovider": {"type": "string", "description": "The engine's: who encrypts secrets."},
    "environment": {"description": "The engine's: environments of Pulumi ESC."},
}
_SECRET: Final[Schema] = {
    "type": "object",
    "required": ["secure"],
    "properties": {"secure": {"type": "string"}},
    "additionalProperties": False,
}
_EXTENDS: Final[Schema] = {
    "description": "Layers below this file, seen from it; later ones win, and the file over all.",
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
    ],
}
_REMOVE: Final[Schema] = {
    "const": True,
    "description": "Takes the entry of this name out of the layers below.",
}
NOTHING: Final = (None, "")
"""Values that take a top-level key out: the engine writes the second one for the first."""


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the keys of a stack file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def default(field: FieldInfo) -> Any:
    """Return the default of a key as a stack file would say it; None: it has none to show."""
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value in ("", (), {}):
        return None
    return in_units(value) if value is not None and is_duration(field) else value


def models(model: type[BaseModel] = Settings) -> dict[str, type[BaseModel]]:
    """Return a model and all that are in it, by name."""
    found = {model.__name__: model}
    for field in model.model_fields.values():
        for kind in models_in(field.annotation):
            found |= models(kind)
    return found


def parts() -> dict[str, Schema]:
    """Return the schema of every model by its name, as pydantic has it."""
    whole = Settings.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    found: dict[str, Schema] = whole.pop("$defs")
    return found | {Settings.__name__: whole}


def variants(schema: Schema) -> list[Schema]:
    """Return what a value may be, but for null and what is said of the key."""
    bare = {key: item for key, item in schema.items() if key not in ("default", "title")}
    listed: list[Schema] = bare.get("anyOf", [bare])
    return [item for item in listed if item != {"type": "null"}]


def _listed() -> dict[type[BaseModel], tuple[str, ...]]:
    """Return the models that lists are of, with the keys that an entry cannot do without."""
    found = {}
    for model in models().values():
        for field in model.model_fields.values():
            for kind in models_in(field.annotation) if is_list(field.annotation) else ():
                keys = identity(kind) or dict(fields(kind))
                found[kind] = tuple(key for key in keys if fields(kind)[key].is_required())
    return found


def _property(schema: Schema, field: FieldInfo, said: str) -> Schema:
    """Return the schema of a key: what it allows, or null to take it out."""
    result: Schema = {"description": said}
    options = [_untitled(item) for item in variants(schema)]
    if len(options) == 1 and isinstance(options[0].get("type"), str):
        [option] = options
        result |= option | {"type": [option["type"], "null"]}
        if "enum" in option:
            result["enum"] = [*option["enum"], None]
    else:
        result["anyOf"] = [*options, {"type": "null"}]
    shown = default(field)
    return result if shown is None else result | {"default": shown}


def _untitled(schema: Schema) -> Schema:
    inner = {key: item for key, item in schema.items() if key not in ("title", "default")}
    for key in ("items", "additionalProperties"):
        if isinstance(inner.get(key), dict):
            inner[key] = _untitled(inner[key])
    return inner


def _definition(model: type[BaseModel], schema: Schema) -> Schema:
    said = docstrings(model)
    names = {field.alias or name: said[name] for name, field in model.model_fields.items()}
    listed = _listed()
    properties = {
        key: _property(schema["properties"][key], field, names[key])
        for key, field in fields(model).items()
    }
    if model in listed and identity(model):
        properties[REMOVE] = _REMOVE
    result: Schema = {
        "description": plain(model.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    required = listed.get(model)
    return result | {"required": list(required)} if required else result


def _top(schema: Schema) -> Schema:
    """Return the schema of a top-level key, which may be taken out as the engine writes it."""
    inner = {key: item for key, item in schema.items() if key not in ("description", "default")}
    said = {key: item for key, item in schema.items() if key in ("description", "default")}
    return said | {"anyOf": [*inner.get("anyOf", [inner]), {"enum": list(NOTHING)}]}


def stack_file() -> Schema:
    """Return the schema of a stack file, which is that of a layer, too."""
    pieces = parts()
    kinds = models()
    top = _definition(Settings, pieces.pop(Settings.__name__))
    config = {f"{PREFIX}{key}": _top(schema) for key, schema in top["properties"].items()}
    secrets = {
        f"{PREFIX}{key}": _SECRET | {"description": plain(said)}
        for key, said in SECRET_KEYS.items()
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Stack file of ambientmesh, or a layer of one",
        "description": "Made by `make docs` from components/models: change it there.",
        "type": "object",
        "properties": {
            "config": {
                "type": ["object", "null"],
                "properties": {f"{PREFIX}{EXTENDS}": _EXTENDS} | config | secrets,
                "patternProperties": {f"^(?!{PREFIX})[^:]+:.+$": {}},
                "additionalProperties": False,
            }
        }
        | _ENGINE,
        "additionalProperties": False,
        "definitions": {name: _definition(kinds[name], pieces[name]) for name in sorted(pieces)},
    }


__all__ = ["default", "fields", "models", "parts", "stack_file", "variants"]
