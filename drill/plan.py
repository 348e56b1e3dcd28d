"""Whether a drill may begin, decided before anything is touched."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drill import facts, marks, paths
from drill.clusters import Api, items
from drill.facts import Target


class Asked(Exception):  # noqa: N818 a mistake of the user's, told as such
    """The drill was asked for wrongly; the message is one line: found, allowed, fix."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a drill will scale down, and what the user should know before."""

    deployments: tuple[dict[str, Any], ...]
    host: str
    warnings: tuple[str, ...]


def _known(clusters: Mapping[str, Api], target: Target) -> None:
    if target.cluster not in clusters:
        raise Asked(
            f"cluster: found {target.cluster!r}; allowed: {', '.join(clusters)};"
            " fix: write a cluster of this stack"
        )
    if len(clusters) == 1:
        raise Asked(
            f"cluster: found {target.cluster!r} alone; allowed: a mesh of two clusters or more;"
            " fix: add one, for there is nothing to fail over to"
        )


def _service(api: Api, target: Target) -> tuple[dict[str, Any], dict[str, Any] | None, str]:
    found = api.get(paths.service(target))
    namespace = api.get(paths.namespace(target.namespace))
    if found is None:
        listed = items(api, paths.services(target)) or []
        names = ", ".join(sorted(item["metadata"]["name"] for item in listed))
        raise Asked(
            f"service: found {target.service!r}; allowed: a service of namespace"
            f" {target.namespace} in {target.cluster} ({names or 'it has none'});"
            " fix: write one of them, or another namespace"
        )
    scope = facts.scope(found, namespace)
    if not scope:
        label = facts.labels(found).get(facts.SCOPE_LABEL)
        raise Asked(
            f"service: found {target.service!r} with {facts.SCOPE_LABEL}={label or 'nothing'};"
            f" allowed: {' or '.join(facts.SPANNING)}, for no other service spans the clusters;"
            " fix: give it a scope in ambientmesh:namespaces"
        )
    return found, namespace, scope


def _unscaled(api: Api, target: Target, service: dict[str, Any]) -> None:
    for plural in ("statefulsets", "daemonsets"):
        others = facts.selected(service, items(api, paths.workloads(target, plural)) or [])
        if others:
            names = ", ".join(item["metadata"]["name"] for item in others)
            raise Asked(
                f"service: found {target.service!r} served by {plural} {names}; allowed: a service"
                " of Deployments alone; fix: a drill scales nothing else"
            )


def make(clusters: Mapping[str, Api], target: Target) -> Plan:
    """Return what will be done.

    Raises:
        Asked: it cannot be.
        Unreachable: the drilled cluster does not answer.
    """
    _known(clusters, target)
    api = clusters[target.cluster]
    service, namespace, scope = _service(api, target)
    _unscaled(api, target, service)
    listed = items(api, paths.workloads(target, "deployments")) or []
    deployments = [item for item in facts.selected(service, listed) if marks.replicas(item) > 0]
    if not deployments:
        raise Asked(
            f"service: found {target.service!r} with no Deployment behind it that has replicas;"
            " allowed: one or more; fix: nothing is there to be taken away"
        )
    pausing, stubborn = facts.autoscaled(items(api, paths.scalers(target)) or [], deployments)
    if stubborn:
        raise Asked(
            f"service: found {target.service!r} scaled by {', '.join(stubborn)} with minReplicas 0;"
            " allowed: a minimum above 0, at which an autoscaler leaves zero replicas alone;"
            " fix: raise it"
        )
    warnings = [f"autoscaler {name} pauses while there are no replicas" for name in pausing]
    if behind := facts.waypoint(service, namespace):
        warnings.insert(0, waypoint_warning(target, behind))
    return Plan(
        deployments=tuple(deployments),
        host=facts.host(target, scope),
        warnings=tuple(warnings),
    )


def waypoint_warning(target: Target, name: str) -> str:
    """Return what to know before a service behind a waypoint is drilled."""
    return (
        f"{target} is behind waypoint {name!r}: ztunnel does not see the endpoints behind one, so"
        " that requests may fail although other clusters have some"
        " (https://github.com/istio/istio/issues/57537)"
    )
