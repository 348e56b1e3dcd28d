"""What GKE clusters were made as, by the stack's state; what cannot be changed about them. Pure.

The provider would replace the cluster: away with it first, since its name is taken, and with it go
the API server that objects are deleted by and the controllers that delete load balancers.
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from components import gke_plan
from components.config_errors import shown
from components.gke_kubeconfig import CLUSTER_TYPE, resource_name
from components.gke_plan import GkePlan
from components.gke_ranges import NODE_BITS_OF_BLOCK
from components.models import Settings

NETWORK_TYPE = "gcp:compute/network:Network"
POOL_TYPE = "gcp:container/nodePool:NodePool"
SUBNETWORK_TYPE = "gcp:compute/subnetwork:Subnetwork"

Resources = Mapping[str, Mapping[str, Any]]


def _outputs(resources: Resources, kind: str, name: str) -> Mapping[str, Any]:
    for urn, found in resources.items():
        if found.get("type") == kind and urn.endswith(f"::{name}"):
            return found.get("outputs") or {}
    return {}


def _changes(plan: GkePlan, stack: str, resources: Resources) -> Iterator[tuple[str, Any, Any]]:
    """Yield a key, what it is now, and what the cluster was made with."""
    nodes = _outputs(resources, SUBNETWORK_TYPE, f"{plan.name}-gke-network-subnetwork")
    if nodes.get("ipCidrRange"):
        block = IPv4Network(nodes["ipCidrRange"]).supernet(NODE_BITS_OF_BLOCK)
        yield "cidr", str(plan.block), str(block)
    made = _outputs(resources, CLUSTER_TYPE, resource_name(plan.name))
    network = str(made.get("network") or nodes.get("network") or "").rpartition("/")[2]
    yield "network", plan.network or gke_plan.network_name(stack), network
    yield "project", plan.project, made.get("project") or nodes.get("project")
    yield "location", plan.settings.location, made.get("location")
    if made:
        autopilot = bool(made.get("enableAutopilot"))
        yield "autopilot", plan.settings.autopilot, autopilot
        if not autopilot and made.get("datapathProvider"):
            advanced = made["datapathProvider"] == "ADVANCED_DATAPATH"
            yield "dataplaneV2", plan.settings.dataplane_v2, advanced


def _renamed(plan: GkePlan, stack: str, resources: Resources) -> str:
    """Return the network that the stack had made under another name of its own; mostly nothing."""
    own = _outputs(resources, NETWORK_TYPE, f"gcp-{plan.project}-network").get("name") or ""
    return "" if plan.network or own == gke_plan.network_name(stack) else str(own)


def _pools(key: str, plan: GkePlan, resources: Resources) -> Iterator[str]:
    """Refuse what would make the provider delete all nodes of a pool, and then make others."""
    other = list[tuple[str, str]]()
    for index, pool in enumerate(plan.pools):
        name = pool.settings.name
        made = _outputs(resources, POOL_TYPE, f"{plan.name}-gke-pools-{name}").get("nodeConfig")
        if not made:
            continue
        if pool.settings.spot != (was := bool(made.get("spot"))):
            yield (
                f"{key}.nodePools[{index}].spot: found {shown(pool.settings.spot)}; allowed:"
                f" {shown(was)}, because pool {name} of {plan.name} was made so, and its nodes"
                " would be deleted before there are others; fix: write that, or give the pool"
                " another name: then the new one comes first"
            )
        if (account := made.get("serviceAccount")) and account != plan.nodes_account:
            other.append((name, account))
    if other:
        names = ", ".join(name for name, _ in other)
        yield (
            f"{key}.serviceAccount: found {shown(plan.nodes_account)}; allowed:"
            f" {shown(other[0][1])}, because pools {names} of {plan.name} were made so, and all"
            " nodes would be deleted before there are others; fix: write that, or give every pool"
            " another name, too: then the new ones come first"
        )


def problems(settings: Settings, stack: str, resources: Resources) -> list[str]:
    """Refuse what would make the provider replace a cluster.

    Args:
        settings: the stack's.
        stack: its name.
        resources: type and outputs of everything in its state, by URN.
    """
    plans = gke_plan.plans(settings)
    lines = list[str]()
    for index, cluster in enumerate(settings.clusters):
        if cluster.name not in plans:
            continue
        plan, where = plans[cluster.name], f"clusters[{index}].gke"
        if own := _renamed(plan, stack, resources):
            lines.append(
                f"{where}.network: found {shown(gke_plan.network_name(stack))}; allowed:"
                f" {shown(own)}, because the stack had another name when it made that, and all that"
                " is in it would be replaced; fix: pulumi stack rename, back to that name"
            )
            continue
        changed = [
            f"{where}.{key}: found {shown(now)}; allowed: {shown(was)}, because {plan.name} was"
            " made so, and Google cannot change it; fix: write that, or give the cluster another"
            " name: then a new one is made, and the old one deleted in order"
            for key, now, was in _changes(plan, stack, resources)
            if was not in (None, "") and now != was
        ]
        lines += changed or _pools(where, plan, resources)
    return lines
