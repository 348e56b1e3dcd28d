"""Text of a plan made safe in Markdown: names and values are others', and may be anything."""

import re
from collections.abc import Sequence
from typing import Final

_SPECIAL: Final = re.compile(
    r"\[\d+\](?![(\[:])"  # an index, as in `containers[0]`, and no link
    r"|(?<=[^\W_])_(?=[^\W_])"  # within a word
    r"|([\\`*_{}\[\]<>#|~&$]|!(?=\[)|:(?=[\w+-]+:))"
)
"""What Markdown acts on, in its group. A bracket that opens a link is always in it, so that nothing
is a link, an image or a definition of one, and what may follow needs no backslash."""
_BREAKS: Final = re.compile(r"[\r\n\u2028\u2029\v\f]+")
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Nobody sees them, and some turn the order of what is beside them around."""
_REFERENCE: Final = re.compile(
    r"([@#])(?=[A-Za-z0-9_])|\b((?:https?|ftp)(?=:)|www(?=\.))", re.IGNORECASE
)
"""What becomes a mention, an issue or a link in the finished page, where no backslash helps."""
_JOINER: Final = "\u2060"
"""Word joiner: it has no width, and what it is in is no mention and no link."""


def clean(text: str) -> str:
    """Return text on one line, without characters that are not seen."""
    return _CONTROL.sub("", _BREAKS.sub(" ", text))


def plain(text: str) -> str:
    """Return text that stands in Markdown, table cells included, as the letters that it is."""
    apart = _REFERENCE.sub(lambda found: found[0] + _JOINER, clean(text))
    return _SPECIAL.sub(lambda found: f"\\{found[1]}" if found[1] else found[0], apart)


def cut(text: str, most: int) -> str:
    """Return no more than the beginning of a text, and how long it is."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def code(text: str) -> str:
    """Return text as code within a line, also in a table cell."""
    found = clean(text)
    if not found.strip() or "|" in found:
        # In a table a pipe ends the cell even within code, and its escape is shown elsewhere.
        return plain(found)
    fence = "`" * (_longest(found) + 1)
    pad = " " if found.startswith("`") or found.endswith("`") else ""
    return f"{fence}{pad}{found}{pad}{fence}"


def _longest(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def block(lines: Sequence[str], language: str = "diff") -> str:
    """Return lines as a block of code that none of them can end."""
    text = "\n".join(_CONTROL.sub("", line) for line in lines)
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return a table; its cells are Markdown already.

    Args:
        head: titles of the columns.
        rows: their cells.
        numbers: which columns stand at the right.
    """
    rule = ["---:" if column in numbers else "---" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def folded(title: str, body: str, *, opened: bool = False) -> str:
    """Return a part that opens when it is clicked; ``title`` is HTML-safe text of our own."""
    word = "<details open>" if opened else "<details>"
    return f"{word}<summary>{title}</summary>\n\n{body}\n\n</details>"


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names as a sentence has them: ``a, b and c``; of many, the first, and how many."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    if len(names) < 2:  # noqa: PLR2004 a sentence needs no "and"
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(count: int, one: str, many: str = "") -> str:
    """Return ``1 link`` or ``2 links``."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
