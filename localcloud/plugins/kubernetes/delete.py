"""Removing an object, and waiting until it is really gone."""

from localcloud.plugins.kubernetes import checkpoint, identity, objects
from localcloud.plugins.kubernetes.apply import Writer
from localcloud.plugins.kubernetes.cluster import Cluster
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.record import Record
from localcloud.plugins.kubernetes.waiting import NotReady
from localcloud.plugins.provider import ProviderError, State


def delete(cluster: Cluster, request: State) -> None:
    """Delete the object and wait until it is gone; a Patch gives up its fields instead."""
    inputs, recorded = checkpoint.parse(request.properties)
    _, name = objects.parse_identifier(request.id)
    manager = cluster.manager(inputs, request.properties)
    writer = cluster.writer(request, manager)
    if identity.is_patch(request, recorded):
        _relinquish(writer, recorded, manager)
        return
    policy = objects.annotation(inputs, objects.DELETION_PROPAGATION)
    if not writer.delete(recorded, name, policy) or _skips_deletion_wait(inputs):
        return
    wait = cluster.wait(request, inputs)
    try:
        wait.until_gone(recorded)
    except NoMatch:
        return
    except NotReady as error:
        version = checkpoint.initial_api_version(request.properties, inputs)
        record = Record(inputs, request.properties, version, manager)
        raise record.partial(error, str(error)) from None


def _relinquish(writer: Writer, recorded: Object, manager: str) -> None:
    try:
        writer.relinquish(recorded, manager)
    except NoMatch:
        return
    except ApiError as error:
        if error.not_found:
            return
        if error.required_field:
            raise ProviderError(
                "this Patch resource is currently managing a required field, so it can't be "
                "deleted directly. Either set the `retainOnDelete` resource option, or "
                f"transfer ownership of the field before deleting: {', '.join(error.causes())}"
            ) from None
        raise


def _skips_deletion_wait(inputs: Object) -> bool:
    """Tell whether skipAwait applies to a deletion too, as it does for old kinds only."""
    old = ("Namespace", "Pod", "ReplicationController", "DaemonSet", "Deployment", "StatefulSet")
    return objects.annotation_is_true(inputs, objects.SKIP_AWAIT) and (
        objects.is_built_in(inputs) and objects.kind(inputs) in (*old, "Job")
    )
