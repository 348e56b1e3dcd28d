"""The schema and the page of all keys are what the models say, or the check fails."""

from pathlib import Path

import pytest

from components import reference
from components.schema import fields, models

ROOT = Path(__file__).parents[2]


def test_nothing_of_this_checkout_is_stale() -> None:
    assert reference.stale(ROOT) == []


@pytest.mark.parametrize("name", reference.FILES)
def test_a_file_that_is_not_what_the_models_say_fails_the_check_and_is_left_alone(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.main(["--check"], tmp_path) == 1, "there is none of them"
    for folder in ("docs", "schema"):
        (tmp_path / folder).mkdir()
    assert reference.main([], tmp_path) == 0
    assert reference.main(["--check"], tmp_path) == 0
    file = tmp_path / name
    edited = file.read_text(encoding="utf-8").replace("cluster", "klaster", 1)
    file.write_text(edited, encoding="utf-8")
    capsys.readouterr()

    assert reference.main(["--check"], tmp_path) == 1

    assert capsys.readouterr().err == f"{name} is not what the models say; fix: make docs\n"
    assert file.read_text(encoding="utf-8") == edited


def test_the_page_has_every_key_of_every_model() -> None:
    page = reference.page()

    for model in models().values():
        for key in fields(model):
            headed = any(f"{before}{key}{end}\n" in page for before in " ." for end in ("", "[]"))
            assert headed or f"| `{key}` |" in page, key
