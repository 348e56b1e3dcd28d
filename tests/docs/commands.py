"""Tells what the code on a page is: shell commands, a piece of a stack file, or what one sees."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.docs.pages import Block, blocks, inline_code

SHELL: Final = ("sh", "bash", "shell")
SHOWN: Final = ("text", "diff", "json", "html", "markdown", "python", "toml")
"""Languages of blocks in which nothing is to be typed into a shell."""
PROGRAMS: Final = frozenset(
    {"cat", "cd", "cp", "curl", "docker", "export", "find", "gcloud", "gh", "git", "helm"}
    | {"istioctl", "kubectl", "make", "meshctl", "mkdir", "mv", "openssl", "pip", "pulumi"}
    | {"pytest", "python", "python3", "rm", "sed", "ssh", "touch", "umask", "uv"}
)
"""First words by which a line without a language is known as a command."""
_STACK: Final = re.compile(r"\s*(config|ambientmesh:\w+):$")
"""How a piece of a stack file begins."""
_ASSIGNED: Final = re.compile(r"[A-Z][A-Z0-9_]*=\S*$")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line of a page.

    Args:
        block: that it is in; None if it is inline code.
        page: its page.
        line: where it begins.
        text: without comments, its continuation lines joined, blanks made one.
    """

    block: Block | None
    page: str
    line: int
    text: str

    @property
    def place(self) -> str:
        """Where it stands, and what it is."""
        return f"{self.page}:{self.line}: {self.text}"


def is_command(line: str) -> bool:
    """Whether a line, whose language nobody says, is one for a shell."""
    words = line.split()
    while words and _ASSIGNED.match(words[0]):
        if len(words) == 1:
            return True
        words = words[1:]
    return bool(words) and (words[0] in PROGRAMS or words[0].startswith((".local/", "./")))


def kind(block: Block) -> str:
    """Return ``shell``, ``yaml`` or ``shown``.

    Raises:
        ValueError: nobody can tell, so that a command might be missed.
    """
    known = dict.fromkeys(SHELL, "shell") | {"yaml": "yaml"} | dict.fromkeys(SHOWN, "shown")
    if block.language:
        if block.language not in known:
            raise ValueError(f"{block.page}:{block.line}: language {block.language!r} is not known")
        return known[block.language]
    lines = [line for line in block.text.splitlines() if line.strip() and line.strip()[0] != "#"]
    if all(is_command(line) for line in lines):
        return "shell"
    if any(is_command(line) for line in lines):
        raise ValueError(f"{block.page}:{block.line}: commands among other lines; say ```sh")
    return "yaml" if lines and _STACK.match(lines[0]) else "shown"


def is_shell(block: Block) -> bool:
    """Whether a block is to be typed; of one that nobody can tell, a test of its own complains."""
    try:
        return kind(block) == "shell"
    except ValueError:
        return False


def _without_comment(line: str) -> str:
    quote = ""
    for index, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "#" and (index == 0 or line[index - 1].isspace()):
            return line[:index]
    return line


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Yield each command with the offset of its first line."""
    parts: list[str] = []
    first = 0
    for offset, line in enumerate(text.splitlines()):
        code = " ".join(_without_comment(line).split())
        if not code:
            continue
        first = first if parts else offset
        if code.endswith("\\"):
            parts.append(code[:-1].strip())
            continue
        yield first, " ".join([*parts, code])
        parts = []


def typed(block: Block) -> list[Command]:
    """Return the commands of a block of shell."""
    return [
        Command(block=block, page=block.page, line=block.line + offset, text=text)
        for offset, text in _split(block.text)
    ]


def commands(page: str) -> list[Command]:
    """Return every command in the blocks of a page, in order."""
    return [one for block in blocks(page) if is_shell(block) for one in typed(block)]


def mentioned(page: str) -> list[Command]:
    """Return the commands of this project's own verbs in the inline code of a page."""
    return [
        Command(block=None, page=page, line=code.line, text=" ".join(code.text.split()))
        for code in inline_code(page)
        if re.match(r"make \w|\.local/\S+ \S", code.text)
    ]
