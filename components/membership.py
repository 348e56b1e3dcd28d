"""Which labels make namespaces and services part of the mesh, and which services span clusters.

Pure: it knows the stack file and Bookinfo's own manifests, and asks no cluster.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components import manifests
from components.models import NamespaceSettings, ServiceSettings, Settings, chosen
from components.naming import (
    BOOKINFO_NAMESPACE,
    EGRESS_NAMESPACE,
    GATEWAY_NAMESPACE,
    ISTIO_NAMESPACE,
    MANAGEMENT_NAMESPACE,
    OPERATOR_NAMESPACE,
)

AMBIENT: Final = "istio.io/dataplane-mode"
SCOPE: Final = "solo.io/service-scope"
USE_WAYPOINT: Final = "istio.io/use-waypoint"
AUTO: Final = "auto"
"""The waypoint that istiod makes and sizes by itself. A Gateway of that name is never ours."""
NO_WAYPOINT: Final = "none"
"""As the value of the label it means no waypoint, so that none can be called so."""
DISTRIBUTION: Final = "networking.istio.io/traffic-distribution"

GLOBAL_DOMAIN: Final = "mesh.internal"
LOCAL_DOMAIN: Final = "svc.cluster.local"

SPANNING: Final = ("global", "global-only")
"""Scopes of a service that spans clusters; ``cluster`` cancels that of its namespace."""


def mesh_namespaces(settings: Settings) -> list[str]:
    """Return the namespaces that the mesh itself is made of: no application's, no machine's."""
    found = [ISTIO_NAMESPACE, GATEWAY_NAMESPACE, OPERATOR_NAMESPACE, "kube-system"]
    found += [MANAGEMENT_NAMESPACE] if settings.management else []
    return found + ([EGRESS_NAMESPACE] if settings.egress else [])


def entries(settings: Settings, site: str) -> Iterator[tuple[int, NamespaceSettings]]:
    """Yield the entries of ``namespaces`` that a cluster has, with their places in the list."""
    for index, entry in enumerate(settings.namespaces):
        if site in chosen(entry.clusters, settings.names):
            yield index, entry


def is_bookinfos(settings: Settings, entry: NamespaceSettings) -> bool:
    """Whether an entry is about the namespace that the stack makes for Bookinfo."""
    return settings.bookinfo.enabled and entry.name == BOOKINFO_NAMESPACE


def is_ours(settings: Settings, entry: NamespaceSettings) -> bool:
    """Whether the stack makes the namespace of an entry."""
    return entry.create or is_bookinfos(settings, entry)


def sample_accounts(settings: Settings) -> set[str]:
    """Return the service accounts of Bookinfo's own pods; none, where it is off."""
    loaded = manifests.load("bookinfo") if settings.bookinfo.enabled else []
    return {obj["metadata"]["name"] for obj in loaded if obj["kind"] == "ServiceAccount"}


def bookinfo(settings: Settings, site: str) -> NamespaceSettings:
    """Return what a cluster's own Bookinfo namespace is to be; without an entry only ambient."""
    found = (entry for _, entry in entries(settings, site) if is_bookinfos(settings, entry))
    return next(found, NamespaceSettings(name=BOOKINFO_NAMESPACE))


def own_services(settings: Settings, entry: NamespaceSettings) -> tuple[str, ...]:
    """Return the services of a namespace that the stack itself makes."""
    return (
        tuple(manifests.ports(manifests.load("bookinfo"))) if is_bookinfos(settings, entry) else ()
    )


def adopted_services(settings: Settings, entry: NamespaceSettings) -> tuple[ServiceSettings, ...]:
    """Return the listed services of a namespace that somebody else makes."""
    own = own_services(settings, entry)
    return tuple(service for service in entry.services if service.name not in own)


def _listed(entry: NamespaceSettings, name: str) -> ServiceSettings:
    found = (service for service in entry.services if service.name == name)
    return next(found, ServiceSettings(name=name))


def scope(entry: NamespaceSettings, name: str) -> str:
    """Return the scope of a service if it spans clusters, else an empty text."""
    found = _listed(entry, name).scope or entry.scope or ""
    return found if found in SPANNING else ""


def namespace_labels(entry: NamespaceSettings) -> dict[str, str]:
    """Return the labels that an entry means for its namespace."""
    found = {AMBIENT: "ambient" if entry.ambient else None}
    found |= {SCOPE: entry.scope, USE_WAYPOINT: entry.waypoint}
    return {key: value for key, value in found.items() if value}


def namespace_annotations(entry: NamespaceSettings) -> dict[str, str]:
    """Return the annotations that an entry means for its namespace; Istio 1.30 reads them there."""
    return {DISTRIBUTION: entry.traffic_distribution} if entry.traffic_distribution else {}


def service_labels(entry: NamespaceSettings, name: str) -> dict[str, str]:
    """Return the labels that an entry means for a service: what its namespace does not say."""
    own = _listed(entry, name).scope
    return {SCOPE: own} if own else {}


def service_annotations(entry: NamespaceSettings, name: str) -> dict[str, str]:
    """Return the annotations of a service that spans clusters.

    The namespace's are repeated: before Istio 1.30 they are not inherited.
    """
    found = _listed(entry, name).traffic_distribution or entry.traffic_distribution
    return {DISTRIBUTION: found} if found and scope(entry, name) else {}


def spanning(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return every service that spans clusters as ``<name>.<namespace>``: its hosts and clusters.

    ``*`` stands for services that the stack file does not name, in a namespace that spans as a
    whole.
    """
    found: dict[str, dict[str, Any]] = {}
    for site in settings.names:
        for _, entry in entries(settings, site):
            for name, kind in _spanning(settings, entry).items():
                service = f"{name}.{entry.name}"
                hosts = [f"{service}.{GLOBAL_DOMAIN}"]
                if kind == "global-only":
                    hosts.append(f"{service}.{LOCAL_DOMAIN}")
                found.setdefault(service, {"hosts": hosts, "clusters": []})
                found[service]["clusters"].append(site)
    return dict(sorted(found.items()))


def _spanning(settings: Settings, entry: NamespaceSettings) -> Mapping[str, str]:
    named = [*own_services(settings, entry), *(service.name for service in entry.services)]
    found = {name: kind for name in named if (kind := scope(entry, name))}
    if entry.scope in SPANNING and not is_bookinfos(settings, entry):
        found["*"] = entry.scope
    return found
