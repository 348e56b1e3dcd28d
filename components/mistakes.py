"""How a mistake is told: its place, its code, its key, what was found, what is allowed, the fix.

A line of the program is ``AM102 clusters[1].network: found …; allowed: …; fix: …``. A user sees it
as compilers write, so that editors can go there:
``Pulumi.local.yaml:14: AM102 ambientmesh:clusters[1].network: found …``.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from components.naming import PROJECT

CODE: Final = re.compile(r"(AM[0-9]{3}) (.*)", re.DOTALL)
"""A code and the rest of a line."""

_FOUND: Final = ": found "

Where = Callable[[str], str]
"""Returns ``FILE:LINE`` for a full key such as ``ambientmesh:clusters[1].network``, or nothing."""


def coded(code: str, lines: Iterable[str]) -> list[str]:
    """Return lines with a code before each; those that have one keep it."""
    return [line if CODE.fullmatch(line) else f"{code} {line}" for line in lines]


def split(line: str) -> tuple[str, str, str]:
    """Return the code, the key and the rest of a line; what it lacks is empty."""
    match = CODE.fullmatch(line)
    code, rest = match.groups() if match else ("", line)
    key, found, text = rest.partition(_FOUND)
    return (code, key, f"found {text}") if found else (code, "", rest)


def keys(text: str) -> list[str]:
    """Return the keys that a line begins with: most have one."""
    return text.split(", ")


def nowhere(key: str) -> str:
    """Say that the place of a key is unknown."""
    del key
    return ""


def told(line: str, where: Where = nowhere, namespace: str = f"{PROJECT}:") -> str:
    """Return a line as a user sees it, with its place and its full key.

    Of several keys the last one has the place: it is the one that repeats another.

    Args:
        line: ``CODE key: found …``; one that is about a cluster or another file stays as it is.
        where: has the places of full keys.
        namespace: of the key; empty if it is there already.
    """
    code, key, text = split(line)
    if not key or ": " in key:
        return line
    place = where(f"{namespace}{keys(key)[-1]}")
    parts = (f"{place}:" if place else "", code, f"{namespace}{key}: {text}")
    return " ".join(part for part in parts if part)


def report(
    stack: str, problems: Iterable[str], stray: Iterable[str] = (), where: Where = nowhere
) -> str:
    """Return the message that ends the run.

    Args:
        stack: whose configuration is wrong.
        problems: lines whose keys are in the project's namespace, and lack it.
        stray: lines whose keys are complete; they come first, being the cause of others.
        where: has the places of full keys.
    """
    listed = [told(line, where, "") for line in stray] + [told(line, where) for line in problems]
    count = "1 mistake" if len(listed) == 1 else f"{len(listed)} mistakes"
    body = "\n".join(f"  {line}" for line in listed)
    return f"{count} in Pulumi.{stack}.yaml; nothing was touched\n{body}"
