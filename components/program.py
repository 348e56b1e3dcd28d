"""The whole mesh as one graph: composition only, every decision is in the nouns.

Clusters stand side by side. Nothing in one of them waits for another, but a link for the address
of the cluster it points at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi.runtime

from components import (
    applications,
    drills,
    gke_fleet,
    limit_rules,
    links,
    machines,
    management,
    published,
    reach,
    versions,
    waypoint,
)
from components.access import Access
from components.applications import Applications
from components.cluster import Cluster, ClusterArgs
from components.east_west_gateway import EastWestGateway, EastWestGatewayArgs
from components.gke_args import GkeClusterArgs
from components.management import Managed
from components.mesh_route import Mesh, install
from components.published import Remotes
from components.settings import ClusterSettings, Secrets, Settings
from components.trust import RootAuthority, RootAuthorityArgs, Trust, TrustArgs


@dataclass(frozen=True)
class _Member:
    """The parts of one cluster that links and exports refer to."""

    cluster: Cluster
    trust: Trust
    mesh: Mesh
    gateway: EastWestGateway
    applications: Applications


def _member(
    planned: ClusterSettings,
    settings: Settings,
    access: Access,
    root: RootAuthority,
    secrets: Secrets,
    gke: GkeClusterArgs | None,
) -> _Member:
    name = planned.name
    cluster = Cluster(
        name,
        ClusterArgs(
            access=access,
            network=planned.network,
            trust_domain=planned.trust_domain,
            gke=gke,
        ),
    )
    trust = Trust(
        f"{name}-trust",
        TrustArgs(cluster=cluster, root=root, settings=settings.trust, timeouts=settings.timeouts),
        cluster.inside,
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
        cluster.outward,
    )
    return _Member(
        cluster=cluster,
        trust=trust,
        mesh=mesh,
        gateway=gateway,
        applications=applications.build(cluster, mesh.network, settings),
    )


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
    remotes: Remotes | None = None,
) -> dict[str, Any]:
    """Register every resource of the mesh and return the stack's outputs.

    Args:
        settings: the stack's configuration.
        access: how each cluster is reached, by its name.
        secrets: those that are set; simulated charts need no license key.
        remotes: what the stacks of ``settings.remotes`` publish; default: nothing yet.
    """
    if pulumi.runtime.is_dry_run():
        later = published.later(settings, remotes or {})
        for line in limit_rules.summary(settings, licensed="licenseKey" in secrets, waiting=later):
            pulumi.log.info(line)
        for check in (waypoint.warnings, reach.warnings, limit_rules.warnings):
            for line in check(settings):
                pulumi.log.warn(line)
    root = RootAuthority(
        "root-authority", RootAuthorityArgs(settings=settings.trust, key=secrets.get("rootKey"))
    )
    gke = gke_fleet.arguments(settings)
    members = {
        planned.name: _member(
            planned, settings, access[planned.name], root, secrets, gke.get(planned.name)
        )
        for planned in settings.clusters
    }
    clusters = {name: member.cluster for name, member in members.items()}
    gateways = {name: member.gateway for name, member in members.items()}
    connected = links.joined(clusters, gateways, settings, remotes or {})
    joined = _machines(members, settings, root, secrets)
    # A machine's probe must not meet a service that a drill has taken away.
    before = pulumi.Output.all(connected, joined)
    resources = [made for member in members.values() for made in member.applications.resources]
    drills.run(settings, clusters, before, resources)
    managed = {n: Managed(cluster=m.cluster, ready=m.mesh.version) for n, m in members.items()}
    return {
        # What other stacks read (docs/regions.md); no secret is in it.
        "contract": published.CONTRACT,
        "clusters": {
            name: {
                "eastWestAddress": member.gateway.address.apply(lambda found: found.value),
                "meshVersion": member.mesh.version,
                "network": member.cluster.network,
                "trustDomain": member.cluster.trust_domain,
                "rootFingerprint": root.fingerprint,
                "rootExpires": root.expires,
                "intermediateExpires": member.trust.expires,
                **member.cluster.reached_at,
            }
            for name, member in sorted(members.items())
        },
        "links": connected,
        **applications.reached({n: m.applications for n, m in members.items()}, settings),
        **joined,
        **management.build(settings, managed, access, secrets),
    }
