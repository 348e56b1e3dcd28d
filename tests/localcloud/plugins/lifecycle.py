"""What the engine asks of a provider for one resource, in its order, without the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from localcloud.plugins.kubernetes.release import Releases
from localcloud.plugins.provider import Change, Check, Diff, Live, Provider, State


@dataclass
class Resource:
    """One resource under test; `outputs` is what the state would record."""

    provider: Provider | Releases
    type: str
    name: str = "thing"
    id: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::project::{self.type}::{self.name}"

    def failures(self, inputs: dict[str, Any]) -> list[str]:
        """Return what a check says is wrong."""
        checked = self.provider.check(Check(urn=self.urn, old=self.inputs, new=inputs))
        return [failure.reason for failure in checked.failures]

    def checked(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return completed inputs, which must have no failures."""
        checked = self.provider.check(Check(urn=self.urn, old=self.inputs, new=inputs))
        assert not checked.failures, checked.failures
        return checked.inputs

    def preview(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return what a preview of the create says."""
        given = self.checked(inputs)
        request = State(urn=self.urn, properties=given, preview=True)
        return self.provider.create(request).properties

    def create(self, inputs: dict[str, Any], timeout: float = 0) -> dict[str, Any]:
        """Create it and record the outcome."""
        self.inputs = self.checked(inputs)
        request = State(urn=self.urn, properties=self.inputs, timeout=timeout)
        made = self.provider.create(request)
        self.id, self.outputs = made.id, made.properties
        return self.outputs

    def _change(self, inputs: dict[str, Any], ignore: Sequence[str], *, preview: bool) -> Change:
        return Change(
            urn=self.urn,
            id=self.id,
            old=self.outputs,
            old_inputs=self.inputs,
            new=self.checked(inputs),
            ignore_changes=ignore,
            preview=preview,
        )

    def diff(self, inputs: dict[str, Any], ignore: Sequence[str] = ()) -> Diff:
        """Return the diff against new inputs."""
        return self.provider.diff(self._change(inputs, ignore, preview=False))

    def update(self, inputs: dict[str, Any], *, preview: bool = False) -> dict[str, Any]:
        """Update it; anything but a preview is recorded."""
        change = self._change(inputs, (), preview=preview)
        outputs = self.provider.update(change)
        if not preview:
            self.inputs, self.outputs = change.new, outputs
        return outputs

    def read(self) -> Live:
        """Return what a refresh finds; nothing is recorded."""
        request = State(urn=self.urn, id=self.id, properties=self.outputs, inputs=self.inputs)
        return self.provider.read(request)

    def delete(self) -> None:
        """Delete it."""
        self.provider.delete(State(urn=self.urn, id=self.id, properties=self.outputs))
