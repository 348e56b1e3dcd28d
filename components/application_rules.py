"""What namespaces and the ingress of a stack file must say together. Pure; a line a mistake."""

from components import manifests, membership
from components.config_errors import shown
from components.models import Settings, chosen
from components.naming import BOOKINFO_NAMESPACE
from components.rule import Rule


def namespaces_of_the_stack(settings: Settings) -> list[str]:
    """Refuse entries for namespaces that the mesh itself, or Bookinfo, is made of."""
    own = membership.mesh_namespaces(settings)
    lines = [
        f"namespaces[{index}].name: found {shown(entry.name)}; allowed: namespaces of applications,"
        f" not {', '.join(own)}, which the stack sees to itself; fix: take the entry out"
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


RULES: tuple[Rule, ...] = (
    Rule("AM401", namespaces_of_the_stack, needs=("bookinfo",)),
    Rule("AM402", scopes_without_effect, needs=("namespaces[].scope",)),
    Rule(
        "AM403",
        ingress_without_target,
        needs=("bookinfo", "namespaces", "clusters[].name", "ingress"),
    ),
)
