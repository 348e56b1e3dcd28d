"""Making an object."""

from localcloud.plugins.kubernetes import identity, objects
from localcloud.plugins.kubernetes.apply import AlreadyExists, NamespaceMissing
from localcloud.plugins.kubernetes.cluster import Cluster
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch, Unreachable
from localcloud.plugins.kubernetes.record import Record
from localcloud.plugins.kubernetes.waiting import NotReady
from localcloud.plugins.provider import Created, ProviderError, State
from localcloud.plugins.values import has_unknown


def create(cluster: Cluster, request: State) -> Created:
    """Make the object and wait for it; a preview makes it as a dry run where it can."""
    given = request.properties
    inputs = objects.to_object(given)
    patch = identity.is_patch(request, inputs)
    if request.preview and (has_unknown(inputs) or patch or not cluster.connection.serves(inputs)):
        return Created(id="", properties=given)
    manager = cluster.manager(inputs, given)
    writer = cluster.writer(request, manager)
    try:
        live = writer.create(inputs, upsert=patch or cluster.settings.upsert_existing)
    except (AlreadyExists, NamespaceMissing, ApiError, NoMatch, Unreachable) as error:
        if request.preview and _expected_in_preview(error):
            return Created(id="", properties=given)
        raise ProviderError(_not_created(request, error)) from None
    record = Record(inputs, given, objects.text(inputs, "apiVersion"), manager)
    if request.preview:
        live.pop("status", None)
        return Created(id="", properties=record.outputs(live))
    try:
        live = cluster.wait_ready(request, inputs, live, before=None)
    except NotReady as error:
        raise record.partial(
            error,
            f'resource "{request.urn}" was successfully created, but the Kubernetes API server '
            f"reported that it failed to fully initialize or become live: {error}",
        ) from None
    if objects.is_crd(inputs):
        cluster.connection.forget()
    return Created(id=objects.identifier(live), properties=record.outputs(live))


def _expected_in_preview(error: ProviderError) -> bool:
    if isinstance(error, ApiError):
        return error.forbidden or "does not support dry run" in str(error)
    return isinstance(error, AlreadyExists | NamespaceMissing)


def _not_created(request: State, error: ProviderError) -> str:
    if isinstance(error, NoMatch):
        kind = request.type.partition(":")[2].replace(":", "/")
        return (
            f'creation of resource "{request.urn}" with kind {kind} failed because the Kubernetes '
            "API server reported that the apiVersion for this resource does not exist. "
            f"Verify that any required CRDs have been created: {error}"
        )
    return (
        f'resource "{request.urn}" was not successfully created by the Kubernetes API server: '
        f"{error}"
    )
