"""The schema of stack files says of a file what the models say of it, as far as a schema can."""

import functools
import json
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft7Validator, ValidationError, validators

from components import schema
from components.keys import PREFIX, SCALARS
from components.settings import ConfigurationError, parse
from tests import corpus
from tests.unit.mutations import changed, mutated
from tests.unit.test_mistakes import MISTAKES

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted(
    path for path in (*ROOT.glob("Pulumi.*.yaml"), *(ROOT / "stacks").rglob("*.yaml"))
)

BEYOND: Final = ("AM007", "AM010", "AM017", "AM020")
"""Codes of single keys that a schema cannot tell: what a text means, and keys that need others."""


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[ValidationError]:
    """Read a pattern as editors do: by ECMAScript ``$`` is the end, and no newline comes after."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


@functools.cache
def validator() -> Any:
    made = schema.stack_file()
    Draft7Validator.check_schema(made)
    extend: Any = validators.extend
    return extend(Draft7Validator, {"pattern": _pattern})(made)


def fits(stack: Mapping[str, Any]) -> bool:
    """Whether the schema has no mistake to tell in a stack file."""
    config = {f"{PREFIX}{key}": value for key, value in stack.items()}
    return bool(validator().is_valid({"config": config}))


def told(stack: Mapping[str, Any]) -> list[str]:
    """Return the codes and keys of the mistakes that the program tells in it."""
    try:
        parse(corpus.raw(stack))
    except ConfigurationError as error:
        return [line.partition(": found ")[0] for line in error.lines]
    return []


@pytest.mark.parametrize("name", corpus.MESHES)
def test_a_mesh_that_is_right_fits(name: str) -> None:
    assert fits(corpus.mesh(name))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_this_checkout_fits(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert [error.message for error in validator().iter_errors(content)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_this_checkout_says_where_its_schema_is(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]

    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found, "editors find the schema by the first line"
    assert (path.parent / found[1]).resolve() == ROOT / "schema" / "stack.schema.json"


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_one_key_is_seen_by_an_editor(case: str) -> None:
    mesh, change, codes = MISTAKES[case]
    stack = changed(corpus.mesh(mesh), change)
    alone = {code for code in codes.split() if code < "AM1"}
    # What must be there is known only when all layers are laid over one another.
    seen = alone - {"AM002", *BEYOND}
    removed = any(value in (None, "") for value in change.values())

    assert not fits(stack) or not seen or removed
    assert fits(stack) or alone


def test_files_of_chance_are_judged_alike() -> None:
    """What the program takes the schema takes; what only the program refuses it cannot tell."""
    chance = random.Random(20261126)  # noqa: S311 the same files every time, and no secret
    meshes = [corpus.mesh(name) for name in corpus.MESHES]
    refused = 0
    for _ in range(800):
        stack = mutated(chance.choice(meshes), chance)
        if any(not isinstance(stack.get(key, ""), str) for key in SCALARS):
            continue  # the engine hands those over as text, whatever they are
        lines, fit = told(stack), fits(stack)
        refused += not fit
        assert fit or lines, json.dumps(stack)
        for line in lines if fit else ():
            code, key = line.split(" ", 1)
            assert code[2] != "0" or code in {"AM002", *BEYOND} or _is_removal(stack, key), line

    assert refused > 80


def _is_removal(stack: Mapping[str, Any], key: str) -> bool:
    """Whether a value takes its key out of a layer: the schema is that of layers, too."""
    found: Any = stack
    for index, name in re.findall(r"\[([0-9]+)\]|([^.\[\]]+)", key):
        found = found[int(index)] if index else found[name]
    return found is None or (found == "" and key in stack)
