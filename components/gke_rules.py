"""What the stack's GKE clusters must say together. Pure; each rule returns a line a mistake."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses
from typing import Final

from components import gke_plan
from components.config_errors import shown
from components.models import AuthorizedNetwork, GkeSettings, Settings
from components.rule import Rule

MOST_AUTHORIZED: Final = 100
"""Authorized networks that GKE takes for one cluster."""
WIDEST_AUTHORIZED: Final = 8
"""Bits of the widest range that anybody has for himself, as 10.0.0.0/8: more lets others in."""
MAX_GKE_NAME: Final = 40
"""Characters of the name of a GKE cluster, and of a node pool."""

_CLUSTER = "a GKE cluster"
_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_ACCOUNT = re.compile(r"[a-z0-9][-a-z0-9]{2,61}@[a-z0-9.:-]+\.gserviceaccount\.com")


def _made(settings: Settings) -> Iterator[tuple[str, GkeSettings]]:
    """Yield the key and the settings of every cluster that the stack makes."""
    for index, cluster in enumerate(settings.clusters):
        if cluster.gke:
            yield f"clusters[{index}].gke", cluster.gke


def projects(settings: Settings) -> list[str]:
    """Refuse clusters without a project, and what is no project's id."""
    shared = settings.gcp.project if settings.gcp else ""
    given = [("gcp.project", shared)] if shared else []
    given += [(f"{key}.project", own.project) for key, own in _made(settings) if own.project]
    why = "allowed: a project's id of 6 to 30 characters that begins with a letter"
    lines = [
        f"{key}: found {shown(project)}; {why}; fix: write the id that `gcloud projects list` shows"
        for key, project in given
        if not gke_plan.PROJECT_ID.fullmatch(project)
    ]
    return lines + [
        f"{key}.project: found nothing; {why}; fix: write gcp.project, for all clusters"
        for key, own in _made(settings)
        if not own.project and not shared
    ]


def locations(settings: Settings) -> list[str]:
    """Refuse what is neither a region nor a zone, and zones that are not in it."""
    lines = []
    for key, own in _made(settings):
        if not gke_plan.LOCATION.fullmatch(own.location):
            lines.append(
                f"{key}.location: found {shown(own.location)}; allowed: a region such as"
                " europe-west4, or a zone such as europe-west4-a; fix: write one of them"
            )
            continue
        region = gke_plan.region_of(own.location)
        if gke_plan.is_zone(own.location) and own.zones:
            lines.append(
                f"{key}.zones: found {shown(list(own.zones))}; allowed: nothing in a zone; fix:"
                f" remove the key, or write location: {region}"
            )
            continue
        # Every region has a zone b; some have no zone a.
        lines += [
            f"{key}.zones: found {shown(zone)}; allowed: zones of {region}, each once; fix: write"
            f" zones such as {region}-b"
            for zone in dict.fromkeys(own.zones)
            if not re.fullmatch(f"{region}-[a-z]", zone) or own.zones.count(zone) > 1
        ]
    return lines


def names(settings: Settings) -> list[str]:
    """Refuse names that Google Cloud has no cluster, network, pool or account of."""
    found: list[tuple[str, str, str]] = []
    for index, cluster in enumerate(settings.clusters):
        if cluster.gke is None:
            continue
        found.append((f"clusters[{index}].name", cluster.name, _CLUSTER))
        found += [
            (f"clusters[{index}].gke.nodePools[{at}].name", pool.name, "a node pool")
            for at, pool in enumerate(cluster.gke.node_pools or ())
        ]
        if cluster.gke.network:
            found.append((f"clusters[{index}].gke.network", cluster.gke.network, "a network"))
    if settings.gcp and settings.gcp.network:
        found.append(("gcp.network", settings.gcp.network, "a network"))
    lines = [
        f"{key}: found {shown(name)}; allowed: a name of at most {MAX_GKE_NAME} characters that"
        f" begins with a letter, because {what} is called so; fix: write another"
        for key, name, what in found
        if not _NAME.fullmatch(name) or (len(name) > MAX_GKE_NAME and what != "a network")
    ]
    lines += [
        f"{key}: found {shown(name)}; allowed: another name than the network tag of all nodes of"
        " the mesh, because what opens nodes of this cluster would open all; fix: write another"
        for key, name, what in found
        if what == _CLUSTER and name == gke_plan.NODE_TAG
    ]
    return lines + [
        f"{key}.serviceAccount: found {shown(own.service_account)}; allowed: the address of a"
        " service account; fix: write name@project.iam.gserviceaccount.com"
        for key, own in _made(settings)
        if own.service_account and not _ACCOUNT.fullmatch(own.service_account)
    ]


def _is_wide(networks: Iterable[AuthorizedNetwork]) -> bool:
    """Whether networks together are a large part of the internet, however it is cut."""
    whole = collapse_addresses(IPv4Network(network.cidr) for network in networks)
    return any(network.prefixlen < WIDEST_AUTHORIZED for network in whole)


def authorized(settings: Settings) -> list[str]:
    """Refuse authorized networks that are as good as the internet, or more than GKE takes."""
    given = [(key, own.authorized_networks) for key, own in _made(settings)]
    if settings.gcp:
        given.append(("gcp", settings.gcp.authorized_networks))
    lines = []
    for key, networks in given:
        cidrs = [network.cidr for network in networks or ()]
        if _is_wide(networks or ()):
            lines.append(
                f"{key}.authorizedNetworks: found {shown(cidrs)}, together a large part of the"
                " internet; allowed: the networks of those who must reach the control planes, none"
                f" wider than {WIDEST_AUTHORIZED} bits; fix: write them, or remove the key, so that"
                " IAM lets them in by name"
            )
        if len(cidrs) > MOST_AUTHORIZED:
            lines.append(
                f"{key}.authorizedNetworks: found {len(cidrs)} networks; allowed:"
                f" {MOST_AUTHORIZED}; fix: merge neighbours"
            )
    return lines


NEEDS = ("clusters[].gke", "gcp")
"""Without these nothing can be said."""

RULES: tuple[Rule, ...] = (
    Rule("AM201", projects, needs=NEEDS),
    Rule("AM202", locations, needs=NEEDS),
    Rule("AM203", names, needs=NEEDS),
    Rule("AM204", authorized, needs=NEEDS),
)
