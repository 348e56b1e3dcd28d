"""What ``remotes`` must say together with the rest of a stack file. Pure."""

from components import remote_links, topology
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
    """Refuse names and networks of remote clusters that another cluster has."""
    names = {name: f"clusters[{i}].name" for i, name in enumerate(settings.names)}
    networks = {c.network: f"clusters[{i}].network" for i, c in enumerate(settings.clusters)}
    # Clusters that share a network have peer Gateways by their own name.
    networks |= {m.name: names[m.name] for m in topology.members(settings) if m.flat}
    lines = []
    for index, remote in enumerate(settings.remotes):
        for place, cluster in enumerate(remote.clusters):
            where = f"remotes[{index}].clusters[{place}]"
            for key, value, taken, why in (
                ("name", cluster.name, names, "links are named by their two clusters"),
                ("network", cluster.network, networks, "a peer Gateway is named after its network"),
            ):
                if value in taken and (key == "name" or taken[value] != names.get(cluster.name)):
                    lines.append(
                        f"{where}.{key}: found {shown(value)}, as {taken[value]} has it; allowed: a"
                        f" {key} of its own in all stacks that link, because {why}; fix: give one"
                        f" of the two another {key}"
                    )
                taken.setdefault(value, f"{where}.{key}")
    return lines


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


NEEDS = ("remotes", "clusters[].name", "clusters[].network", "trust")
"""Without these nothing can be said."""

RULES: tuple[Rule, ...] = (
    Rule("AM510", common_root, needs=NEEDS),
    Rule("AM511", declared, needs=NEEDS),
    Rule("AM512", repeated_stacks, needs=NEEDS),
    Rule("AM513", repeated_clusters, needs=NEEDS),
    Rule("AM514", ambiguous_names, needs=NEEDS),
)
