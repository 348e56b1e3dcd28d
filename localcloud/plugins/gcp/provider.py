"""The provider of the stand-in gcp plugin: what the engine asks, of any kind of resource."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.paths import LOCAL, WORLD
from localcloud.plugins.engine import Engine
from localcloud.plugins.gcp import config, diff, invokes, names, naming, schema
from localcloud.plugins.gcp.instances import Instance
from localcloud.plugins.gcp.kind import Kind
from localcloud.plugins.gcp.kinds import kinds
from localcloud.plugins.gcp.life import Life, id_of
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
        self._life = Life(self.store, engine)
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
        wanted = self._record(kind, request.urn, request.properties)
        record = self._life.make(kind, wanted, known=request.urn in self._known)
        made = self._outputs(kind, record, request.properties)
        return Created(id=id_of(kind, record), properties=made)

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
        self._life.change(kind, record)
        return self._outputs(kind, record, request.new)

    def delete(self, request: State) -> None:
        """Remove it, unless it is in use; that it is gone already is success."""
        kind = self._kind(request)
        self._life.end(kind, kind.path_of(request.id))

    def _record(self, kind: Kind, urn: str, inputs: Properties) -> Record:
        given = reveal(naming.given(inputs))
        where = kind.where(given, self._scope)
        place = {key: str(one or "") for key, one in where.items()}
        path = kind.path.format(**place)
        return Record(token=kind.token, path=path, urn=urn, given=given, place=place)

    def _outputs(self, kind: Kind, record: Record, inputs: Properties) -> Properties:
        return naming.outputs(kind, record, self._labels, inputs)
