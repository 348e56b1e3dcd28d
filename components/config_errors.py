"""Turns pydantic's findings into one line each: key, what was found, what is allowed, the fix."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_TYPES = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "model_type": "a map of keys",
    "model_attributes_type": "a map of keys",
}

_FIXED = {kind: f"allowed: {what}; fix: write {what}" for kind, what in _TYPES.items()} | {
    "string_too_short": "allowed: text that is not empty; fix: write a value or remove the key",
    "too_short": "allowed: at least one entry; fix: add an entry",
}


def path(location: Sequence[int | str]) -> str:
    """Return ``clusters[1].trustDomain`` for ``("clusters", 1, "trustDomain")``."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _keys_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    for part in location:
        if isinstance(part, int):
            continue
        for name, field in model.model_fields.items():
            if part in (name, field.alias):
                kinds = (field.annotation, *get_args(field.annotation))
                model = next(
                    (k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), model
                )
    return [field.alias or name for name, field in model.model_fields.items()]


def _unknown_key(key: str, allowed: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, allowed, n=1, cutoff=0.5)
    fix = f"write {close[0]!r}" if close else "remove it"
    return f"allowed: {', '.join(allowed)}; fix: {fix}"


def _rule(kind: str, context: dict[str, Any]) -> str:
    if kind == "rule":
        return str(context["text"])
    if kind in _FIXED:
        return _FIXED[kind]
    if kind == "literal_error":
        return f"allowed: {context['expected']}; fix: write one of them"
    if kind in ("greater_than_equal", "less_than_equal"):
        word, limit = ("at least", "ge") if "ge" in context else ("at most", "le")
        return f"allowed: {word} {context[limit]}; fix: write a number in range"
    return f"allowed: {context.get('error', kind)}; fix: see the configuration reference"


def lines(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one line for every mistake, in the order of the file."""
    result = []
    found_errors = error.errors(include_url=False)
    for item in found_errors:
        location, kind = item["loc"], item["type"]
        deeper = any(e["loc"][: len(location)] == location and e is not item for e in found_errors)
        if kind == "too_short" and deeper:
            continue  # pydantic counts only entries that are valid
        where = path(location) or "configuration"
        if kind == "missing":
            text = "found nothing; allowed: a value, it has no default; fix: add the key"
        elif kind == "extra_forbidden":
            keys = _keys_at(model, location[:-1])
            text = f"found an unknown key; {_unknown_key(str(location[-1]), keys)}"
        else:
            found = item["input"]
            shown = "a map" if isinstance(found, dict | BaseModel) else repr(found)
            text = f"found {shown}; {_rule(kind, dict(item.get('ctx', {})))}"
        result.append(f"{where}: {text}")
    return result


def report(stack: str, problems: Iterable[str]) -> str:
    """Return the message that ends the run."""
    listed = list(problems)
    count = "1 mistake" if len(listed) == 1 else f"{len(listed)} mistakes"
    body = "\n".join(f"  ambientmesh:{line}" for line in listed)
    return f"{count} in Pulumi.{stack}.yaml; nothing was touched\n{body}"
