"""What a cluster costs in resources, all of which the engine writes at every step."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies.namespaces import CLUSTER
from policies.policy import Context, Finding, Policy
from policies.resource import Resource

APART: Final = frozenset(
    {"Peering", "LinkCheck", "VirtualMachine", "MachineNamespace", "GceInstance", "Drill"}
    | {"GkeCluster", "GkeProject", "RemoteStack"}
)
"""Components that are paid for by the link, the machine, the drill and the GKE cluster."""
_COMPONENT: Final = "ambientmesh:index:"


def per_cluster(resources: Sequence[Resource], clusters: Sequence[str]) -> Counter[str]:
    """Return how many resources every cluster has, by its name.

    A cluster's are those below a component that carries its name.
    """
    by_urn = {resource.urn: resource for resource in resources}
    names = sorted(clusters, key=len, reverse=True)
    return Counter(
        name for resource in resources if (name := _cluster(resource, by_urn, names)) is not None
    )


def _cluster(
    resource: Resource, by_urn: Mapping[str, Resource], names: Sequence[str]
) -> str | None:
    top = resource
    while True:
        if top.type.startswith(_COMPONENT) and top.kind in APART:
            return None
        above = by_urn.get(top.parent)
        if above is None or above.type == "pulumi:pulumi:Stack":
            break
        top = above
    if not top.type.startswith(_COMPONENT):
        return None
    return next((own for own in names if top.name == own or top.name.startswith(f"{own}-")), None)


def over_budget(resources: Sequence[Resource], context: Context) -> Iterator[Finding]:
    """Say of a cluster that it has more than the stack allows each."""
    if context.settings is None:
        return
    most = context.chosen.resources_per_cluster
    clusters = [site.name for site in context.settings.sites]
    roots = {resource.name: resource.urn for resource in resources if resource.type == CLUSTER}
    for name, count in sorted(per_cluster(resources, clusters).items()):
        if count > most:
            yield Finding(
                f"Cluster {name} has {count} resources; the budget is {most}.",
                "switch off what it does not need, or raise policies.resourcesPerCluster.",
                roots.get(name, ""),
            )


POLICIES: Final = (
    Policy(
        name="resource-budget",
        says="A cluster has no more resources than the stack allows each.",
        of_stack=over_budget,
    ),
)
