"""A resource as the policies see it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from google.protobuf.struct_pb2 import Struct

from policies.values import UNKNOWN, plain, read


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One of the plan, with its inputs; at the end of a run, one of the stack, with its outputs.

    Args:
        urn: its own.
        type: its token, such as ``kubernetes:core/v1:Namespace``.
        name: in the program.
        given: its properties as the engine sent them, read when a rule asks for them.
        parent: URN; empty for the stack.
        provider: that makes it; None for what needs none.
        secrets: whether ``props`` has them; of one without them everything may be said.
    """

    urn: str
    type: str
    name: str
    given: Struct
    parent: str = ""
    provider: "Resource | None" = None
    secrets: bool = True

    @cached_property
    def kept(self) -> dict[str, Any]:
        """The properties, secrets marked as such."""
        return read(self.given)

    @cached_property
    def props(self) -> dict[str, Any]:
        """The properties, secrets in clear text."""
        found: dict[str, Any] = plain(self.kept, secrets=self.secrets)
        return found

    @cached_property
    def told(self) -> "Resource":
        """The same with ``UNKNOWN`` in place of secrets: what a finding may quote."""
        return replace(self, secrets=False)

    def at(self, *path: str) -> Any:
        """Return a property below maps; None if there is none, or if something above it is none.

        Of what is not known nobody knows what is in it: ``UNKNOWN``, too.
        """
        value: Any = self.props
        for key in path:
            if value is UNKNOWN:
                return UNKNOWN
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value

    def map_at(self, *path: str) -> Mapping[str, Any]:
        """Return a property that is a map; an empty one in place of anything else."""
        found = self.at(*path)
        return found if isinstance(found, Mapping) else {}

    @property
    def kind(self) -> str:
        """The last part of its token, such as ``Namespace``."""
        return self.type.rpartition(":")[2]

    @property
    def title(self) -> str:
        """How messages call it: by its name in the program, and in its cluster if it has one."""
        name, namespace = (self.told.at("metadata", key) for key in ("name", "namespace"))
        known = [part for part in (namespace, name) if isinstance(part, str)]
        where = f" {'/'.join(known)}" if known and isinstance(name, str) else ""
        return f"{self.name} ({self.kind}{where})"
