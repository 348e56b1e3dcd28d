"""What several keys of a stack file must say together. Pure; each rule returns a line a mistake."""

from collections.abc import Iterable

from components import (
    application_rules,
    cluster_rules,
    drill_rules,
    gke_node_rules,
    gke_range_rules,
    gke_rules,
    l7_rules,
    limit_rules,
    machine_rules,
    manifests,
    remote_rules,
    route_rules,
    topology_rules,
    version_rules,
)
from components.config_errors import shown
from components.mistakes import coded
from components.models import Settings
from components.rule import Rule
from components.salvage import Lost
from components.versions import ISTIO_HUB


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
    named += [
        (f"remotes[{index}].from", remote.sources or ())
        for index, remote in enumerate(settings.remotes)
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


def dedicated_management(settings: Settings) -> list[str]:
    """Refuse a dedicated management cluster that is one of the mesh after all."""
    site = settings.management.dedicated if settings.management else None
    if site is None:
        return []
    why = "because it is a cluster outside the mesh; fix: write another, or set management.cluster"
    lines = []
    if site.name in settings.names:
        lines.append(
            f"management.dedicated.name: found {shown(site.name)}; allowed: a name that no cluster"
            f" has, {why}"
        )
    default = settings.kubeconfig
    members = {(cluster.kubeconfig or default, cluster.context) for cluster in settings.clusters}
    if (site.kubeconfig or default, site.context) in members:
        lines.append(
            f"management.dedicated.context: found {shown(site.context)}; allowed: a context that no"
            f" cluster has, {why}"
        )
    return lines


def other_route(settings: Settings) -> list[str]:
    """Refuse keys that the chosen way of installation does not read: they would do nothing."""
    given: dict[str, str | None] = {}
    if settings.mesh.install == "helm":
        given["operatorVersion"] = settings.operator_version
        if settings.scaling_profile != "Default":
            given["scalingProfile"] = settings.scaling_profile
    else:
        if settings.mesh.hub != ISTIO_HUB:
            given["mesh.hub"] = settings.mesh.hub
        for index, cluster in enumerate(settings.clusters):
            given[f"clusters[{index}].platform"] = cluster.platform
    return [
        f"{key}: found {shown(value)}; allowed: nothing, because mesh.install:"
        f" {settings.mesh.install} does not read it; fix: remove the key"
        for key, value in given.items()
        if value is not None
    ]


RULES: tuple[Rule, ...] = (
    *cluster_rules.RULES,
    Rule("AM110", unknown_clusters, needs=("clusters[].name",)),
    Rule("AM111", repeated_names, needs=()),
    *machine_rules.RULES,
    Rule("AM431", drill_rules.problems, needs=("bookinfo", "namespaces", "clusters[].name")),
    Rule(
        "AM112",
        dedicated_management,
        needs=("kubeconfig", "clusters[].kubeconfig", "management.dedicated.kubeconfig"),
    ),
    Rule("AM113", other_route, needs=("mesh.install",)),
    *topology_rules.RULES,
    *gke_rules.RULES,
    *gke_range_rules.RULES,
    *gke_node_rules.RULES,
    *remote_rules.RULES,
    *application_rules.RULES,
    *l7_rules.RULES,
    *limit_rules.RULES,
    *route_rules.RULES,
    *version_rules.RULES,
)


def problems(settings: Settings, lost: Lost | None = None) -> list[str]:
    """Return a line, with its code, for every mistake.

    Args:
        settings: of a file, or of what is right in it.
        lost: what was taken out of it, being wrong.
    """
    lines = []
    for rule in RULES:
        if lost is None:
            lines += coded(rule.code, _checked(rule, settings))
        elif not lost.concerns(rule.needs):
            lines += coded(rule.code, lost.without_consequences(_checked(rule, settings)))
    return lines


def _checked(rule: Rule, settings: Settings) -> list[str]:
    """Return the lines of a rule; none, if it cannot know them for a file of ``manifests/``."""
    try:
        return rule.check(settings)
    except manifests.Unsound:
        return []  # one rule tells what is wrong in it
