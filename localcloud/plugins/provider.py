"""What a plugin implements: plain Python methods on typed requests.

`server.py` translates gRPC to these; nothing here knows protobuf. Property maps are those of
`values.py`. Every method may run on several threads at once.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from localcloud.plugins.engine import Engine

Properties = dict[str, Any]


class ProviderError(Exception):
    """The operation failed and changed nothing that the engine must remember. Shown as it is."""


class PartialFailure(ProviderError):  # noqa: N818 - the protocol's own term
    """The object exists but is not as it should be; the engine keeps it and tries again.

    Args:
        reasons: what is wrong, one sentence each; the first is the message.
        id: the object's id.
        properties: the object as it is now.
        inputs: what a refresh should record as inputs; None leaves them.
    """

    def __init__(
        self,
        reasons: Sequence[str],
        *,
        id: str,  # noqa: A002 - the protocol's name
        properties: Mapping[str, Any],
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(reasons[0])
        self.reasons = tuple(reasons)
        self.id = id
        self.properties = properties
        self.inputs = inputs


class Cancelled(ProviderError):  # noqa: N818 - a state, not a fault
    """The engine asked to stop. The base of an error message, or raised out of a wait."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One thing wrong with inputs; `property` is a path, empty for the whole."""

    reason: str
    property: str = ""


@dataclass(frozen=True, kw_only=True)
class Autonaming:
    """The engine's naming rule for this resource: mode is propose, enforce or disable."""

    mode: str
    proposed: str


@dataclass(frozen=True, kw_only=True)
class Request:
    """What every resource request says.

    Args:
        urn: the resource's URN; its type and name are properties.
        id: the resource's id, empty before it has one.
        timeout: customTimeouts in seconds; 0 means the default.
        preview: True means nothing may change.
    """

    urn: str
    id: str = ""
    timeout: float = 0
    preview: bool = False

    @property
    def type(self) -> str:
        """The type token without the chain of parents, `pkg:module:Name`."""
        return self.urn.split("::")[2].rsplit("$", 1)[-1]

    @property
    def name(self) -> str:
        """The name the program gave."""
        return self.urn.split("::", 3)[3]


@dataclass(frozen=True, kw_only=True)
class Check(Request):
    """Inputs to complete and judge. `old` is empty when the resource is new."""

    old: Properties
    new: Properties
    random_seed: bytes = b""
    autonaming: Autonaming | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Completed inputs and what is wrong with them."""

    inputs: Properties
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, kw_only=True)
class Change(Request):
    """A diff or an update: recorded outputs and inputs, and the new inputs."""

    old: Properties
    old_inputs: Properties
    new: Properties
    ignore_changes: Sequence[str] = ()


class DiffKind(Enum):
    """How one property changes."""

    ADD = "add"
    ADD_REPLACE = "add-replace"
    DELETE = "delete"
    DELETE_REPLACE = "delete-replace"
    UPDATE = "update"
    UPDATE_REPLACE = "update-replace"


@dataclass(frozen=True, kw_only=True)
class PropertyDiff:
    """A change at one path; `input_diff` means that it is one between old and new inputs."""

    kind: DiffKind
    input_diff: bool = False


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The outcome of a diff. `changes` may be True without a detailed path."""

    changes: bool = False
    diffs: Sequence[str] = ()
    replaces: Sequence[str] = ()
    delete_before_replace: bool = False
    detailed: Mapping[str, PropertyDiff] | None = None


@dataclass(frozen=True, kw_only=True)
class State(Request):
    """A create (`properties` are inputs), a read or a delete (`properties` are outputs)."""

    properties: Properties
    inputs: Properties = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Created:
    """A new resource. The id is empty in a preview."""

    id: str
    properties: Properties


@dataclass(frozen=True, kw_only=True)
class Live:
    """What a read found; an empty id means that the resource is gone."""

    id: str
    properties: Properties = field(default_factory=dict)
    inputs: Properties = field(default_factory=dict)


class Provider:
    """A provider with nothing in it; a plugin overrides what it supports.

    Class attributes:
        package: the package's name, `kubernetes`.
        version: what the plugin reports as its version.
        supports_preview: False makes the engine skip create and update in previews.
        autonaming: True makes the engine send its own autonaming rule with every check.
    """

    package = ""
    version = "0.0.0"
    supports_preview = True
    autonaming = False

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask everything that waits to stop; it then raises `Cancelled` or `PartialFailure`."""
        self.cancelled.set()

    def schema(self) -> str:
        """Return the package schema as JSON. Enough for the engine, not for code generation."""
        return f'{{"name": "{self.package}", "version": "{self.version}"}}'

    def check_config(self, request: Check) -> Checked:
        """Judge the provider's own settings. Values are strings; objects are JSON in strings."""
        return Checked(inputs=request.new)

    def diff_config(self, request: Change) -> Diff:
        """Say whether a change of settings replaces the provider, and so all its resources."""
        changed = [k for k in request.old_inputs | request.new if self._differs(request, k)]
        return Diff(changes=bool(changed), diffs=changed)

    @staticmethod
    def _differs(request: Change, key: str) -> bool:
        return bool(request.old_inputs.get(key) != request.new.get(key))

    def configure(self, settings: Properties) -> None:
        """Take the settings. Called once, before any resource request."""

    def check(self, request: Check) -> Checked:
        """Complete and judge a resource's inputs."""
        return Checked(inputs=request.new)

    def diff(self, request: Change) -> Diff:
        """Compare recorded state with new inputs."""
        raise NotImplementedError

    def create(self, request: State) -> Created:
        """Make the resource, or say what it would be in a preview."""
        raise NotImplementedError

    def read(self, request: State) -> Live:
        """Return the resource as it is now."""
        raise NotImplementedError

    def update(self, request: Change) -> Properties:
        """Change the resource and return its new outputs."""
        raise NotImplementedError

    def delete(self, request: State) -> None:
        """Remove the resource; it being gone already is success."""
        raise NotImplementedError

    def invoke(self, token: str, args: Properties) -> Properties:  # noqa: ARG002 - overridden
        """Run a function of the package."""
        raise ProviderError(f"{token} is not supported by the stand-in {self.package} plugin")
