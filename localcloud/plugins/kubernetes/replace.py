"""Whether an object changes, and whether a change replaces it."""

from localcloud.plugins.kubernetes import awaiters, checkpoint, diff, identity, immutable, objects
from localcloud.plugins.kubernetes.cluster import Cluster, is_namespaced
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch, Unreachable
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.watch import Snapshot
from localcloud.plugins.provider import Change, Diff


def plan(cluster: Cluster, request: Change) -> Diff:
    """Compare recorded state and new inputs; a list of what is frozen decides replacement."""
    old_inputs, live = checkpoint.parse(request.old)
    new = objects.to_object(request.new)
    frozen = immutable.paths(
        new,
        secret_mutable=cluster.settings.secret_mutable,
        config_map_mutable=cluster.settings.config_map_mutable,
    )
    if identity.is_patch(request, new):
        frozen = immutable.ALWAYS
    found = diff.compare(
        request,
        old_inputs=old_inputs,
        live=live,
        namespaced=is_namespaced(cluster.connection, new),
        frozen=frozen,
    )
    return _replace_unready(cluster, request, new, live, found)


def _replace_unready(
    cluster: Cluster, request: Change, new: Object, live: Object, found: Diff
) -> Diff:
    if not objects.annotation_is_true(new, objects.REPLACE_UNREADY):
        return found
    awaiter = awaiters.for_object(live) if objects.kind(new) == "Job" else None
    if awaiter is None:
        cluster.connection.engine.warning(
            request.urn, "replaceUnready annotation is not supported for this resource"
        )
        return found
    try:
        now = cluster.connection.read(live)
    except (ApiError, NoMatch, Unreachable):
        return found
    view = Snapshot(cluster.connection, objects.namespace(now))
    if awaiter.judge(now, view, None).ready:
        return found
    path = f'.metadata.annotations["{objects.REPLACE_UNREADY}"]'
    return Diff(
        changes=True,
        replaces=[*found.replaces, path],
        delete_before_replace=objects.name(new) == objects.name(live),
        detailed=found.detailed,
    )
