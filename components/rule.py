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
    needs: tuple[str, ...] | None = None
    """Keys, such as ``clusters[].name``, without which it would see mistakes that are none: where
    one of them is wrong itself, the rule is silent. Default: it is silent where anything is."""
