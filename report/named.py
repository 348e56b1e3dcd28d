"""Whether a pull request names what it deletes and replaces, and the lines that do.

The grammar, one line each, anywhere in the text, in any case and order:

    Deletes: NAME, NAME
    Replaces: STACK/NAME

NAME is a resource's (``cluster1-trust-certificate``), a component's (``cluster1-trust``), a class
of components (``Trust``) for all of it in the stack, or a cluster's (``cluster3``), which stands
for all in it and all its links where the cluster itself goes, and for no class or component that
is called alike. ``STACK/`` says of which stack it is meant, and is needed where the pull request
changes more than one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(
    r"^[\s>*+-]*\W{0,2}(deletes?|replaces?)\W{0,2}:\W{0,2}\s*(.+)$", re.IGNORECASE
)
WORDS: Final = {"delete": "Deletes", "replace": "Replaces"}


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A resource that is deleted or replaced, with the names that stand for it."""

    op: str
    """delete or replace."""
    resource: str
    names: tuple[str, ...]
    """From the narrowest to the widest."""
    advised: str
    """The name that the comment proposes."""


def said(text: str) -> dict[str, set[str]]:
    """Return what a text names, in lower case: for ``delete`` and for ``replace``.

    A comment of HTML counts for nothing: templates of pull requests explain themselves in them.
    """
    found: dict[str, set[str]] = {"delete": set(), "replace": set()}
    for line in re.sub(r"<!--.*?(-->|\Z)", "", text, flags=re.DOTALL).splitlines():
        if match := _LINE.match(line):
            names = (name.strip().strip("`*_.'\"").lower() for name in re.split("[,;]", match[2]))
            found[match[1].lower().removesuffix("s")] |= {name for name in names if name}
    return found


def unnamed(losses: Iterable[Loss], text: str, stack: str, *, alone: bool) -> list[Loss]:
    """Return what a text does not name.

    Args:
        losses: of one stack.
        text: of the pull request.
        stack: its name.
        alone: whether no other stack is in the pull request, so that names need not say which.
    """
    names = said(text)
    return [
        loss
        for loss in losses
        if not any(
            f"{stack}/{name}".lower() in names[loss.op]
            or (alone and name.lower() in names[loss.op])
            for name in loss.names
        )
    ]


def lines(lacking: Mapping[str, Sequence[Loss]], *, alone: bool) -> list[str]:
    """Return the lines to add to a pull request.

    Args:
        lacking: what is not named, by stack.
        alone: whether names need not say of which stack they are.
    """
    found = []
    for op, word in WORDS.items():
        names = dict.fromkeys(
            loss.advised if alone else f"{stack}/{loss.advised}"
            for stack, losses in lacking.items()
            for loss in losses
            if loss.op == op
        )
        if names:
            found.append(f"{word}: {', '.join(names)}")
    return found
