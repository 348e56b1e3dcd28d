"""Text of a plan in Markdown: whatever it is, it stays text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report import markdown


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a|b", r"a\|b"),
        ("**loud**", r"\*\*loud\*\*"),
        ("<img src=x>", r"\<img src=x\>"),
        ("`run`", r"\`run\`"),
        ("[a](b)", r"\[a\](b)"),
        ("[0](b)", r"\[0\](b)"),
        ("[0][1]: b", r"\[0\]\[1\]: b"),
        ("![0]", r"\![0]"),
        ("_loud_ a_b", r"\_loud\_ a_b"),
        (":smile: sha256:1", r"\:smile: sha256:1"),
        ("Fix: containers[0].image (Release)", "Fix: containers[0].image (Release)"),
        ("two\nlines", "two lines"),
        ("\u202edesrever", "desrever"),
    ],
)
def test_what_markdown_would_act_on_is_escaped(text: str, safe: str) -> None:
    assert markdown.plain(text) == safe


@pytest.mark.parametrize(
    "text", ["@octocat", "x @team/one", "see #12", "https://evil.example", "www.a.b"]
)
def test_nobody_is_called_up_and_nothing_is_linked(text: str) -> None:
    sign = next(part for part in ("@", "#", "https", "www") if part in text)

    assert f"{sign}\u2060" in markdown.plain(text).replace("\\", "")


@given(st.text())
def test_code_in_a_line_ends_where_its_fence_does(text: str) -> None:
    found = markdown.code(text)

    assert "\n" not in found
    if found.startswith("`"):
        fence = found[: len(found) - len(found.lstrip("`"))]
        assert found.endswith(fence)
        assert fence not in found[len(fence) : -len(fence)]
        assert "|" not in found


@given(st.lists(st.text()))
def test_no_line_ends_a_block(lines: list[str]) -> None:
    first, *inner, last = markdown.block(lines).split("\n")
    fence = first.removesuffix("diff")

    assert last == fence
    assert not any(fence in line for line in inner)


def test_many_names_are_counted() -> None:
    assert markdown.listed(list("abc")) == "a, b and c"
    assert markdown.listed(list("abcdefgh"), most=4) == "a, b, c and 5 more"
    assert markdown.listed(["a"]) == "a"
