"""What a page points at is there."""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import ROOT, anchors, files, links, pages

_MENTIONED = re.compile(r"(?<![\w./-])(?:docs|certs|policies|report)/[\w/-]+\.md\b")
"""A page that code, a stack file or another page names without a link."""


def _lost(page: str) -> Iterator[str]:
    for link in links(page):
        target = urlsplit(link.text)
        if target.scheme or target.netloc:
            continue
        folder = posixpath.dirname(page)
        path = posixpath.normpath(posixpath.join(folder, unquote(target.path)))
        there = path if target.path else page
        if there not in FILES and not any(file.startswith(f"{there}/") for file in FILES):
            yield f"{page}:{link.line}: there is no {there}"
        elif target.fragment and target.fragment not in anchors(there):
            yield f"{page}:{link.line}: {there} has no heading #{target.fragment}"


FILES = set(files())


@pytest.mark.parametrize("page", pages())
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page: str) -> None:
    assert not list(_lost(page))


def test_every_page_that_a_file_names_is_there() -> None:
    lost = []
    named = files("*.py", "*.yaml", "*.yml", "*.md", "Makefile", "*.json")
    for name in named:
        if name.startswith("tests/"):  # where pages that are not there are invented
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        lost += [f"{name}: {page}" for page in _MENTIONED.findall(text) if page not in FILES]

    assert not lost


def test_every_page_is_reached_from_the_readme() -> None:
    found, coming = set[str](), ["README.md"]
    while coming:
        page = coming.pop()
        found.add(page)
        for link in links(page):
            path = posixpath.normpath(
                posixpath.join(posixpath.dirname(page), urlsplit(link.text).path)
            )
            if path.endswith(".md") and path in FILES and path not in found:
                coming.append(path)

    assert not {page for page in pages() if not page.startswith(".github/")} - found
