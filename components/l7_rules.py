"""What the keys of waypoints and of the egress must say together with others. Pure."""

from collections.abc import Iterator

from components import manifests, membership
from components.config_errors import shown
from components.membership import AUTO, NO_WAYPOINT
from components.models import EgressHost, EgressSettings, NamespaceSettings, Settings, chosen
from components.naming import BOOKINFO_NAMESPACE
from components.rule import Rule

INTERNAL = (membership.LOCAL_DOMAIN, membership.GLOBAL_DOMAIN)


def waypoint_names(settings: Settings) -> list[str]:
    """Refuse waypoints that cannot be called so.

    istiod makes a Deployment, a Service and a ServiceAccount of the waypoint's name.
    """
    lines = []
    for index, entry in enumerate(settings.namespaces):
        key, name = f"namespaces[{index}].waypoint", entry.waypoint
        if name == NO_WAYPOINT:
            lines.append(
                f"{key}: found {shown(name)}; allowed: any other name, because that one means none"
                f" to istiod; fix: take the key out, or write {shown(AUTO)}"
            )
        elif name and name[0].isdigit():
            lines.append(
                f"{key}: found {shown(name)}; allowed: a name that begins with a letter, because"
                f" istiod makes a Service of it; fix: write {shown(f'w{name}'[:63])}"
            )
        elif name and name in _taken(settings, entry):
            lines.append(
                f"{key}: found {shown(name)}; allowed: a name that no Service, Deployment,"
                f" ServiceAccount or Gateway of namespace {entry.name} has, because istiod makes"
                f" its own of that name; fix: write {shown(f'{entry.name}-waypoint')}"
            )
    return lines


def _taken(settings: Settings, entry: NamespaceSettings) -> set[str]:
    names = {service.name for service in entry.services}
    names |= {vm.account for vm in settings.vms if vm.home == entry.name}
    if membership.is_bookinfos(settings, entry):
        loaded = manifests.load("bookinfo") + (
            manifests.load("ingress") if settings.ingress else []
        )
        names |= {obj["metadata"]["name"] for obj in loaded if obj["kind"] != "HTTPRoute"}
    return names


def reviews_route(settings: Settings) -> list[str]:
    """Refuse a route that nobody would serve."""
    if not settings.bookinfo.reviews_route:
        return []
    if not settings.bookinfo.enabled:
        line = (
            "bookinfo.reviewsRoute: found true, but bookinfo.enabled is false; allowed: a route"
            " where reviews is; fix: take reviewsRoute out, or write bookinfo.enabled: true"
        )
        return [line]
    found = [entry for entry in settings.namespaces if entry.name == BOOKINFO_NAMESPACE]
    if any(entry.waypoint for entry in found):
        return []
    line = (
        f"bookinfo.reviewsRoute: found true, but namespace {BOOKINFO_NAMESPACE} has no waypoint;"
        " allowed: a route that a waypoint serves; fix: under namespaces, give"
        f" {BOOKINFO_NAMESPACE} waypoint: {AUTO}"
    )
    return [line]


def egress_hosts(settings: Settings) -> list[str]:
    """Refuse hosts that are the mesh's own, in namespaces that are not, or for nobody known."""
    if settings.egress is None:
        return []
    lines: list[str] = []
    for index, host in enumerate(settings.egress.hosts):
        key = f"egress.hosts[{index}]"
        if host.host.endswith(tuple(f".{domain}" for domain in INTERNAL)):
            lines.append(
                f"{key}.host: found {shown(host.host)}; allowed: hosts outside the mesh, not those"
                f" of {' and '.join(INTERNAL)}; fix: take it out"
            )
        lines += _missing_namespace(settings, settings.egress, key, host)
        lines += _unknown_accounts(settings, key, host)
    return lines


def _missing_namespace(
    settings: Settings, egress: EgressSettings, key: str, host: EgressHost
) -> Iterator[str]:
    for site in chosen(egress.clusters, settings.names):
        found = {entry.name: entry.ambient for _, entry in membership.entries(settings, site)}
        if settings.bookinfo.enabled:
            found.setdefault(BOOKINFO_NAMESPACE, True)
        if not found.get(host.namespace):
            known = ", ".join(sorted(name for name, ambient in found.items() if ambient))
            yield (
                f"{key}.namespace: found {shown(host.namespace)}, which is not in the mesh of"
                f" {site}; allowed: {known or 'a namespace of the mesh'}; fix: list it under"
                f" namespaces for {site}, or leave {site} out of egress.clusters"
            )


def _unknown_accounts(settings: Settings, key: str, host: EgressHost) -> Iterator[str]:
    machines = {vm.account for vm in settings.vms if vm.home == BOOKINFO_NAMESPACE}
    known = sorted(membership.sample_accounts(settings) | machines)
    for place, account in enumerate(host.allow):
        where, _, name = account.rpartition("/")
        ours = settings.bookinfo.enabled and (where or host.namespace) == BOOKINFO_NAMESPACE
        if ours and name not in known:
            yield (
                f"{key}.allow[{place}]: found {shown(account)}; allowed: service accounts of"
                f" {BOOKINFO_NAMESPACE}: {', '.join(known)}; fix: write one of them"
            )


RULES: tuple[Rule, ...] = (
    Rule("AM411", waypoint_names, needs=("bookinfo", "vms[].namespace", "vms[].serviceAccount")),
    Rule("AM412", reviews_route, needs=("bookinfo", "namespaces")),
    Rule(
        "AM413",
        egress_hosts,
        needs=(
            "bookinfo",
            "namespaces",
            "clusters[].name",
            "egress.clusters",
            "egress.hosts[].namespace",
            "vms",
        ),
    ),
)
