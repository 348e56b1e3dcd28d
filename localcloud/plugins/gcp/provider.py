"""The provider of the stand-in gcp plugin: how any kind of resource lives."""

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.paths import LOCAL, WORLD
from localcloud.plugins.engine import Engine
from localcloud.plugins.gcp import config, diff, errors, invokes, names, naming, schema
from localcloud.plugins.gcp.instances import Instance
from localcloud.plugins.gcp.kind import Kind
from localcloud.plugins.gcp.kinds import kinds
from localcloud.plugins.gcp.planes import Planes
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import (
    Change,
    Check,
    Checked,
    Created,
    Diff,
    Live,
    Properties,
    Provider,
    ProviderError,
    Request,
    State,
)
from localcloud.plugins.values import copy_secrecy, reveal

FOLDER: Final = "LOCALCLOUD_GCP"
"""The variable with the folder that is the cloud."""
WORLD_FOLDER: Final = "LOCALCLOUD_WORLD"
"""The variable with the folder of the world that clusters' planes are added to."""


class GcpProvider(Provider):
    """A Google Cloud of one machine.

    Args:
        engine: where messages go.
        folder: the cloud; by default what the environment says, else that of this checkout.
        planes: where control planes come from; by default the world of the environment.
        port: of instances' sshds; programs know of none but ssh's own.
    """

    package = "gcp"
    version = "10.2.0"

    def __init__(
        self,
        engine: Engine,
        folder: Path | None = None,
        planes: Planes | None = None,
        port: int = 22,
    ) -> None:
        super().__init__(engine)
        self.store = Store(folder or Path(os.environ.get(FOLDER) or LOCAL / "gcp"))
        found = planes or Planes(Path(os.environ.get(WORLD_FOLDER) or WORLD))
        self._instances = Instance(found.world, port)
        self._kinds = kinds(found, self._instances)
        self._scope = names.Scope()
        self._labels = config.Labels()
        self._known: set[str] = set()
        """URNs that the state has; what another run of the same stack has lost is not in it."""

    def check_config(self, request: Check) -> Checked:
        """Judge the provider's settings."""
        return Checked(inputs=request.new, failures=tuple(config.failures(request.new)))

    def configure(self, settings: Properties) -> None:
        """Take the settings."""
        self._scope, self._labels = config.scope(settings), config.labels(settings)
        self._boot()

    def _boot(self) -> None:
        """Start instances that went with their world: Google's run by themselves."""
        for record in self.store.all(Instance.token):
            if self._instances.is_off(record):
                try:
                    self._instances.start(record)
                except ProviderError as error:
                    self.engine.warning("", str(error))

    def invoke(self, token: str, args: Properties) -> Properties:
        """Return what instances say of themselves; other functions are not played."""
        if token != invokes.GUEST_ATTRIBUTES:
            return super().invoke(token, args)
        return invokes.guest_attributes(self._instances, self.store, self._scope, args)

    def _kind(self, request: Request) -> Kind:
        try:
            return self._kinds[request.type]
        except KeyError:
            raise ProviderError(
                f"{request.type} is not in the stand-in gcp plugin, which has: "
                + ", ".join(sorted(self._kinds))
            ) from None

    def check(self, request: Check) -> Checked:
        """Name the resource, and refuse what a plan would."""
        kind = self._kind(request)
        if request.old:
            self._known.add(request.urn)
        inputs = naming.named(kind, request)
        wrong = tuple(schema.failures(kind.token, inputs))
        return Checked(
            inputs=inputs, failures=wrong or tuple(kind.judge(reveal(inputs), self._scope))
        )

    def diff(self, request: Change) -> Diff:
        """Compare recorded inputs with new ones."""
        self._known.add(request.urn)
        return diff.compare(self._kind(request), request, self._scope)

    def create(self, request: State) -> Created:
        """Make it, or take up what an interrupted run of this stack has made."""
        kind = self._kind(request)
        if request.preview:
            known = naming.planned(kind, request.properties, self._scope, self._labels)
            return Created(id="", properties=known)
        record = self._record(kind, request.urn, request.properties)
        with self.store.changing():
            record = self._entered(kind, record)
            if kind.slow:
                record.status = "PROVISIONING"
            self.store.keep(record)
        self._start(kind, record)
        made = self._outputs(kind, record, request.properties)
        return Created(id=self._id(kind, record), properties=made)

    def _entered(self, kind: Kind, record: Record) -> Record:
        """Return the new record, or that of an interrupted run, or refuse it."""
        there = self.store.find(record.path)
        if there is not None and kind.is_gone(there):
            self.store.drop(there.path)
            there = None
        if there is None or kind.shared or record.given.get("createIgnoreAlreadyExists"):
            kind.admit(self.store, record, there)
            self._stamp(kind, record, there)
            return record
        ours = there.urn == record.urn and record.urn not in self._known
        if not ours or there.given != record.given:
            command = f"pulumi import {kind.token} NAME {self._id(kind, there)}"
            way_out = f"to take it into the stack: {command}; it is kept in"
            raise errors.exists(record.path, f"{way_out} {self.store.file(record.path)}")
        self.engine.info(record.urn, f"{record.path}: {errors.ADOPTED}")
        return there

    @staticmethod
    def _stamp(kind: Kind, record: Record, old: Record | None) -> None:
        stamp = "creationTimestamp"
        if stamp in kind.made:
            now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            record.made[stamp] = (old.made.get(stamp) if old else None) or now

    def _start(self, kind: Kind, record: Record) -> None:
        """Do what takes time, with nothing locked; what fails leaves nothing behind."""
        if not kind.slow:
            return
        try:
            kind.start(record)
        except ProviderError:
            with self.store.changing():
                self.store.drop(record.path)
            raise
        record.status = "RUNNING"
        with self.store.changing():
            self.store.keep(record)

    def read(self, request: State) -> Live:
        """Return the resource as the cloud has it, with nothing where it has none."""
        kind = self._kind(request)
        self._known.add(request.urn)
        record = self.store.find(kind.path_of(request.id))
        if record is None or record.token != kind.token or kind.is_gone(record):
            return Live(id="")
        given: Mapping[str, Any] = request.inputs or record.given
        inputs = {key: record.given.get(key, one) for key, one in given.items()}
        found = self._outputs(kind, record, request.inputs)
        return Live(id=request.id, properties=found, inputs=copy_secrecy(inputs, request.inputs))

    def update(self, request: Change) -> Properties:
        """Change it."""
        kind = self._kind(request)
        if request.preview:
            return {**request.old, **naming.given(request.new)}
        record = self._record(kind, request.urn, request.new)
        with self.store.changing():
            there = self.store.find(record.path)
            if there is None:
                raise errors.not_found(record.path)
            record.urn = there.urn
            kind.admit(self.store, record, there)
            self._stamp(kind, record, there)
            self.store.keep(record)
        kind.changed(record)
        return self._outputs(kind, record, request.new)

    def delete(self, request: State) -> None:
        """Remove it, unless it is in use; that it is gone already is success."""
        kind = self._kind(request)
        with self.store.changing():
            record = self.store.find(kind.path_of(request.id))
            if record is None:
                return
            policy = record.given.get("deletionPolicy")
            if policy == "PREVENT":
                raise ProviderError(
                    f"cannot destroy {kind.noun} {record.path} without setting"
                    ' deletion_policy to "DELETE" and running `pulumi up` first'
                )
            if policy == "ABANDON" or kind.stays(record):
                return
            kind.leave(self.store, record)
            if not kind.slow:
                self.store.drop(record.path)
                return
            record.status = "STOPPING"
            self.store.keep(record)
        kind.stop(record)
        with self.store.changing():
            self.store.drop(record.path)

    def _record(self, kind: Kind, urn: str, inputs: Properties) -> Record:
        given = reveal(naming.given(inputs))
        where = kind.where(given, self._scope)
        place = {key: str(one or "") for key, one in where.items()}
        path = kind.path.format(**place)
        return Record(token=kind.token, path=path, urn=urn, given=given, place=place)

    @staticmethod
    def _id(kind: Kind, record: Record) -> str:
        return kind.id.format(**record.place) if kind.id else record.path

    def _outputs(self, kind: Kind, record: Record, inputs: Properties) -> Properties:
        return naming.outputs(kind, record, self._labels, inputs)
