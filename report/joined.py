"""One comment for all stacks of a pull request, within what a forge takes."""

from collections.abc import Mapping, Sequence
from typing import Final

from report import diff, named
from report.folds import rendered
from report.markdown import block, code, counted, listed
from report.named import Loss
from report.section import Section

MARKER: Final = "<!-- ambientmesh-preview -->"
"""First line of the comment, by which the next run finds it to edit it in place."""
LIMIT: Final = 65_536
"""Characters of a comment on GitHub ("body is too long"); other forges take more."""
_ROOM: Final = 200
"""Kept free for what says that something was cut."""


def missing(sections: Sequence[Section], text: str) -> dict[str, list[Loss]]:
    """Return what every stack loses that a pull request does not name; stacks without are left out.

    Args:
        sections: all of the pull request.
        text: of the pull request.
    """
    alone = len(sections) == 1
    found = {s.stack: named.unnamed(s.losses, text, s.stack, alone=alone) for s in sections}
    return {stack: lost for stack, lost in found.items() if lost}


def comment(
    sections: Sequence[Section],
    lacking: Mapping[str, Sequence[Loss]],
    absent: Sequence[str] = (),
    gone: Sequence[str] = (),
    *,
    unread: bool = False,
) -> str:
    """Return the comment: its head and every stack's summary whole, the differences as they fit.

    Args:
        sections: of all stacks.
        lacking: what the pull request does not name, by stack.
        absent: stacks of which there should be a preview.
        gone: stacks that have no file any more.
        unread: nobody has looked at the text of a pull request: ``lacking`` is what it must name,
            of one stack alone.
    """
    lacks = _needed(sections, lacking) if unread else _lacking(sections, lacking)
    warned = (lacks, _absent(absent), _gone(gone))
    parts = (MARKER, _title(sections), *warned)
    head = "\n\n".join(part for part in parts if part)
    if not sections:
        return f"{head}\n"
    for form in (diff.FULL, diff.SHORT):
        found = _page(head, sections, {s.stack: (form, None) for s in sections})
        if len(found) <= LIMIT:
            return found
    return _fitted(head, sections)


def _fitted(head: str, sections: Sequence[Section]) -> str:
    """Return the comment with as many lines of every difference as there is room for."""
    most = max((diff.total(fold.short) for s in sections for fold in s.folds), default=0)
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        page = _page(head, sections, {s.stack: (diff.SHORT, middle) for s in sections})
        low, high = (middle, high) if len(page) <= LIMIT else (low, middle - 1)
    found = _page(head, sections, {s.stack: (diff.SHORT, low) for s in sections})
    if len(found) <= LIMIT:
        return found
    return _few(head, sections)


def _few(head: str, sections: Sequence[Section]) -> str:
    """Return the comment with the summaries of as many stacks as there is room for."""
    parts, left = [head], LIMIT - len(head) - _ROOM
    for count, section in enumerate(sections):
        text = f"{_heading(section, several=True)}\n\n{section.body}"
        left -= len(text) + 2
        if left < 0:
            rest = counted(len(sections) - count, "stack")
            parts.append(f"*No room for more: of {rest} only the headline is here, above.*")
            break
        parts.append(text)
    found = "\n\n".join(parts) + "\n"
    return found if len(found) <= LIMIT else _whole_lines(found)


def _whole_lines(text: str) -> str:
    """Return the lines of a text that there is room for, where not even headlines fit."""
    kept = text[: LIMIT - _ROOM].rpartition("\n")[0]
    rest = counted(text.count("\n") - kept.count("\n"), "line")
    fence = "\n```" if kept.count("\n```") % 2 else ""
    return f"{kept}{fence}\n\n*No room for more: {rest} cut.*\n"


def _page(
    head: str, sections: Sequence[Section], forms: Mapping[str, tuple[str, int | None]]
) -> str:
    parts = [head]
    for section in sections:
        form, room = forms[section.stack]
        parts += [_heading(section, several=len(sections) > 1), section.body]
        parts += [rendered(fold, form, room) for fold in section.folds]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(section: Section, *, several: bool) -> str:
    return f"### {code(section.stack)}\n\n{section.headline}" if several else ""


def _title(sections: Sequence[Section]) -> str:
    """Return the headlines of all stacks, which is all that many will read."""
    if not sections:
        return "## Preview\n\nNo stack is changed by this pull request."
    if len(sections) == 1:
        only = sections[0]
        sign, _, text = only.headline.partition(" ")
        return f"## Preview of {code(only.stack)}\n\n{sign} **{text}**"
    lines = [f"- {code(section.stack)}: {section.headline}" for section in sections]
    return f"## Preview of {counted(len(sections), 'stack')}\n\n" + "\n".join(lines)


def _lacking(sections: Sequence[Section], lacking: Mapping[str, Sequence[Loss]]) -> str:
    """Return what to add to the pull request, if it does not name all that it takes away."""
    if not lacking:
        return ""
    lines = block(advice(sections, lacking), "text")
    return f"⛔ **{sentence(lacking)}** If that is meant, add to it:\n\n{lines}"


def _needed(sections: Sequence[Section], lacking: Mapping[str, Sequence[Loss]]) -> str:
    """Return what a pull request with these changes must have in its text."""
    if not lacking:
        return ""
    lines = block(advice(sections, lacking), "text")
    (only,) = sections
    return (
        f"**A pull request with this must have in its description:**\n\n{lines}\n\n"
        f"Where it changes other stacks, too, each name begins with {code(f'{only.stack}/')}."
    )


def _absent(stacks: Sequence[str]) -> str:
    if not stacks:
        return ""
    return f"⛔ **There is no preview of {listed([code(name) for name in stacks])}.**"


def _gone(stacks: Sequence[str]) -> str:
    if not stacks:
        return ""
    names = listed([code(name) for name in stacks])
    verb, they = ("has", "it") if len(stacks) == 1 else ("have", "they")
    return (
        f"⚠️ **{names} {verb} no file any more: what {they} made goes on running, and nobody looks"
        " after it.** To take it away, `pulumi destroy` with the file that was there."
    )


def advice(sections: Sequence[Section], lacking: Mapping[str, Sequence[Loss]]) -> list[str]:
    """Return the lines that name what is not named."""
    return named.lines(lacking, alone=len(sections) == 1)


def sentence(lacking: Mapping[str, Sequence[Loss]]) -> str:
    """Return in one sentence what is not named."""
    verbs = {"delete": "deletes", "replace": "replaces"}
    parts = []
    for op, verb in verbs.items():
        count = sum(1 for lost in lacking.values() for loss in lost if loss.op == op)
        if count:
            parts.append(f"{verb} {counted(count, 'resource')}")
    return f"This pull request {' and '.join(parts)} that its description does not name."
