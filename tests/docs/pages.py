"""Reads the pages of this repository: their blocks of code, their inline code, headings, links."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT: Final = Path(__file__).parents[2]
_LEFT: Final = {".git", ".local", ".bin", "__pycache__"}
_MARKDOWN: Final = MarkdownIt().enable("table")
_UNRUN: Final = re.compile(r"\*?Needs (a|an|the) (cloud|internet|clusters of your own): (.{20,})")
"""The line above a block that no test runs, with the reason, for readers and for the test."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of code.

    Args:
        page: path of its page, from the root of the checkout.
        line: number of its first line of code.
        language: after the fence; empty for an indented block.
        text: what is in it.
        section: anchor of the heading above it.
        above: text of the paragraph right above it.
    """

    page: str
    line: int
    language: str
    text: str
    section: str
    above: str

    @property
    def is_marked(self) -> bool:
        """Whether the page says above it that it runs elsewhere only, and why."""
        return bool(_UNRUN.match(self.above.replace("\n", " ")))


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A piece of a page with its line: inline code, or where a link leads."""

    page: str
    line: int
    text: str


def files(*patterns: str) -> list[str]:
    """Return the files of the checkout, as paths from its root; what programs leave is not of it.

    Args:
        patterns: of names, of which one must match; none: all files.
    """
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in _LEFT]
        inside = Path(folder).relative_to(ROOT)
        found += [
            (inside / name).as_posix()
            for name in names
            # In a worktree .git is a file, and a copy with it would commit to this repository.
            if name not in _LEFT
            if not patterns or any(fnmatch(name, pattern) for pattern in patterns)
        ]
    return sorted(found)


def pages() -> list[str]:
    """Return every page, as a path from the root of the checkout."""
    return files("*.md")


@cache
def _tokens(page: str) -> tuple[Token, ...]:
    return tuple(_MARKDOWN.parse((ROOT / page).read_text(encoding="utf-8")))


def _slug(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _text(inline: Token) -> str:
    return "".join(
        child.content if child.type in ("text", "code_inline") else "\n"
        for child in inline.children or ()
        if child.type in ("text", "code_inline", "softbreak")
    )


def anchors(page: str) -> list[str]:
    """Return the anchors of a page's headings; what comes twice is numbered, as GitHub does."""
    found: list[str] = []
    for opening, inline in pairwise(_tokens(page)):
        if opening.type == "heading_open":
            slug = _slug(_text(inline))
            again = sum(
                re.fullmatch(rf"{re.escape(slug)}(-\d+)?", one) is not None for one in found
            )
            found.append(f"{slug}-{again}" if again else slug)
    return found


def blocks(page: str) -> Iterator[Block]:
    """Yield a page's blocks of code, in order."""
    section = above = ""
    previous: Token | None = None
    for token in _tokens(page):
        if token.type == "inline" and previous is not None:
            text = _text(token)
            section = _slug(text) if previous.type == "heading_open" else section
            above = text
        elif token.type in ("fence", "code_block") and token.map:
            fence = token.type == "fence"
            yield Block(
                page=page,
                line=token.map[0] + (2 if fence else 1),
                language=token.info.strip(),
                text=token.content,
                section=section,
                above=above,
            )
            above = ""
        previous = token


def inline_code(page: str) -> Iterator[Mention]:
    """Yield the inline code of a page."""
    for token in _tokens(page):
        for child in token.children or ():
            if child.type == "code_inline" and token.map:
                yield Mention(page=page, line=token.map[0] + 1, text=child.content)


def links(page: str) -> Iterator[Mention]:
    """Yield where the links and images of a page lead."""
    for token in _tokens(page):
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if isinstance(target, str) and token.map:
                yield Mention(page=page, line=token.map[0] + 1, text=target)
