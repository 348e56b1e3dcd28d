"""Turns every mistake into one line: key, what was found, what is allowed, the fix.

Mistakes are what pydantic finds in the settings; keys that nobody reads are `stray_keys`' to find.
"""

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

SHOWN = 80
"""Characters of a wrong value that are shown: a line must stay a line."""

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
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        key = part if part.isprintable() else repr(part)  # a line must stay a line
        text += f".{key}" if text else key
    return text


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation names, however deep: ``tuple[Model, ...] | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def _fields_at(model: type[BaseModel], location: Sequence[int | str]) -> dict[int | str, FieldInfo]:
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
    return f"allowed: {context.get('error', kind)}; fix: see Pulumi.dev.yaml, which has every key"


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
        where = path(location) or "configuration"
        if kind == "missing":
            text = "found nothing; allowed: a value, it has no default; fix: add the key"
        elif kind == "extra_forbidden":
            keys = [str(key) for key in _fields_at(model, location[:-1])]
            keys += secrets if len(location) == 1 else ()
            text = f"found an unknown key; {_unknown_key(str(location[-1]), keys)}"
        else:
            text = f"found {shown(item['input'])}; {_rule(kind, dict(item.get('ctx', {})))}"
            field = _fields_at(model, location[:-1]).get(location[-1]) if location else None
            if item["input"] is None and field and not field.is_required():
                text += ", or remove the key"
        result.append(f"{where}: {text}")
    return result


def report(stack: str, problems: Iterable[str], stray: Iterable[str] = ()) -> str:
    """Return the message that ends the run.

    Args:
        stack: whose configuration is wrong.
        problems: lines whose keys are in the project's namespace, and lack it.
        stray: lines whose keys are complete; they come first, being the cause of others.
    """
    listed = [*stray, *(f"ambientmesh:{line}" for line in problems)]
    count = "1 mistake" if len(listed) == 1 else f"{len(listed)} mistakes"
    body = "\n".join(f"  {line}" for line in listed)
    return f"{count} in Pulumi.{stack}.yaml; nothing was touched\n{body}"
