"""Reading an object: refresh, import and `.get`."""

from typing import Any, Final

from localcloud.plugins.kubernetes import awaiters, checkpoint, objects, prune
from localcloud.plugins.kubernetes.cluster import Cluster
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.record import Record
from localcloud.plugins.kubernetes.watch import Snapshot
from localcloud.plugins.provider import (
    Live,
    PartialFailure,
    Properties,
    ProviderError,
    Request,
    State,
)

_NOT_INPUT: Final = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
_NOT_INPUT_ANNOTATIONS: Final = (
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)


def read(cluster: Cluster, request: State) -> Live:
    """Return the object as it is, with inputs in the shape of the last ones."""
    space, name = objects.parse_identifier(request.id)
    if not name:
        raise ProviderError(
            "failed to read resource because of a failure to parse resource name from "
            f"request ID: {request.id}"
        )
    inputs = prune.normalize(objects.to_object(request.inputs))
    _, recorded = checkpoint.parse(request.properties)
    adopted = not inputs.get("kind") and not recorded.get("kind")
    if not inputs.get("kind"):
        inputs |= _identity(request, recorded, name, space)
    place = objects.clone(inputs)
    if space:  # an id says where, even when the inputs leave it to the default
        objects.set_namespace(place, space)
    try:
        live = cluster.connection.read(place, name)
    except NoMatch:
        return Live(id="")
    except ApiError as error:
        if error.not_found:
            return Live(id="")
        raise
    manager = cluster.manager(inputs, request.properties)
    live_inputs = _imported(live) if adopted else prune.pruned(live, inputs)
    version = checkpoint.initial_api_version(request.properties, inputs)
    record = Record(live_inputs, request.inputs, version, manager)
    kept = checkpoint.mark_secrets(objects.to_properties(live_inputs), request.inputs)
    if not adopted:
        _report(cluster, request, inputs, live, record, kept)
    return Live(id=request.id, properties=record.outputs(live), inputs=kept)


def _report(
    cluster: Cluster, request: State, inputs: Object, live: Object, record: Record, kept: Properties
) -> None:
    """Fail partially when the object is not ready now, for kinds that upstream reads so."""
    awaiter = awaiters.for_read(live)
    if awaiter is None or objects.annotation_is_true(inputs, objects.SKIP_AWAIT):
        return
    verdict = awaiter.judge(live, Snapshot(cluster.connection, objects.namespace(live)), live)
    if not verdict.ready:
        message = f"Resource '{objects.name(live)}' was created but failed to initialize"
        raise PartialFailure(
            [message, *verdict.reasons],
            id=request.id,
            properties=record.outputs(live),
            inputs=kept,
        )


def _identity(request: Request, recorded: Object, name: str, space: str) -> dict[str, Any]:
    """Return apiVersion, kind and metadata for a read without inputs: from state or type."""
    _, version, kind = request.type.split(":")
    meta = {"name": name} | ({"namespace": space} if space else {})
    return {
        "apiVersion": recorded.get("apiVersion") or version.removeprefix("core/"),
        "kind": recorded.get("kind") or kind.removesuffix("Patch"),
        "metadata": meta,
    }


def _imported(live: Object) -> Object:
    """Return inputs that would make the live object: all of it that a program can say."""
    inputs = {key: value for key, value in objects.clone(live).items() if key != "status"}
    meta = objects.metadata(inputs)
    for key in _NOT_INPUT:
        meta.pop(key, None)
    for key in _NOT_INPUT_ANNOTATIONS:
        (meta.get("annotations") or {}).pop(key, None)
    return inputs
