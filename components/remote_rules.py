"""What ``remotes`` must say together with the rest of a stack file. Pure."""

from typing import Final

from components import remote_links, topology, versions
from components.config_errors import shown
from components.models import Settings
from components.models.remotes import same_stack
from components.naming import link_name
from components.rule import Rule


def common_root(settings: Settings) -> list[str]:
    """Refuse remotes under a root that this stack makes: no other stack can have it."""
    if not settings.remotes or settings.trust.root_certificate:
        return []
    line = (
        f"remotes: found {shown([remote.stack for remote in settings.remotes])}; allowed: nothing"
        " without trust.rootCertificate, because stacks whose clusters link share a root; fix: make"
        " one (certs/README.md) and set it in every stack"
    )
    return [line]


def declared(settings: Settings) -> list[str]:
    """Refuse remotes beside istioctl: it links clusters only whose kubeconfigs it has."""
    if not settings.remotes or settings.links.mode != "istioctl":
        return []
    line = (
        "links.mode: found 'istioctl'; allowed: 'declarative' where there are remotes, as istioctl"
        " needs a kubeconfig of both clusters; fix: remove the key"
    )
    return [line]


def repeated_stacks(settings: Settings) -> list[str]:
    """Refuse two entries that may be one stack."""
    names = [remote.stack for remote in settings.remotes]
    return [
        f"remotes[{index}].stack: found {shown(name)}, which may be that of remotes[{earlier}];"
        " allowed: an entry for each stack; fix: merge the two, or write both in full"
        for index, name in enumerate(names)
        for earlier in range(index)
        if same_stack(name, names[earlier])
    ]


def repeated_clusters(settings: Settings) -> list[str]:
    """Refuse names that another cluster has, and networks that a cluster of another stack has."""
    names = {name: f"clusters[{i}].name" for i, name in enumerate(settings.names)}
    networks = {c.network: (-1, f"clusters[{i}].network") for i, c in enumerate(settings.clusters)}
    lines = []
    for index, remote in enumerate(settings.remotes):
        for place, cluster in enumerate(remote.clusters):
            where = f"remotes[{index}].clusters[{place}]"
            stack, taken = networks.setdefault(cluster.network, (index, f"{where}.network"))
            found = [] if stack == index else [("network", cluster.network, taken, _NETWORKS)]
            if (taken := names.setdefault(cluster.name, f"{where}.name")) != f"{where}.name":
                found.insert(0, ("name", cluster.name, taken, _NAMES))
            lines += [
                f"{where}.{key}: found {shown(value)}, as {other} has it; allowed: a {key} of its"
                f" own in all stacks that link, because {why}; fix: give one of the two another"
                f" {key}"
                for key, value, other, why in found
            ]
    return lines


def shared_networks(settings: Settings) -> list[str]:
    """Refuse remote clusters of one network where nothing tells their peer Gateways apart."""
    if versions.release(settings.mesh_version).cluster_labels:
        return []
    lines = []
    for index, remote in enumerate(settings.remotes):
        first: dict[str, int] = {}
        for place, cluster in enumerate(remote.clusters):
            if (earlier := first.setdefault(cluster.network, place)) == place:
                continue
            lines.append(
                f"remotes[{index}].clusters[{place}].network: found {shown(cluster.network)}, as"
                f" remotes[{index}].clusters[{earlier}].network has it; allowed: once, because mesh"
                " versions below 1.28 tell peers apart by network; fix: list one of the two, or"
                " raise meshVersion in both stacks"
            )
    return lines


def peer_names(settings: Settings) -> list[str]:
    """Refuse a network that is called like a cluster which shares another network."""
    taken = {
        member.peer: (f"clusters[{index}]", member)
        for index, member in enumerate(topology.members(settings))
    }
    lines = []
    for link in remote_links.links(settings):
        where, other = taken.setdefault(link.target.peer, (link.key, link.target))
        # Those of one name, or of one network, are told as such.
        if other.name != link.target.name and other.network != link.target.network:
            lines.append(
                f"{link.key}: found {shown(link.target.name)}, whose peer Gateway would be called"
                f" {link.target.peer}, as that of {where} is; allowed: a network that is not called"
                " like a cluster which shares another; fix: rename it or the other"
            )
    return list(dict.fromkeys(lines))


def ambiguous_names(settings: Settings) -> list[str]:
    """Refuse links that would be called alike, such as ``a-to-b-to-c``."""
    called = {link_name(a.source, a.target): a for a in topology.links(settings)}
    lines = []
    for remote in remote_links.links(settings):
        other = called.setdefault(remote.name, remote.link)
        if other != remote.link:
            lines.append(
                f"{remote.key}.name: found {shown(remote.target.name)}, whose link from"
                f" {remote.source} would be called {remote.name!r}, as {other.source} ->"
                f" {other.target} is; allowed: names that tell links apart; fix: rename one of"
                " these clusters"
            )
    return lines


_NAMES: Final = "links are named by their two clusters"
_NETWORKS: Final = "a peer Gateway is named after its network"

NEEDS = ("remotes", "clusters[].name", "clusters[].network", "trust")
"""Without these nothing can be said."""

RULES: tuple[Rule, ...] = (
    Rule("AM510", common_root, needs=NEEDS),
    Rule("AM511", declared, needs=NEEDS),
    Rule("AM512", repeated_stacks, needs=NEEDS),
    Rule("AM513", repeated_clusters, needs=NEEDS),
    Rule("AM514", ambiguous_names, needs=NEEDS),
    Rule("AM515", shared_networks, needs=(*NEEDS, "meshVersion")),
    Rule("AM516", peer_names, needs=NEEDS),
)
