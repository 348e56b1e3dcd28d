"""What ``topology`` must say, also with ``clusters``. Pure; each rule returns a line a mistake."""

from collections import Counter
from collections.abc import Iterable, Iterator

from components import remote_links, topology, versions
from components.config_errors import shown
from components.models import Settings, chosen
from components.naming import link_name
from components.rule import Rule
from components.topology import Link


def _lists(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every list of clusters in ``topology``, with its key."""
    found = settings.topology
    yield "topology.hubs", found.hubs or ()
    for index, group in enumerate(found.groups or ()):
        yield f"topology.groups[{index}].clusters", group.clusters
        yield f"topology.groups[{index}].hubs", group.hubs or ()
    for index, edge in enumerate(found.links):
        yield f"topology.links[{index}].between", edge.between or ()


def _ends(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield every cluster that an entry of ``topology.links`` names by itself, with its key."""
    for index, edge in enumerate(settings.topology.links):
        if edge.source is not None and edge.to is not None:
            yield f"topology.links[{index}].from", edge.source
            yield f"topology.links[{index}].to", edge.to


def shape_keys(settings: Settings) -> list[str]:
    """Demand the keys that a shape needs, and refuse those that it does not read."""
    found = settings.topology
    given = {"hubs": found.hubs, "groups": found.groups}
    needed = {"hub-and-spokes": "hubs", "groups": "groups"}.get(found.shape)
    lines = [
        f"topology.{key}: found a list; allowed: nothing, because topology.shape: {found.shape}"
        " does not read it; fix: remove the key, or write another shape"
        for key, value in given.items()
        if value is not None and key != needed
    ]
    if needed and given[needed] is None:
        lines.append(
            f"topology.{needed}: found nothing; allowed: at least one entry with topology.shape:"
            f" {found.shape}; fix: add the key"
        )
    return lines


def unknown_clusters(settings: Settings) -> list[str]:
    """Refuse clusters that are not in the mesh, and hubs that are not in their group."""
    named = [(key, name) for key, names in _lists(settings) for name in names]
    lines = [
        f"{key}: found {shown(name)}; allowed: clusters of this file: {', '.join(settings.names)};"
        " fix: write one of them, or add it to clusters"
        for key, name in (*named, *_ends(settings))
        if name not in settings.names
    ]
    return lines + [
        f"topology.groups[{index}].hubs: found {shown(name)}; allowed: clusters of group"
        f" {group.name}: {', '.join(group.clusters)}; fix: write one of them, or add it there"
        for index, group in enumerate(settings.topology.groups or ())
        for name in group.hubs or ()
        if name in settings.names and name not in group.clusters
    ]


def repeated(settings: Settings) -> list[str]:
    """Refuse what is there twice: the second says nothing, or another was meant."""
    lists = dict(_lists(settings))
    lists["topology.groups"] = tuple(group.name for group in settings.topology.groups or ())
    lines = [
        f"{key}: found {shown(name)} {count} times; allowed: once; fix: take the others out"
        for key, names in lists.items()
        for name, count in Counter(names).items()
        if count > 1
    ]
    places: dict[tuple[str, str], list[int]] = {}
    for index, edge in enumerate(settings.topology.links):
        for pair in dict.fromkeys(topology.edges(edge)):
            places.setdefault(pair, []).append(index)
    return lines + [
        f"{', '.join(f'topology.links[{index}]' for index in indexes)}: found link {a} -> {b}"
        f" {len(indexes)} times; allowed: once; fix: take the others out"
        for (a, b), indexes in places.items()
        if len(indexes) > 1 and a != b
    ]


def self_links(settings: Settings) -> list[str]:
    """Refuse a cluster that is linked to itself: istiod ignores such a peer."""
    return [
        f"topology.links[{index}]: found a link from {shown(edge.source)} to itself; allowed: two"
        " clusters; fix: write another, or take the entry out"
        for index, edge in enumerate(settings.topology.links)
        if edge.source is not None and edge.source == edge.to
    ]


def left_out(settings: Settings) -> list[str]:
    """Refuse a cluster that no group has and no link: it was forgotten."""
    groups = settings.topology.groups or ()
    if settings.topology.shape != "groups" or not groups:
        return []
    grouped = {name for group in groups for name in group.clusters}
    ends = {name for link in topology.links(settings) for name in (link.source, link.target)}
    ends |= {link.source for link in remote_links.links(settings)}
    return [
        f"topology.groups: found no group with {shown(name)}, and no link; allowed: clusters that"
        " are in a group, in topology.links, or linked to another stack; fix: add it to a group,"
        " or make one for it"
        for name in settings.names
        if name not in grouped | ends
    ]


def link_names(settings: Settings) -> list[str]:
    """Refuse a name that two links would share, such as ``a-to-b-to-c``."""
    called: dict[str, list[Link]] = {}
    for link in topology.links(settings):
        called.setdefault(link_name(link.source, link.target), []).append(link)
    return [
        f"clusters: found {' and '.join(f'{link.source} -> {link.target}' for link in links)}, both"
        f" called {name!r}; allowed: names that tell links apart; fix: rename one of these clusters"
        for name, links in called.items()
        if len(links) > 1
    ]


def shared_networks(settings: Settings) -> list[str]:
    """Refuse clusters of one network where nothing would tell their peer Gateways apart."""
    release = versions.release(settings.mesh_version)
    if not release.cluster_labels:
        why, fix = "mesh versions below 1.28 tell peers apart by network", "raise meshVersion"
    elif settings.links.mode == "istioctl":
        why, fix = "istioctl names a peer Gateway after the network", "set links.mode: declarative"
    else:
        return []
    return [
        f"{_keys(settings, names)}: found {shown(network)} {len(names)} times; allowed:"
        f" once, because {why}; fix: give each cluster its own network, or {fix}"
        for network, names in topology.networks(settings).items()
        if len(names) > 1
    ]


def peer_names(settings: Settings) -> list[str]:
    """Refuse a network that is called like a cluster which shares another network."""
    called: dict[str, list[str]] = {}
    for member in topology.members(settings):
        called.setdefault(member.peer, []).append(member.name)
    return [
        f"{_keys(settings, names)}: found {' and '.join(names)} with peer Gateways of"
        f" one name, {peer}; allowed: a network that is not called like another cluster; fix: give"
        " it another name"
        for peer, names in called.items()
        if len(set(names)) > 1
    ]


def drills_without_a_link(settings: Settings) -> list[str]:
    """Refuse a drill whose cluster has no link to where the service is left: calls would fail."""
    lines = []
    for index, drill in enumerate(settings.drills):
        entry = next((one for one in settings.namespaces if one.name == drill.namespace), None)
        others = set(chosen(entry.clusters, settings.names) if entry else ()) - {drill.cluster}
        reached = {member.name for member in topology.targets(settings, drill.cluster)}
        # That there is another cluster at all is a rule of drills.
        if others and drill.cluster in settings.names and not others & reached:
            lines.append(
                f"drills[{index}].cluster: found {shown(drill.cluster)} without a link to"
                f" {' or '.join(sorted(others))}; allowed: a cluster that is linked to another with"
                f" namespace {drill.namespace}; fix: add the link to topology.links, or drill in"
                " another cluster"
            )
    return lines


def _keys(settings: Settings, names: Iterable[str]) -> str:
    wanted = set(names)
    return ", ".join(
        f"clusters[{index}].network"
        for index, cluster in enumerate(settings.clusters)
        if cluster.name in wanted
    )


RULES: tuple[Rule, ...] = (
    Rule("AM120", shape_keys, needs=("topology.shape", "topology.hubs", "topology.groups")),
    Rule("AM121", unknown_clusters, needs=("clusters[].name", "topology.groups[].clusters")),
    Rule("AM122", repeated, needs=()),
    Rule("AM123", self_links, needs=()),
    Rule("AM124", left_out, needs=("clusters[].name", "topology", "remotes")),
    Rule("AM125", link_names, needs=("topology",)),
    Rule("AM126", shared_networks, needs=("meshVersion", "links.mode", "clusters[].network")),
    Rule("AM127", peer_names, needs=("clusters[].network",)),
    Rule("AM128", drills_without_a_link, needs=("clusters[].name", "namespaces", "topology")),
)
