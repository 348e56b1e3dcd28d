"""A whole preview as plain values: what would be done to every resource, and what was said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

STACK: Final = "pulumi:pulumi:Stack"
"""Type of the resource that holds all others and the stack's outputs."""

_OF_POLICIES: Final = ("preview failed",)
"""All that the engine's log has as an error where policies refuse; what it means, they say."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What would be done to one resource; values are masked."""

    urn: str
    op: str
    """create, update, replace, delete, same, or another of the engine's words."""
    old: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that are recorded; empty of what is new."""
    new: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that are planned; empty of what goes."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """Outputs that are recorded."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Outputs that are planned."""
    detailed: Mapping[str, str] = field(default_factory=dict)
    """Kinds of differences that its provider found, by path."""
    differing: tuple[tuple[str | int, ...], ...] = ()
    """Paths of inputs that differ, also where both sides look alike once they are masked."""
    parent: str = ""
    provider: str = ""
    """URN and id of its provider, or nothing."""

    @property
    def name(self) -> str:
        """The resource's name."""
        return self.urn.rpartition("::")[2]

    @property
    def types(self) -> tuple[str, ...]:
        """The tokens of its parents' types, outermost first, and of its own."""
        return tuple(self.urn.split("::")[2].split("$"))

    @property
    def kind(self) -> str:
        """The token of its own type."""
        return self.types[-1]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a policy found."""

    level: str
    """mandatory, advisory, remediate or disabled."""
    policy: str
    pack: str
    urn: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole preview."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...] = ()
    policies: bool | None = None
    """Whether policies were asked; None if what was read does not tell."""
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    finished: bool = True
    """Whether the preview came to its end."""

    @property
    def failed(self) -> bool:
        """Whether an `up` would not be let through."""
        return bool(self.errors) or bool(self.refusals) or not self.finished

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """Findings that do not let an `up` through."""
        return tuple(finding for finding in self.findings if finding.level == "mandatory")

    @property
    def causes(self) -> tuple[str, ...]:
        """The errors, but without what the engine says besides where policies refuse."""
        return tuple(e for e in self.errors if not (self.refusals and e in _OF_POLICIES))
