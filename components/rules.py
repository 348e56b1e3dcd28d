"""What several keys of a stack file must say together. Pure; each rule returns a line a mistake."""

from collections.abc import Callable, Iterable

from components.config_errors import shown
from components.models import Settings


def unknown_clusters(settings: Settings) -> list[str]:
    """Refuse names of clusters that are not in the mesh."""
    named: list[tuple[str, Iterable[str]]] = [
        (f"namespaces[{index}].clusters", entry.clusters or ())
        for index, entry in enumerate(settings.namespaces)
    ]
    named += [(f"vms[{index}].cluster", [vm.cluster]) for index, vm in enumerate(settings.vms)]
    named += [
        (f"drills[{index}].cluster", [drill.cluster]) for index, drill in enumerate(settings.drills)
    ]
    if settings.ingress:
        named.append(("ingress.clusters", settings.ingress.clusters or ()))
    if settings.egress:
        named.append(("egress.clusters", settings.egress.clusters or ()))
    if settings.management and settings.management.cluster:
        named.append(("management.cluster", [settings.management.cluster]))
    return [
        f"{key}: found {shown(name)}; allowed: clusters of this file: {', '.join(settings.names)};"
        " fix: write one of them, or add it to clusters"
        for key, names in named
        for name in names
        if name not in settings.names
    ]


def repeated_names(settings: Settings) -> list[str]:
    """Refuse two entries that resources would be named alike by."""
    lists: dict[str, list[str]] = {
        "namespaces": [entry.name for entry in settings.namespaces],
        "vms": [vm.name for vm in settings.vms],
        "egress.hosts": [host.host for host in settings.egress.hosts] if settings.egress else [],
    }
    for index, entry in enumerate(settings.namespaces):
        lists[f"namespaces[{index}].services"] = [service.name for service in entry.services]
    return [
        f"{key}: found {shown(name)} {names.count(name)} times; allowed: once, because resources"
        " are named by it; fix: merge the entries"
        for key, names in lists.items()
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


RULES: tuple[Callable[[Settings], list[str]], ...] = (
    unknown_clusters,
    repeated_names,
)


def problems(settings: Settings) -> list[str]:
    """Return a line for every mistake."""
    return [line for rule in RULES for line in rule(settings)]
