"""``python -m components.reference``: writes the schema and the page of all keys, or checks both.

With ``--check`` nothing is written: exit code 1 if one of them is not what the models say.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from components import schema
from components.config_errors import models_in
from components.documented import docstrings, plain
from components.identities import IDENTITIES, is_list
from components.keys import EXTENDS, PREFIX, SECRET_KEYS
from components.models import Settings
from components.schema import Schema
from components.shapes import MEANING

HEAD: Final = f"""# Configuration

Every key of a stack file, made by `make docs` from `components/models`: change it there. Keys stand
below `config:`, with `{PREFIX}` before them. [Pulumi.dev.yaml](../Pulumi.dev.yaml) has them all to
copy, [stacks.md](stacks.md) says how files are laid over one another, and `make config STACK=…`
prints what came of it. `…[]` is an entry of a list.
"""
_PLAIN: Final = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}


def kind_of(value: Schema) -> str:
    """Return in a few words what a value may be."""
    return " or ".join(_kind(item) for item in schema.variants(value))


def _kind(value: Schema) -> str:
    if MEANING in value:
        return str(value[MEANING])
    if "enum" in value or "const" in value:
        return ", ".join(f"`{item}`" for item in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        return f"list of {_several(kind_of(value.get('items', {})))}"
    if "$ref" in value or value.get("type") == "object":
        inner = value.get("additionalProperties")
        return f"map of {_several(kind_of(inner))}" if isinstance(inner, dict) else "map"
    words = [_PLAIN.get(str(value.get("type")), "value")]
    words += [f"from {value['minimum']}"] if "minimum" in value else []
    words += [f"to {value['maximum']}"] if "maximum" in value else []
    return " ".join(words)


def _several(kind: str) -> str:
    return kind if kind.endswith(("`", "text")) else f"{kind}s"


def _default(key: str, model: type[BaseModel]) -> str:
    field = schema.fields(model)[key]
    if field.is_required():
        return "**required**"
    value = schema.default(field)
    value = ", ".join(value) if isinstance(value, tuple) else value
    return "" if value is None else f"`{json.dumps(value) if value in (True, False) else value}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _table(model: type[BaseModel], keys: list[str], parts: dict[str, Schema]) -> Iterator[str]:
    yield _row("key", "value", "default", "")
    yield "|---|---|---|---|"
    said = docstrings(model)
    names = {field.alias or name: said[name] for name, field in model.model_fields.items()}
    properties = parts[model.__name__]["properties"]
    for key in keys:
        yield _row(f"`{key}`", kind_of(properties[key]), _default(key, model), names[key])


def _section(key: str, model: type[BaseModel], at: tuple[str, ...], parts: Any) -> Iterator[str]:
    """Yield the lines on a map, or an entry of a list, and then on those that are in it."""
    yield f"\n{'#' * min(len(at) + 1, 4)} {key}\n"
    yield f"{plain(model.__doc__ or '')}\n"
    if at in IDENTITIES:
        names = ", ".join(f"`{name}`" for name in IDENTITIES[at])
        yield f"Layers merge entries by {names}.\n"
    yield from _table(model, list(schema.fields(model)), parts)
    for name, field in schema.fields(model).items():
        for kind in models_in(field.annotation):
            inner = f"{key}.{name}{'[]' if is_list(field.annotation) else ''}"
            yield from _section(inner, kind, (*at, name), parts)


def page() -> str:
    """Return the reference of all keys."""
    parts = schema.parts()
    scalars = [
        key
        for key, field in schema.fields(Settings).items()
        if not any(True for _ in models_in(field.annotation))
    ]
    said = "Layers below this file: a path, or a list of paths ([stacks.md](stacks.md))."
    lines = [HEAD, "## Plain keys\n", *_table(Settings, scalars, parts)]
    lines += [_row(f"`{EXTENDS}`", "path, or list of paths", "", said)]
    lines += ["\n## Secrets\n", f"Set by `pulumi config set --secret {PREFIX}KEY`, and only so.\n"]
    lines += [_row("key", ""), "|---|---|"]
    lines += [_row(f"`{key}`", plain(text)) for key, text in SECRET_KEYS.items()]
    for key, field in schema.fields(Settings).items():
        for kind in models_in(field.annotation):
            name = f"{key}{'[]' if is_list(field.annotation) else ''}"
            lines += _section(name, kind, (key,), parts)
    return "\n".join(lines) + "\n"


def _schema() -> str:
    return json.dumps(schema.stack_file(), indent=1, ensure_ascii=False) + "\n"


FILES: Final[dict[str, Callable[[], str]]] = {
    "schema/stack.schema.json": _schema,
    "docs/configuration.md": page,
}
"""What is made, seen from Pulumi.yaml."""


def stale(project: Path) -> list[str]:
    """Return the files that are not what the models say."""
    found = []
    for name, made in FILES.items():
        file = project / name
        if not file.is_file() or file.read_text(encoding="utf-8") != made():
            found.append(name)
    return found


def main(arguments: list[str], project: Path) -> int:
    """Write both files, or say which of them is stale."""
    if arguments == ["--check"]:
        wrong = stale(project)
        sys.stderr.writelines(
            f"{name} is not what the models say; fix: make docs\n" for name in wrong
        )
        return 1 if wrong else 0
    for name, made in FILES.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(made(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parents[1]))
