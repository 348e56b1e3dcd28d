"""docs/rules.md explains every code that a mistake is told by, and none besides."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
ROWS = re.findall(r"(?m)^\| (AM\d{3}) \|([^|]+)\|([^|]+)\|([^|]+)\|$", PAGE)


def test_every_code_of_the_program_is_on_the_page_once() -> None:
    source = [file.read_text(encoding="utf-8") for file in (ROOT / "components").rglob("*.py")]
    # Text, or a line of it, that begins with a code; prose may mention others.
    used = set(re.findall(r"(?:[\"']|\\n)(AM\d{3})\b", "\n".join(source)))

    explained = Counter(code for code, *_ in ROWS)

    assert used == set(explained)
    assert max(explained.values()) == 1


def test_every_code_has_its_reason_example_and_fix_and_is_in_its_section() -> None:
    section = ""
    for line in PAGE.splitlines():
        if found := re.match(r"## (\d)xx", line):
            section = found[1]
        if line.startswith("| AM"):
            assert line.startswith(f"| AM{section}"), line
            assert len([cell for cell in line.split("|") if cell.strip()]) == 4, line


def test_the_codes_are_in_order() -> None:
    codes = [code for code, *_ in ROWS]

    assert codes == sorted(codes)
