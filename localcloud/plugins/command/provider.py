"""The command resources' life: when each of their commands runs."""

import secrets
from collections.abc import Mapping
from typing import Any

from localcloud.plugins import assets
from localcloud.plugins.command import local, remote, schema, transfer
from localcloud.plugins.command.output import Collector
from localcloud.plugins.provider import (
    Change,
    Check,
    Checked,
    Created,
    Diff,
    DiffKind,
    Live,
    Properties,
    PropertyDiff,
    Provider,
    ProviderError,
    Request,
    State,
)
from localcloud.plugins.values import UNKNOWN, Secret, copy_secrecy, has_unknown, reveal

_COMMANDS = (schema.LOCAL, schema.REMOTE)
_RUN = "command:local:run"


class CommandProvider(Provider):
    """Commands here and elsewhere; their state is what they wrote last."""

    package = "command"
    version = "1.2.1"

    def check(self, request: Check) -> Checked:
        """Complete and judge the inputs."""
        self._known(request)
        inputs = schema.complete(request.type, request.new)
        return Checked(inputs=inputs, failures=tuple(schema.failures(request.type, inputs)))

    def diff(self, request: Change) -> Diff:
        """Compare old and new inputs; changed triggers make a new resource."""
        fields = schema.RESOURCES[request.type]
        old = request.old_inputs or {k: v for k, v in request.old.items() if k in fields}
        found: dict[str, PropertyDiff] = {}
        for name in fields:
            before, after = old.get(name), request.new.get(name)
            if name in request.ignore_changes or _same(before, after):
                continue
            word = "ADD" if before is None else "DELETE" if after is None else "UPDATE"
            # The deprecated CopyFile cannot be updated at all.
            replaces = name == "triggers" or request.type == schema.COPY_FILE
            kind = DiffKind[f"{word}_REPLACE" if replaces else word]
            found[name] = PropertyDiff(kind=kind, input_diff=True)
        return Diff(
            changes=bool(found),
            diffs=list(found),
            replaces=[name for name, one in found.items() if one.kind.name.endswith("_REPLACE")],
            detailed=found,
        )

    def create(self, request: State) -> Created:
        """Run ``create``, or copy."""
        self._known(request)
        inputs = request.properties
        if request.preview:
            unknown = {"stdout": UNKNOWN, "stderr": UNKNOWN} if request.type in _COMMANDS else {}
            return Created(id="", properties={**inputs, **unknown})
        suffix = secrets.token_hex(4)
        if request.type in _COMMANDS:
            made = self._run(request, inputs, "create", {"stdout": "", "stderr": ""})
            return Created(id=request.name + suffix, properties=_recorded(inputs, made))
        self._copy(inputs)
        return Created(id=suffix, properties=dict(inputs))

    def update(self, request: Change) -> Properties:
        """Run ``update``, else ``create``; copy again when the source or its place changed."""
        new = request.new
        if request.type not in _COMMANDS:
            moved = any(not _same(request.old.get(k), new.get(k)) for k in ("source", "remotePath"))
            if moved and not request.preview:
                self._copy(new)
            return dict(new)
        kept: Properties = {
            name: request.old[name]
            for name in ("stdout", "stderr", "assets", "archive")
            if name in request.old
        }
        if request.preview:
            return {**new, **(dict.fromkeys(kept, UNKNOWN) if _outdates(request) else kept)}
        verb = "update" if new.get("update") is not None else "create"
        return _recorded(new, self._run(request, new, verb, kept))

    def read(self, request: State) -> Live:
        """Return the recorded state: there is nothing to look at."""
        return Live(id=request.id, properties=request.properties, inputs=request.inputs)

    def delete(self, request: State) -> None:
        """Run ``delete``; a copied file stays where it is."""
        if request.type in _COMMANDS:
            self._run(request, request.properties, "delete", request.properties)

    def invoke(self, token: str, args: Properties) -> Properties:
        """Run a command on every preview and update: ``command:local:run``."""
        if token != _RUN:
            return super().invoke(token, args)
        plain = reveal(args)
        collector = Collector(plain.get("logging"), lambda line: self.engine.status("", line))
        return {**args, **local.run(plain["command"], plain, {}, collector, self.cancelled)}

    def _known(self, request: Request) -> None:
        if request.type not in schema.RESOURCES:
            raise ProviderError(f"{request.type} is not in the stand-in command plugin")

    def _run(
        self, request: Request, given: Properties, verb: str, recorded: Properties
    ) -> Properties:
        """Run one of the resource's commands; without one, what was recorded stays."""
        plain = reveal(given)
        command = plain.get(verb)
        if command is None:
            return recorded
        before = reveal(recorded)
        collector = Collector(
            plain.get("logging"), lambda line: self.engine.status(request.urn, line)
        )
        if request.type == schema.LOCAL:
            return local.run(command, plain, before, collector, self.cancelled)
        warn = self._warner(request)
        return remote.run(command, plain, before, collector, self.cancelled, warn)

    def _warner(self, request: Request) -> remote.Warn:
        return lambda message: self.engine.warning(request.urn, message)

    def _copy(self, inputs: Properties) -> None:
        transfer.copy(reveal(inputs), self.cancelled)


def _outdates(request: Change) -> bool:
    """Tell whether a preview holds the recorded output for outdated.

    Upstream does when an input is unknown or differs from its recorded value. One that was not
    there before goes unseen, so that its consumers are shown the old output.
    """
    fields = schema.RESOURCES[request.type]
    before = {name: request.old[name] for name in fields if name in request.old}
    return has_unknown(request.new) or any(
        not _same(value, request.new.get(name)) for name, value in before.items()
    )


def _same(before: Any, after: Any) -> bool:
    """Compare two property values; assets by their content's hash."""
    left, right = (v.value if isinstance(v, Secret) else v for v in (before, after))
    if assets.is_asset(left) and assets.is_asset(right) and left.get("hash"):
        return bool(left["hash"] == right.get("hash"))
    return bool(before == after)


def _recorded(inputs: Properties, made: Mapping[str, Any]) -> Properties:
    return copy_secrecy({**inputs, **made}, inputs)
