"""Turns every mistake into one line: key, what was found, what is allowed, the fix.

Mistakes are what pydantic finds in the settings; keys that nobody reads are `stray_keys`' to find.
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, from_json

from components.fields import WRONG
from components.mistakes import report

SHOWN = 80
"""Characters of a wrong value that are shown: a line must stay a line."""

_TYPES = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "dict_type": "a map of keys",
    "model_type": "a map of keys",
    "model_attributes_type": "a map of keys",
}

_FIXED = {
    kind: ("AM003", f"allowed: {what}; fix: write {what}") for kind, what in _TYPES.items()
} | {
    # YAML makes a switch of no, and a number of 1.10.
    "string_type": ("AM003", "allowed: text; fix: write text, in quotes"),
    "string_too_short": (
        "AM006",
        "allowed: text that is not empty; fix: write a value or remove the key",
    ),
    "too_short": ("AM006", "allowed: at least one entry; fix: add an entry"),
}

_SEE = "see Pulumi.dev.yaml, which has every key"

_PLAIN = re.compile(r"[^\s,;'\"]+")
"""Keys that stand in a line as they are."""


def path(location: Sequence[int | str]) -> str:
    """Return ``clusters[1].trustDomain`` for ``("clusters", 1, "trustDomain")``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        plain = part.isprintable() and _PLAIN.fullmatch(part)
        key = part if plain else repr(part)  # a line must stay a line, and a key one word
        text += f".{key}" if text else key
    return text


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation names, however deep: ``tuple[Model, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def fields_at(model: type[BaseModel], location: Sequence[int | str]) -> dict[int | str, FieldInfo]:
    """Return the keys of the map at a location, with what each allows."""
    for part in location:
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                model = next(models_in(field.annotation), model)
    return {field.alias or name: field for name, field in model.model_fields.items()}


def shown(value: object) -> str:
    """Return a value as it stands in a stack file, shortened; text is quoted as Python does."""
    if isinstance(value, dict | BaseModel):
        return "a map"
    if isinstance(value, str) and "PRIVATE KEY" in value:
        return "a private key"  # pasted where a certificate belongs: it must not reach a log
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _unknown_key(key: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, allowed, n=1, cutoff=0.6)
    fix = f"write {close[0]!r}" if close else "remove it"
    return f"allowed: {', '.join(allowed)}; fix: {fix}"


def _rule(kind: str, context: Mapping[str, Any], value: object) -> tuple[str, str]:
    """Return the code of a mistake, and what is said of it after what was found."""
    if kind == "rule":
        # What is said of a map as a whole is about keys of it that do not go together.
        of_a_map = context["code"] == WRONG and isinstance(value, dict | BaseModel)
        return "AM020" if of_a_map else str(context["code"]), str(context["text"])
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "literal_error":
        return "AM004", f"allowed: {context['expected']}; fix: write one of them"
    if kind in ("greater_than_equal", "less_than_equal"):
        word, limit = ("at least", "ge") if "ge" in context else ("at most", "le")
        return "AM005", f"allowed: {word} {context[limit]}; fix: write a number in range"
    if kind == "string_too_long":
        return WRONG, f"allowed: at most {context['max_length']} characters; fix: shorten it"
    allowed = context.get("error", kind)
    return "AM007", f"allowed: {allowed}; fix: {_SEE}"


def lines(error: ValidationError, model: type[BaseModel], secrets: Sequence[str] = ()) -> list[str]:
    """Return one line for every mistake, in the order of the file.

    Args:
        error: what pydantic found.
        model: of the whole file.
        secrets: top-level keys that are allowed too, though the model does not have them.
    """
    result = []
    found_errors = error.errors(include_url=False)
    for item in found_errors:
        location, kind = item["loc"], item["type"]
        deeper = any(e["loc"][: len(location)] == location and e is not item for e in found_errors)
        if kind == "too_short" and deeper:
            continue  # pydantic counts only entries that are valid
        if kind == "json_invalid":
            result.append(_unreadable(item))
            continue
        code, text = _told(item, model, secrets)
        result.append(f"{code} {path(location) or 'configuration'}: {text}")
    return result


def _unreadable(item: ErrorDetails) -> str:
    """Return the line of what pydantic cannot read: by itself it names no more than a column.

    The whole file is the input, so that none of it is shown: a key that nobody knows may be a
    secret's.
    """
    reason = str(item["ctx"]["error"]).partition(" at line ")[0]
    key = "configuration"
    for name, value in json.loads(item["input"]).items():
        try:
            from_json(json.dumps(value))
        except ValueError:
            key = path((name,))
    return (
        f"AM007 {key}: found what cannot be read ({reason}); allowed: whole characters, in lists"
        f" and maps of a few levels; fix: {_SEE}"
    )


def _told(item: ErrorDetails, model: type[BaseModel], secrets: Sequence[str]) -> tuple[str, str]:
    location, kind = item["loc"], item["type"]
    if kind == "missing":
        return "AM002", "found nothing; allowed: a value, it has no default; fix: add the key"
    if kind == "extra_forbidden":
        keys = [str(key) for key in fields_at(model, location[:-1])]
        keys += secrets if len(location) == 1 else ()
        return "AM001", f"found an unknown key; {_unknown_key(str(location[-1]), keys)}"
    code, rule = _rule(kind, item.get("ctx", {}), item["input"])
    text = f"found {shown(item['input'])}; {rule}"
    field = fields_at(model, location[:-1]).get(location[-1]) if location else None
    empty = item["input"] is None or (item["input"] == "" and kind != "string_too_short")
    if empty and field and not field.is_required():
        text += ", or remove the key"
    return code, text


__all__ = ["fields_at", "lines", "models_in", "path", "report", "shown"]
