"""What is said of every key: the docstrings below the fields of the models."""

import ast
import inspect
import re
import textwrap
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


@cache
def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstring of every field that has one, by the field's name, on one line.

    They are read from the source: pydantic can do it too, but at every import.
    """
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            found |= _written(kind)
    return {name: found[name] for name in model.model_fields if name in found}


def _written(kind: type[BaseModel]) -> dict[str, str]:
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match below:
                case ast.Expr(ast.Constant(str() as text)):
                    found[field.target.id] = plain(text)
    return found


def plain(text: str) -> str:
    """Return a docstring on one line, code marked as Markdown does."""
    return re.sub(r"``([^`]*)``", r"`\1`", " ".join(text.split()))
