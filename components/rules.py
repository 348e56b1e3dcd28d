"""What several keys of a stack file must say together. Pure; each rule returns a line a mistake."""

from collections.abc import Callable, Iterable

from components import machine_rules, manifests, membership
from components.config_errors import shown
from components.models import Settings, chosen
from components.naming import (
    BOOKINFO_NAMESPACE,
    GATEWAY_NAMESPACE,
    ISTIO_NAMESPACE,
    MANAGEMENT_NAMESPACE,
    OPERATOR_NAMESPACE,
)
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
    if (site.kubeconfig, site.context) in {(c.kubeconfig, c.context) for c in settings.clusters}:
        lines.append(
            f"management.dedicated.context: found {shown(site.context)}; allowed: a context that no"
            f" cluster has, {why}"
        )
    return lines


def namespaces_of_the_stack(settings: Settings) -> list[str]:
    """Refuse entries for namespaces that the mesh itself, or Bookinfo, is made of."""
    own = [ISTIO_NAMESPACE, GATEWAY_NAMESPACE, OPERATOR_NAMESPACE, "kube-system"]
    own += [MANAGEMENT_NAMESPACE] if settings.management else []
    lines = [
        f"namespaces[{index}].name: found {shown(entry.name)}; allowed: namespaces of applications,"
        f" not {', '.join(own)}; fix: take it out, it needs no label"
        for index, entry in enumerate(settings.namespaces)
        if entry.name in own
    ]
    return lines + [
        f"namespaces[{index}].create: found true; allowed: false for {entry.name}, which Bookinfo"
        " makes anyway; fix: take create out, or write bookinfo.enabled: false"
        for index, entry in enumerate(settings.namespaces)
        if entry.create and membership.is_bookinfos(settings, entry)
    ]


def scopes_without_effect(settings: Settings) -> list[str]:
    """Refuse scopes outside the mesh, and services that are listed for nothing."""
    lines = []
    for index, entry in enumerate(settings.namespaces):
        scopes = [entry.scope, *(service.scope for service in entry.services)]
        if not entry.ambient and any(scope in membership.SPANNING for scope in scopes):
            lines.append(
                f"namespaces[{index}].ambient: found false; allowed: true where services span"
                " clusters, because istiod passes over namespaces outside the mesh; fix: write"
                " ambient: true, or take the scopes out"
            )
        lines += [
            f"namespaces[{index}].services[{place}].scope: found nothing, nor in its namespace;"
            " allowed: global, global-only or cluster; fix: add the key, or take"
            f" {shown(service.name)} out"
            for place, service in enumerate(entry.services)
            if not (service.scope or entry.scope)
        ]
    return lines


def ingress_without_target(settings: Settings) -> list[str]:
    """Refuse an ingress to a product page that is not there, or has no global name."""
    if settings.ingress is None:
        return []
    if not settings.bookinfo.enabled:
        line = (
            "ingress: found a map, but bookinfo.enabled is false; allowed: an ingress where the"
            " product page is; fix: take ingress out, or write bookinfo.enabled: true"
        )
        return [line]
    return [
        f"ingress: found Bookinfo's productpage without a global name in {site}; allowed: scope"
        f" global or global-only; fix: under namespaces, give {BOOKINFO_NAMESPACE}'s service"
        " productpage scope: global"
        for site in chosen(settings.ingress.clusters, settings.names)
        if not membership.scope(membership.bookinfo(settings, site), "productpage")
    ] + _wrong_ports()


def _wrong_ports() -> list[str]:
    ports = manifests.ports(manifests.load("bookinfo"))
    suffix = f".{BOOKINFO_NAMESPACE}.{membership.GLOBAL_DOMAIN}"
    return [
        f"ingress: found port {port} of {host} in manifests/ingress.yaml; allowed: what Service"
        f" {host.removesuffix(suffix)} of manifests/bookinfo.yaml has:"
        f" {', '.join(map(str, known)) or 'there is no such Service'}; fix: write one of them"
        for host, port in manifests.backends(manifests.load("ingress"))
        if host.endswith(suffix) and port not in (known := ports.get(host.removesuffix(suffix), ()))
    ]


def other_route(settings: Settings) -> list[str]:
    """Refuse keys that the chosen way of installation does not read: they would do nothing."""
    given: dict[str, str | None] = {}
    if settings.mesh.install == "helm":
        given["operatorVersion"] = settings.operator_version
        if settings.scaling_profile != "Default":
            given["scalingProfile"] = settings.scaling_profile
    elif settings.mesh.hub != ISTIO_HUB:
        given["mesh.hub"] = settings.mesh.hub
    return [
        f"{key}: found {shown(value)}; allowed: nothing, because mesh.install:"
        f" {settings.mesh.install} does not read it; fix: remove the key"
        for key, value in given.items()
        if value is not None
    ]


RULES: tuple[Callable[[Settings], list[str]], ...] = (
    unknown_clusters,
    repeated_names,
    namespaces_of_the_stack,
    scopes_without_effect,
    ingress_without_target,
    *machine_rules.RULES,
    dedicated_management,
    other_route,
)


def problems(settings: Settings) -> list[str]:
    """Return a line for every mistake."""
    return [line for rule in RULES for line in rule(settings)]
