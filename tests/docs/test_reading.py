"""What the other tests here read of a page is what stands there."""

from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.commands import is_command, kind, mentioned, typed
from tests.docs.pages import Block, anchors, blocks

PAGE = """# A `page`

*Needs a cloud: somebody has to pay for it.*

```sh
make up   # with a comment
pulumi config set a "b # c" \\
  --secret
```

```sh
make down
```

## Again
text `make down`

## Again

    out of a program
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Block]:
    (tmp_path / "page-of-a-test.md").write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    return list(blocks("page-of-a-test.md"))


def test_blocks_have_their_line_their_section_and_whether_they_are_marked(
    found: list[Block],
) -> None:
    assert [(block.line, block.section, block.is_marked) for block in found] == [
        (6, "a-page", True),
        (12, "a-page", False),
        (20, "again", False),
    ]


def test_commands_are_joined_and_without_comments(found: list[Block]) -> None:
    assert [command.text for command in typed(found[0])] == [
        "make up",
        'pulumi config set a "b # c" --secret',
    ]
    assert [command.line for command in typed(found[0])] == [6, 7]


@pytest.mark.usefixtures("found")
def test_headings_of_one_name_are_numbered_and_verbs_in_sentences_found() -> None:
    assert anchors("page-of-a-test.md") == ["a-page", "again", "again-1"]
    assert [command.text for command in mentioned("page-of-a-test.md")] == ["make down"]


def _block(text: str, language: str = "") -> Block:
    return Block(page="p.md", line=1, language=language, text=text, section="", above="")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("make up\n# then\nFOO=1 pulumi up", "", "shell"),
        ("ambientmesh:ingress:\n  clusters: []", "", "yaml"),
        ("config:\n  ambientmesh:ingress: {}", "", "yaml"),
        ("the mesh is up", "", "shown"),
        ("make: nothing", "text", "shown"),
    ],
)
def test_a_block_is_known_by_its_language_or_by_its_lines(
    text: str, language: str, expected: str
) -> None:
    assert kind(_block(text, language)) == expected


@pytest.mark.parametrize(
    ("text", "language"), [("make up\nthe mesh is up", ""), ("make up", "shel")]
)
def test_a_block_in_which_a_command_could_hide_is_refused(text: str, language: str) -> None:
    with pytest.raises(ValueError, match=r"p\.md:1"):
        kind(_block(text, language))


def test_a_line_that_is_only_an_assignment_is_a_command() -> None:
    assert is_command("MARK=a/b=c")
    assert not is_command("MARK: a")
