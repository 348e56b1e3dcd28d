"""The whole mesh as one graph: composition only, every decision is in the nouns.

Clusters stand side by side. Nothing in one of them waits for another, but a link for the address
of the cluster it points at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import ingress, links, machines, management, membership, namespaces, versions
from components.access import Access
from components.bookinfo import Bookinfo, BookinfoArgs
from components.cluster import Cluster, ClusterArgs
from components.east_west_gateway import EastWestGateway, EastWestGatewayArgs
from components.ingress import Ingress, IngressArgs
from components.management import Managed
from components.mesh_route import Mesh, install
from components.namespaces import Namespaces, NamespacesArgs
from components.naming import BOOKINFO_NAMESPACE
from components.settings import ClusterSettings, Secrets, Settings
from components.trust import RootAuthority, RootAuthorityArgs, Trust, TrustArgs


@dataclass(frozen=True)
class _Member:
    """The parts of one cluster that links and exports refer to."""

    cluster: Cluster
    trust: Trust
    mesh: Mesh
    gateway: EastWestGateway
    applications: "_Applications"


@dataclass(frozen=True)
class _Applications:
    """What runs in the mesh of one cluster."""

    door: Ingress | None
    namespaces: Mapping[str, pulumi.Output[str]]
    """Each that the stack makes or labels, once it is there."""
    resources: tuple[pulumi.Resource, ...]


def _member(
    planned: ClusterSettings,
    settings: Settings,
    access: Access,
    root: RootAuthority,
    secrets: Secrets,
) -> _Member:
    name = planned.name
    cluster = Cluster(
        name,
        ClusterArgs(
            kubeconfig=access.kubeconfig,
            network=planned.network,
            trust_domain=planned.trust_domain,
            inventory=access.inventory,
            reader=access.reader,
        ),
    )
    here = pulumi.ResourceOptions(provider=cluster.provider)
    trust = Trust(
        f"{name}-trust",
        TrustArgs(cluster=cluster, root=root, settings=settings.trust, timeouts=settings.timeouts),
        here,
    )
    mesh = install(planned, settings, cluster, trust, secrets)
    gateway = EastWestGateway(
        f"{name}-eastwest",
        EastWestGatewayArgs(
            cluster=cluster,
            network=mesh.network,
            release=versions.release(settings.mesh_version),
            timeouts=settings.timeouts,
            istioctl=links.tool(settings),
        ),
        here,
    )
    applications = _applications(cluster, mesh, settings, here)
    return _Member(
        cluster=cluster, trust=trust, mesh=mesh, gateway=gateway, applications=applications
    )


def _applications(
    cluster: Cluster, mesh: Mesh, settings: Settings, here: pulumi.ResourceOptions
) -> _Applications:
    """Register what runs in the mesh of one cluster."""
    name, door = cluster.name, None
    found: dict[str, pulumi.Output[str]] = {}
    resources: list[pulumi.Resource] = []
    if settings.bookinfo.enabled:
        sample = Bookinfo(
            f"{name}-bookinfo",
            BookinfoArgs(
                cluster=cluster,
                settings=settings.bookinfo,
                entry=membership.bookinfo(settings, name),
                mesh=mesh.network,
                timeouts=settings.timeouts,
            ),
            here,
        )
        found[BOOKINFO_NAMESPACE] = sample.namespace
        resources.append(sample)
        if ingress.exposes(settings, name):
            door = Ingress(
                f"{name}-ingress",
                IngressArgs(
                    cluster=cluster,
                    namespace=sample.namespace,
                    mesh=mesh.network,
                    timeouts=settings.timeouts,
                ),
                here,
            )
    if namespaces.any_in(settings, name):
        joined = Namespaces(
            f"{name}-namespaces",
            NamespacesArgs(cluster=cluster, settings=settings, mesh=mesh.network),
            here,
        )
        found.update(joined.names)
        resources.append(joined)
    return _Applications(door=door, namespaces=found, resources=tuple(resources))


def _doors(members: Mapping[str, _Member], settings: Settings) -> dict[str, Any]:
    """Return how what runs in the mesh is reached: outputs that a stack without them lacks."""
    doors = {name: member.applications.door for name, member in sorted(members.items())}
    found = {name: door.url for name, door in doors.items() if door}
    spanning = membership.spanning(settings)
    return ({"globalServices": spanning} if spanning else {}) | ({"url": found} if found else {})


def _machines(
    members: Mapping[str, _Member], settings: Settings, root: RootAuthority, secrets: Secrets
) -> dict[str, Any]:
    """Register the machines of every cluster, and return what they have reached."""
    homes = {
        name: machines.Home(
            cluster=member.cluster,
            address=member.gateway.address,
            namespaces=member.applications.namespaces,
            applications=member.applications.resources,
        )
        for name, member in members.items()
    }
    return machines.build(settings, homes, root.cert_pem, secrets.get("sshPrivateKey"))


def build(
    settings: Settings,
    access: Mapping[str, Access],
    secrets: Secrets,
) -> dict[str, Any]:
    """Register every resource of the mesh and return the stack's outputs.

    Args:
        settings: the stack's configuration.
        access: how each cluster is reached, by its name.
        secrets: those that are set; simulated charts need no license key.
    """
    root = RootAuthority("root-authority", RootAuthorityArgs(settings=settings.trust))
    members = {
        planned.name: _member(planned, settings, access[planned.name], root, secrets)
        for planned in settings.clusters
    }
    clusters = {name: member.cluster for name, member in members.items()}
    gateways = {name: member.gateway for name, member in members.items()}
    managed = {n: Managed(cluster=m.cluster, ready=m.mesh.version) for n, m in members.items()}
    return {
        "clusters": {
            name: {
                "eastWestAddress": member.gateway.address.apply(lambda found: found.value),
                "meshVersion": member.mesh.version,
                "network": member.cluster.network,
                "trustDomain": member.cluster.trust_domain,
                "rootFingerprint": root.fingerprint,
                "rootExpires": root.expires,
                "intermediateExpires": member.trust.expires,
            }
            for name, member in sorted(members.items())
        },
        "links": links.joined(clusters, gateways, settings),
        **_doors(members, settings),
        **_machines(members, settings, root, secrets),
        **management.build(settings, managed, access, secrets),
    }
