"""What a drill of the configuration needs of the rest of it. Pure."""

from components import membership
from components.models import DrillSettings, NamespaceSettings, Settings, chosen


def identity(drill: DrillSettings) -> tuple[str, str, str]:
    """Return what tells a drill from all others, and the order in which they run."""
    return drill.namespace, drill.service, drill.cluster


def _entry(settings: Settings, namespace: str) -> NamespaceSettings | None:
    return next((entry for entry in settings.namespaces if entry.name == namespace), None)


def problems(settings: Settings) -> list[str]:
    """Return a line for every drill that could not be green."""
    return [
        line
        for index, drill in enumerate(settings.drills)
        # That a cluster is unknown is told by a rule for all keys.
        if drill.cluster in settings.names
        and (line := _problem(settings, f"drills[{index}]", drill))
    ]


def _problem(settings: Settings, key: str, drill: DrillSettings) -> str:
    entry = _entry(settings, drill.namespace)
    if _repeated(settings, drill):
        return (
            f"{key}: found {drill.service!r} in {drill.cluster!r} again; allowed: once; fix: raise"
            " its generation to drill it again"
        )
    if entry is None or not membership.scope(entry, drill.service):
        return (
            f"{key}.service: found {drill.service!r}, which does not span clusters; allowed: a"
            f" service with scope global or global-only in namespaces ({drill.namespace}); fix:"
            " give it a scope"
        )
    where = chosen(entry.clusters, settings.names)
    if drill.cluster not in where or len(where) == 1:
        return (
            f"{key}.cluster: found {drill.cluster!r}; allowed: one of at least two clusters that"
            f" have namespace {drill.namespace} ({', '.join(where)}); fix: drill in one of them,"
            " or give it to another cluster"
        )
    return ""


def _repeated(settings: Settings, drill: DrillSettings) -> bool:
    return sum(identity(other) == identity(drill) for other in settings.drills) > 1
