"""One cluster with the provider's settings: what every operation on an object needs."""

from dataclasses import dataclass

from localcloud.plugins.kubernetes import awaiters, identity, objects, waitfor
from localcloud.plugins.kubernetes.apply import Writer
from localcloud.plugins.kubernetes.config import Settings
from localcloud.plugins.kubernetes.connection import Connection
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch, Unreachable
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import DEFAULT_SECONDS, Awaiter, NotReady, Wait
from localcloud.plugins.kubernetes.watch import Watches
from localcloud.plugins.provider import Properties, ProviderError, Request


@dataclass(frozen=True)
class Cluster:
    """A connection, the settings that say how to write, and the shared watches."""

    connection: Connection
    settings: Settings
    watches: Watches

    def manager(self, obj: Object, state: Properties) -> str:
        """Return the object's field manager; `state` may hold a recorded one."""
        server_side = self.settings.server_side_apply
        return identity.field_manager(obj, state, server_side=server_side)

    def writer(self, request: Request, manager: str) -> Writer:
        """Return the way to write for one operation."""
        return Writer(
            connection=self.connection,
            urn=request.urn,
            manager=manager,
            preview=request.preview,
            server_side=self.settings.server_side_apply,
            force=self.settings.patch_force,
        )

    def wait(self, request: Request, inputs: Object) -> Wait:
        """Return the wait for one operation, with its timeout."""
        return Wait(
            connection=self.connection,
            watches=self.watches,
            urn=request.urn,
            seconds=_timeout(request, inputs),
        )

    def wait_ready(
        self, request: Request, inputs: Object, live: Object, *, before: Object | None
    ) -> Object:
        """Wait until the object is ready, as its kind and annotations say, and return it.

        Raises:
            NotReady: it is not, and no longer waited for.
        """
        try:
            awaiter = _awaiter(inputs, live)
        except ProviderError as error:  # a malformed annotation: the object exists nevertheless
            raise NotReady(str(error), (), live) from None
        if awaiter is None:
            return live
        return self.wait(request, inputs).until_ready(live, awaiter, before)


def _timeout(request: Request, inputs: Object) -> float:
    """Return the seconds to wait: customTimeouts, else the annotation, else the default."""
    if request.timeout:
        return request.timeout
    annotated = objects.annotation(inputs, objects.TIMEOUT_SECONDS)
    return float(annotated) if annotated.lstrip("-").isdigit() else DEFAULT_SECONDS


def _awaiter(inputs: Object, live: Object) -> Awaiter | None:
    if objects.annotation_is_true(inputs, objects.SKIP_AWAIT):
        return None
    annotation = objects.annotation(live, objects.WAIT_FOR)
    return waitfor.parse(annotation) if annotation else awaiters.for_object(live)


def is_namespaced(connection: Connection | None, obj: Object) -> bool:
    """Tell whether the object's kind is namespaced; a kind that nobody knows yet is taken to be."""
    known = objects.known_scope(obj)
    if known is not None:
        return known
    try:
        if connection is not None:
            return connection.lookup(objects.api_version(obj), objects.kind(obj))[1]
    except (NoMatch, ApiError, Unreachable):
        pass
    return True
