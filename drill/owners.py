"""Whose mesh it is that a drill would touch; asked before anything is."""

from collections.abc import Iterator, Mapping
from typing import Any

from components import naming
from components.live import Unreachable
from drill import paths
from drill.clusters import Api
from drill.facts import Target
from drill.plan import Asked


def check(clusters: Mapping[str, Api], target: Target, stack: str, bring_up: str) -> None:
    """Refuse a drill where there is no mesh, or only another stack's.

    Args:
        clusters: every cluster of the stack; one that does not answer is told by the drill itself.
        target: what would be taken away, and where.
        stack: whose mesh it should be.
        bring_up: the command that makes one.

    Raises:
        Asked: with the one line that says so.
    """
    for cluster, api in clusters.items():
        for what, obj in _looked_at(api, target):
            annotations = (obj.get("metadata") or {}).get("annotations") or {}
            holder = annotations.get(naming.OWNER_ANNOTATION)
            if holder and not naming.is_marked_by(holder, stack):
                raise Asked(
                    f"stack: found {what} in {cluster} of stack {holder}; allowed: what stack"
                    f" {stack} has made; fix: write STACK={holder.rsplit('/', 1)[-1]}"
                )
    if target.cluster in clusters and _bare(clusters[target.cluster]):
        raise Asked(
            f"stack: found no mesh in {target.cluster}; allowed: one that is up; fix: {bring_up}"
        )


def _looked_at(api: Api, target: Target) -> Iterator[tuple[str, dict[str, Any]]]:
    places = {
        f"Namespace {naming.ISTIO_NAMESPACE}": paths.namespace(naming.ISTIO_NAMESPACE),
        f"Namespace {target.namespace}": paths.namespace(target.namespace),
    }
    if target.service:
        places[f"Service {target.namespace}/{target.service}"] = paths.service(target)
    for what, path in places.items():
        try:
            found = api.get(path)
        except Unreachable:
            return
        if found:
            yield what, found


def _bare(api: Api) -> bool:
    try:
        return api.get(paths.namespace(naming.ISTIO_NAMESPACE)) is None
    except Unreachable:
        return False
