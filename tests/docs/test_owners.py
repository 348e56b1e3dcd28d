"""The form of owners is one that can be filled in, and names nobody."""

import re
from fnmatch import fnmatch
from typing import Final

from tests.docs.pages import ROOT, files

FORM: Final = (ROOT / ".github/CODEOWNERS").read_text(encoding="utf-8").splitlines()


def test_nobody_is_named_who_is_not_there() -> None:
    assert not [line for line in FORM if not line.startswith("#")], "GitHub would refuse the file"


def test_every_line_of_the_form_is_about_files_that_are_there() -> None:
    patterns = [found[1] for line in FORM if (found := re.match(r"# (\S+) +@ORG/TEAM$", line))]
    there = files()

    assert "*" in patterns
    for pattern in patterns:
        path = pattern.removeprefix("/") + ("*" if pattern.endswith("/") else "")
        assert any(fnmatch(name, path) for name in there), pattern
