"""What a policy is, and what it may look at."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from components.models import PolicySettings, Settings
from policies.resource import Resource


class Finding(NamedTuple):
    """Something that a policy does not let pass. Neither text ever has the value of a secret."""

    what: str
    """One short sentence that names the resource."""
    fix: str
    """What to do about it, as a sentence."""
    urn: str = ""
    """Of the resource, where a policy looks at the whole stack."""

    @property
    def message(self) -> str:
        """What the engine shows."""
        return f"{self.what}\nFix: {self.fix}"


@dataclass(frozen=True, kw_only=True)
class Context:
    """The stack that is looked at.

    Args:
        chosen: its settings of the pack.
        settings: all of them; None where they are wrong, which the program says better.
        owner: its mark on what it makes.
        project: folder of Pulumi.yaml, which paths are seen from.
    """

    chosen: PolicySettings
    settings: Settings | None
    owner: str
    project: Path


ResourceCheck = Callable[[Resource, Context], Iterator[Finding]]
StackCheck = Callable[[Sequence[Resource], Context], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy, with one of two checks.

    Args:
        name: by which stack files set its level.
        says: what is to hold, as a sentence.
        of_resource: looks at the inputs of one resource, before anything is done to it.
        of_stack: looks at all that will be there after a run: in a preview before anything is
            touched, in an `up` when all is done.
    """

    name: str
    says: str
    of_resource: ResourceCheck | None = None
    of_stack: StackCheck | None = None
