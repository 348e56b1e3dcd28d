"""One look at all clusters: where the service has endpoints, and where they count."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.live import Unreachable
from drill import facts, paths
from drill.clusters import Api, items
from drill.facts import Target


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """What another cluster has of the service."""

    ready: int = 0
    problem: str = ""
    """Why its endpoints do not count; empty, if they do."""

    def __str__(self) -> str:
        """Return it as the report shows it."""
        return f"{self.ready} ({self.problem})" if self.problem else str(self.ready)


@dataclass(frozen=True, kw_only=True)
class Look:
    """Endpoints of the service in every cluster at one moment."""

    here: int
    """In the drilled cluster; those on their way out included, while they still serve."""
    elsewhere: Mapping[str, Elsewhere]

    @property
    def carried(self) -> list[str]:
        """The other clusters that have endpoints which count."""
        return [name for name, found in self.elsewhere.items() if not found.problem]


def _remote(name: str, api: Api, target: Target, entries: list[str] | None) -> Elsewhere:
    try:
        service = api.get(paths.service(target))
        namespace = api.get(paths.namespace(target.namespace))
        slices = items(api, paths.slices(target)) or []
    except Unreachable as error:
        return Elsewhere(problem=f"does not answer: {error}")
    if service is None:
        return Elsewhere(problem="has no such service")
    ready = facts.ready(slices)
    if not facts.scope(service, namespace):
        return Elsewhere(ready=ready, problem=f"has no label {facts.SCOPE_LABEL}")
    if not ready:
        return Elsewhere(problem="none ready")
    if entries is not None and not facts.entry(entries, target, name):
        return Elsewhere(ready=ready, problem=f"istiod in {target.cluster} has no entry for them")
    return Elsewhere(ready=ready)


def take(clusters: Mapping[str, Api], target: Target) -> Look:
    """Read every cluster once; another that does not answer is a problem of its own.

    Raises:
        Unreachable: the drilled cluster does not answer.
    """
    own = clusters[target.cluster]
    here = facts.left(items(own, paths.slices(target)) or [])
    listed = items(own, paths.ENTRIES)
    # None where the kind is unknown: then the endpoints themselves are all that can be asked.
    entries = None if listed is None else [item["metadata"]["name"] for item in listed]
    others = {name: api for name, api in clusters.items() if name != target.cluster}
    return Look(
        here=here,
        elsewhere={name: _remote(name, api, target, entries) for name, api in others.items()},
    )
