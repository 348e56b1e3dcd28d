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


def problems(settings: Settings, stack: str, resources: Resources) -> list[str]:
    """Refuse what would make the provider replace a cluster.

    Args:
        settings: the stack's.
        stack: its name.
        resources: type and outputs of everything in its state, by URN.
    """
    plans = gke_plan.plans(settings)
    return [
        f"clusters[{index}].gke.{key}: found {shown(now)}; allowed: {shown(was)}, because"
        f" {cluster.name} was made so, and Google cannot change it; fix: write that, or give the"
        " cluster another name: then a new one is made, and the old one deleted in order"
        for index, cluster in enumerate(settings.clusters)
        if cluster.name in plans
        for key, now, was in _changes(plans[cluster.name], stack, resources)
        if was not in (None, "") and now != was
    ]
