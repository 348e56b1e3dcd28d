"""A rule of the configuration: what several keys must say together."""

from collections.abc import Callable
from typing import NamedTuple

from components.models import Settings


class Rule(NamedTuple):
    """One rule, with the code by which its mistakes are known; docs/rules.md explains each."""

    code: str
    """``AM`` and three digits; never given to another rule, also when this one is gone."""
    check: Callable[[Settings], list[str]]
    """Pure. Returns a line for every mistake: ``key: found …; allowed: …; fix: …``."""
