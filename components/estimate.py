"""How much a stack is: clusters, links, load balancers, and resources in its state. Pure.

The numbers of resources are those of a first `up`: services that are adopted once somebody has made
them, and CRDs that a cluster already has, are not known without asking. Links to clusters that
another stack has not published are counted too, unless it is said which ones wait. A test holds
every part to what the program registers.
"""

from collections import Counter
from collections.abc import Collection, Iterator

from components import gke_plan, manifests, membership, remote_links, topology, versions
from components.models import GcpSettings, NamespaceSettings, Settings, chosen
from components.naming import BOOKINFO_NAMESPACE

RELAY_BALANCERS = 2
"""Of the management plane: its server's and its telemetry gateway's."""

Parts = Iterator[tuple[str, int]]
"""Components by name, each with its resources, itself included; one may come often."""


def parts(
    settings: Settings, *, licensed: bool = True, waiting: Collection[str] = ()
) -> Counter[str]:
    """Return how many resources a stack has, by the component that they belong to.

    Args:
        settings: the stack's.
        licensed: whether it has a license key, of which Secrets are made.
        waiting: names of links that are not made, because another stack publishes no such cluster.
    """
    found: Counter[str] = Counter()
    for name, count in _all(settings, licensed=licensed, waiting=waiting):
        found[name] += count
    return +found


def resources(settings: Settings, *, licensed: bool = True, waiting: Collection[str] = ()) -> int:
    """Return how many resources a stack has, the stack itself not counted; as ``parts`` does."""
    return parts(settings, licensed=licensed, waiting=waiting).total()


def load_balancers(settings: Settings) -> Counter[str]:
    """Return how many load balancers every cluster has."""
    found = Counter(settings.names)
    if settings.ingress:
        found.update(chosen(settings.ingress.clusters, settings.names))
    if settings.management:
        found[settings.management.site] += RELAY_BALANCERS
    return found


def _all(settings: Settings, *, licensed: bool, waiting: Collection[str]) -> Parts:
    yield "RootAuthority", 1 if settings.trust.root_certificate else 3
    for site in settings.names:
        yield from _mesh(settings, site, licensed=licensed)
        yield from _applications(settings, site)
        yield from _machines(settings, site)
    yield from _gke(settings)
    outward = [link for link in remote_links.links(settings) if link.name not in waiting]
    links = [*topology.links(settings), *outward]
    yield "Peering", 2 * len(links)
    yield "RemoteStack", 2 * len({link.stack for link in outward})
    checked = versions.release(settings.mesh_version).check
    yield "LinkCheck", 2 if links and checked and settings.links.mode == "istioctl" else 0
    yield from _management(settings, licensed=licensed)
    yield "Drill", 2 * len(settings.drills)


def _mesh(settings: Settings, site: str, *, licensed: bool) -> Parts:
    yield "Cluster", 2
    yield "Trust", 6
    yield "EastWestGateway", 3
    quota = any(cluster.name == site and cluster.nodes == "gke" for cluster in settings.clusters)
    if settings.mesh.install == "helm":
        yield "IstioHelm", 6 + licensed + quota
        return
    machines = any(vm.cluster == site for vm in settings.vms)
    yield "GlooOperator", 3 + machines
    yield "ServiceMesh", 2 + quota


def _applications(settings: Settings, site: str) -> Parts:
    entries = [entry for _, entry in membership.entries(settings, site)]
    if settings.bookinfo.enabled:
        yield "Bookinfo", 2 + len(manifests.load("bookinfo"))
        if settings.ingress and site in chosen(settings.ingress.clusters, settings.names):
            yield "Ingress", 1 + len(manifests.load("ingress"))
    yield from _namespaces(settings, entries)
    for entry in entries:
        if entry.waypoint:
            bookinfos = membership.is_bookinfos(settings, entry)
            routes = settings.bookinfo.reviews_route and bookinfos
            named = entry.waypoint != membership.AUTO
            yield "Waypoint", 1 + named + (len(manifests.load("reviews")) if routes else 0)
    if settings.egress and site in chosen(settings.egress.clusters, settings.names):
        yield "Egress", 3 + 3 * len(settings.egress.hosts)


def _namespaces(settings: Settings, entries: list[NamespaceSettings]) -> Parts:
    for entry in entries:
        adopted = membership.adopted_services(settings, entry)
        if not membership.is_bookinfos(settings, entry):
            yield "Namespaces", 1
        if not membership.is_ours(settings, entry):
            yield (
                "Namespaces",
                sum(
                    1
                    for service in adopted
                    if membership.service_labels(entry, service.name)
                    or membership.service_annotations(entry, service.name)
                ),
            )
    if any(
        not membership.is_bookinfos(settings, entry) or membership.adopted_services(settings, entry)
        for entry in entries
    ):
        yield "Namespaces", 1


def _machines(settings: Settings, site: str) -> Parts:
    machines = [vm for vm in settings.vms if vm.cluster == site]
    others = {entry.name for _, entry in membership.entries(settings, site)}
    others |= {BOOKINFO_NAMESPACE} if settings.bookinfo.enabled else set()
    yield "MachineNamespace", 2 * len({vm.home for vm in machines} - others)
    yield "VirtualMachine", 5 * len(machines)
    yield "GceInstance", 3 * sum(1 for vm in machines if vm.gce)


def _gke(settings: Settings) -> Parts:
    shared = settings.gcp or GcpSettings()
    own = [cluster.gke for cluster in settings.clusters if cluster.gke]
    without = {gke.project or shared.project: False for gke in own}
    for gke in own:
        without[gke.project or shared.project] |= not (gke.network or shared.network)
        yield "GkeCluster", 2
        yield "GkeNetwork", 4
        yield "GkeFirewall", 3
        yield "GkeNodeAccount", 0 if gke.service_account else 3
        yield "GkeNodePools", 1 + len(gke_plan.pools(gke))
    for needs_network in without.values():
        yield "GkeProject", 2 + needs_network


def _management(settings: Settings, *, licensed: bool) -> Parts:
    management = settings.management
    if management is None:
        return
    member = management.site in settings.names
    yield "Cluster", 0 if member else 2
    yield "RelayAuthority", 7
    yield "ManagementPlane", 9 + licensed + member
    agents = len(settings.clusters) - member
    yield "ManagementAgent", agents * (7 if management.mode == "declarative" else 3)
