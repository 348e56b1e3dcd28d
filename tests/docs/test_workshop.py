"""The page of the workshop accounts for every command, and its keys are keys."""

import re
from typing import Final

from pydantic import BaseModel

from components.config_errors import models_in
from components.keys import SECRETS
from components.settings import Settings
from tests.docs.pages import ROOT

PAGE: Final = (ROOT / "docs/workshop.md").read_text(encoding="utf-8")
ROWS: Final = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| chapter"))
]


def _paths(model: type[BaseModel], above: str = "") -> set[str]:
    """Return every key of the settings as pages write it: ``namespaces[].services[]``."""
    found = set[str]()
    for name, field in model.model_fields.items():
        key = above + (field.alias or name)
        found |= {key, f"{key}[]"}
        for kind in models_in(field.annotation):
            found |= _paths(kind, f"{key}.") | _paths(kind, f"{key}[].")
    return found


def test_every_command_is_in_a_row_and_the_readme_says_how_many() -> None:
    [said] = re.findall(r"The (\d+) commands", PAGE)

    assert sum(int(row[1] or 0) for row in ROWS) == int(said)
    assert f"{said} typed commands" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_row_names_a_key_or_says_that_there_is_none() -> None:
    known = _paths(Settings) | set(SECRETS)

    for row in ROWS:
        keys = re.findall(r"`([a-z]\w+(?:\[\])?(?:\.\w+(?:\[\])?)*)(?:: \w+)?`", row[3])
        assert set(keys) & known or row[3].startswith(("none:", "none", "this checkout")), row
        assert {key for key in keys if key not in ("url", "vms", "management.ui", "up")} <= known, (
            row
        )
