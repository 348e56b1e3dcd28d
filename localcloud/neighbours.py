"""The stacks of this checkout that link to one another, and which of them must be run next."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import yaml

from components.models.remotes import same_stack, stack_parts
from localcloud import hints
from localcloud.paths import STACKS
from verify.remotes import WAITING

Links = Mapping[str, str]
"""Output ``links`` of a stack: the state of each by its name, ``<from>-to-<to>``."""

_REMOTES: Final = "ambientmesh:remotes"


def _remotes(stack: str) -> list[dict[str, Any]]:
    """Return ``remotes`` of a stack as its last run had them; it was checked then."""
    file = STACKS / stack / f"Pulumi.{stack}.yaml"
    if not file.exists():
        return []
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = content["config"].get(_REMOTES) or []
    return found


def of(own: str) -> list[str]:
    """Return the stacks here whose ``remotes`` name this one."""
    stacks = sorted(folder.name for folder in STACKS.glob("*") if folder.is_dir())
    return [
        stack
        for stack in stacks
        if any(same_stack(remote["stack"], own) for remote in _remotes(stack))
    ]


def _towards(other: str, own: str, links: Links) -> dict[str, str]:
    """Return the links of a stack to clusters of another one, by their names."""
    names = {
        cluster["name"]
        for remote in _remotes(other)
        if same_stack(remote["stack"], own)
        for cluster in remote["clusters"]
    }
    ends = tuple(f"-to-{name}" for name in names)
    return {name: state for name, state in links.items() if ends and name.endswith(ends)}


def waiting(links: Links) -> int:
    """Return how many links another stack still keeps from being made."""
    return sum(state.startswith(WAITING) for state in links.values())


def after_up(
    own: str, links: Links, others: Mapping[str, Links], is_up: Callable[[str], bool]
) -> Iterator[str]:
    """Yield a line for every stack that must be brought up before all links are there.

    Args:
        own: the stack that is up now.
        links: its own.
        others: the links of every stack of ``of``.
        is_up: whether a stack publishes clusters by now; it may have come up during this run.
    """
    for remote in _remotes(own):
        stack = stack_parts(remote["stack"])[2]
        if count := waiting(_towards(own, stack, links)):
            then = hints.make("up", own)
            steps = then if is_up(stack) else f"{hints.make('up', stack)}, then {then}"
            yield f"links that wait for stack {stack}: {count}; {steps}"
    for stack, theirs in others.items():
        if count := waiting(_towards(stack, own, theirs)):
            again = hints.make("up", stack)
            yield f"links of stack {stack} that waited for this one: {count}; {again}"


def after_destroy(own: str, others: Mapping[str, Links]) -> Iterator[str]:
    """Yield a line for every stack that has links to one that is gone now."""
    for stack, theirs in others.items():
        towards = _towards(stack, own, theirs)
        if count := len(towards) - waiting(towards):
            yield (
                f"links of stack {stack} that lead nowhere now: {count};"
                f" {hints.make('up', stack)} takes them away"
            )
