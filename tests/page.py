"""``python -m tests.page COMMENT.md PAGE.html``: a comment as a forge would show it, to look at.

The folded parts are open with ``--open``. A screenshot of it, with any Chromium:

    chromium --headless --screenshot=PAGE.png --window-size=980,1400 PAGE.html
"""

import argparse
import html
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

STYLE: Final = """
body { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif;
  color: #1f2328; max-width: 860px; margin: 24px auto; padding: 16px 24px; word-wrap: break-word;
  border: 1px solid #d1d9e0; border-radius: 6px; }
h2 { font-size: 1.5em; border-bottom: 1px solid #d1d9e0b3; padding-bottom: .3em; }
h3 { font-size: 1.25em; }
code, pre { font: 85%/1.45 ui-monospace, "Liberation Mono", monospace; border-radius: 6px;
  background: #818b981f; }
code { padding: .2em .4em; }
pre { padding: 16px; overflow: auto; background: #f6f8fa; }
pre code { padding: 0; background: none; font-size: 100%; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) { background: #f6f8fa; }
blockquote { margin: 0; padding: 0 1em; color: #59636e; border-left: .25em solid #d1d9e0; }
.gain { background: #dafbe1; color: #116329; } .loss { background: #ffebe9; color: #82071e; }
.turn { color: #953800; }
"""
COLOURS: Final = {"+": "gain", "-": "loss", "!": "turn"}


def _coloured(text: str, language: str, _: str) -> str:
    lines = [html.escape(line) for line in text.splitlines()]
    if language == "diff":
        lines = [f'<span class="{COLOURS.get(line[:1], "")}">{line}</span>' for line in lines]
    return "\n".join(lines)


def page(markdown: str, *, opened: bool = False) -> str:
    """Return Markdown as a page; HTML in it counts, as on a forge."""
    maker = MarkdownIt("commonmark", {"html": True, "highlight": _coloured}).enable("table")
    body = maker.render(markdown)
    body = body.replace("<details>", "<details open>") if opened else body
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>\n{body}'


def main() -> None:
    """Write the page of a comment."""
    parser = argparse.ArgumentParser(prog="tests.page", description=main.__doc__)
    parser.add_argument("comment", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("--open", action="store_true", help="open what is folded")
    asked = parser.parse_args()
    made = page(asked.comment.read_text(encoding="utf-8"), opened=asked.open)
    asked.page.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
