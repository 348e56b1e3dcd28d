"""Which keys of a stack are to be encrypted, and which must not be.

A value that somebody thought worth encrypting must not turn up in a message, wherever it stands.
"""

from collections.abc import Collection, Iterable
from typing import Final

from components.keys import PREFIX, SECRETS
from components.located import Node

HIDDEN: Final = "[secret]"
"""What stands in the place of a secret."""


def is_encrypted(node: Node) -> bool:
    """Whether a value of a file is encrypted, or holds one that is: the engine hides it whole."""
    if isinstance(node.value, dict):
        return "secure" in node.value or any(map(is_encrypted, node.value.values()))
    return isinstance(node.value, list) and any(map(is_encrypted, node.value))


def problems(names: Iterable[str], encrypted: Collection[str], known: Collection[str]) -> list[str]:
    """Return a line for every key that is in clear text and must not be, or the other way round.

    Args:
        names: keys of the project's namespace, without it.
        encrypted: those of them whose value is.
        known: keys that are settings. Another one may be a secret's that is misspelt: to write it
            in clear text would be the worst advice, and that nobody reads it is told anyway.
    """
    lines = []
    for name in sorted(names):
        if name in SECRETS and name not in encrypted:
            lines.append(
                f"AM304 {name}: found a value in clear text; allowed: a secret;"
                f" fix: pulumi config set --secret {PREFIX}{name}"
            )
        if name in known and name in encrypted:
            lines.append(
                f"AM305 {name}: found a secret; allowed: a plain value, only {', '.join(SECRETS)}"
                " is secret; fix: set it again without --secret"
            )
    return lines
