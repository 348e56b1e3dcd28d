"""Changing an object in place."""

from localcloud.plugins.kubernetes import checkpoint, diff, identity, managers, objects, prune
from localcloud.plugins.kubernetes.cluster import Cluster
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.record import Record, not_live
from localcloud.plugins.kubernetes.waiting import NotReady
from localcloud.plugins.provider import Change, Properties, ProviderError
from localcloud.plugins.values import has_unknown


def update(cluster: Cluster, request: Change) -> Properties:
    """Apply the new inputs and wait; a preview applies as a dry run where it can."""
    given = request.new
    inputs = prune.normalize(objects.to_object(given))
    if request.preview and (has_unknown(inputs) or not cluster.connection.serves(inputs)):
        return given
    old_inputs, recorded = checkpoint.parse(request.old)
    ssa = cluster.settings.server_side_apply
    previous = identity.field_manager(old_inputs, request.old, server_side=ssa)
    manager = identity.field_manager(inputs, request.old, server_side=ssa)
    first_version = checkpoint.initial_api_version(request.old, old_inputs)
    record = Record(inputs, given, first_version, manager)
    try:
        live = _apply(cluster, request, inputs, recorded, manager)
        if not request.preview:
            live = cluster.wait_ready(request, inputs, live, before=recorded)
    except NotReady as error:
        raise record.partial(error, not_live(error.live, error)) from None
    except NoMatch as error:
        raise ProviderError(
            f'update of resource "{request.urn}" failed because the Kubernetes API server '
            "reported that the apiVersion for this resource does not exist. "
            f"Verify that any required CRDs have been created: {error}"
        ) from None
    except ProviderError as error:
        if request.preview and isinstance(error, ApiError) and error.forbidden:
            return given
        raise _update_failed(cluster, request, recorded, record, error) from None
    if ssa and not request.preview and previous != manager:
        cluster.writer(request, manager).relinquish(live, previous)
    return record.outputs(live)


def _apply(
    cluster: Cluster, request: Change, inputs: Object, recorded: Object, manager: str
) -> Object:
    writer = cluster.writer(request, manager)
    live = cluster.connection.read(inputs, objects.name(recorded))
    if objects.is_crd(inputs):
        cluster.connection.forget()
        return writer.replace(inputs, live)
    if not cluster.settings.server_side_apply:
        raise ProviderError(
            "updates with enableServerSideApply=false are not supported by the stand-in "
            "kubernetes plugin"
        )
    if not identity.is_patch(request, inputs):
        live = writer.take_over(live)
    ignored = [[str(step) for step in path] for path in diff.ignored_paths(request)]
    managers.leave_alone(inputs, live, manager, ignored)
    return writer.apply(inputs, live)


def _update_failed(
    cluster: Cluster, request: Change, recorded: Object, record: Record, error: ProviderError
) -> ProviderError:
    """Return a failure that keeps the object as the server has it, if the server says."""
    try:
        live = cluster.connection.read(recorded)
    except ProviderError as second:
        return ProviderError(
            f'update of resource "{request.urn}" failed: {error}\n'
            f"unable to get cluster state: {second}"
        )
    return record.partial(NotReady(str(error), (), live), not_live(live, error))
