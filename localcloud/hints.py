"""What a user may type next; with the stack, where it is not the one that ``make`` takes."""

from typing import Final

from components import stack_files
from localcloud.paths import CHECKOUT

DEFAULT: Final = "local"
"""The Makefile's STACK."""


def make(verb: str, stack: str) -> str:
    """Return the command that does something with a stack."""
    return f"make {verb}" if stack == DEFAULT else f"make {verb} STACK={stack}"


def engine(verb: str, stack: str) -> str:
    """Return the command that does something with a stack on clusters of the user's own."""
    return f"pulumi {verb} --stack {stack}{stack_files.option(stack, CHECKOUT)}"


def unfinished(verb: str, stack: str) -> str:
    """Return the last line of a run that has failed."""
    kept = "nothing was touched" if verb.startswith("preview") else "what was done is kept"
    return f"{verb} did not finish; {kept}: mend what is said above, {make(verb, stack)}"
