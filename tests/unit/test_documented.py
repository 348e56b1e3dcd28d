"""Every key of a stack file is explained in its model."""

import pytest
from pydantic import BaseModel

from components.config_errors import models_in
from components.documented import docstrings, plain
from components.settings import Settings


def _models(model: type[BaseModel]) -> set[type[BaseModel]]:
    found = {model}
    for field in model.model_fields.values():
        for kind in models_in(field.annotation):
            found |= _models(kind)
    return found


MODELS = {model.__name__: model for model in sorted(_models(Settings), key=lambda m: m.__name__)}


@pytest.mark.parametrize("name", MODELS)
def test_every_key_has_a_docstring_below_it(name: str) -> None:
    model = MODELS[name]

    lacking = set(model.model_fields) - set(docstrings(model))

    assert not lacking, f"write what these keys of {name} say"


def test_models_of_two_modules_may_not_share_a_name() -> None:
    assert len(MODELS) == len(_models(Settings)), "the schema names its parts by them"


def test_a_docstring_becomes_one_line_of_markdown() -> None:
    assert plain("What ``a``\n    and ``b`` do.") == "What `a` and `b` do."


def test_a_key_that_a_model_inherits_is_explained_where_it_is_written_last() -> None:
    class Base(BaseModel):
        one: int = 1
        """Of the base."""
        two: int = 2
        """Of the base."""

    class Derived(Base):
        two: int = 3
        """Of its own."""

    assert docstrings(Derived) == {"one": "Of the base.", "two": "Of its own."}
