"""What a mesh with the whole workshop on costs in resources, by the part they belong to."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.engine import STACK
from tests.mesh import EVERYTHING, build, everything

STACK_TYPE = "pulumi:pulumi:Stack"

APART = ("VirtualMachine", "MachineNamespace", "GceInstance", "Drill")
"""Components that are paid for by the machine and by the drill, and not by the cluster."""


def resources(**changes: Any) -> dict[str, Mapping[str, int]]:
    """Return how many resources every part has, component included, by cluster.

    A cluster's are those that carry its name, links from it included. The stack's own have an empty
    name. Bookinfo's namespace and one external host: the workshop, and nothing beyond it.

    Args:
        changes: keys of a stack file, in place of those of the whole workshop.
    """
    [bookinfo] = [entry for entry in EVERYTHING["namespaces"] if entry["name"] == "bookinfo"]
    [host] = [entry for entry in EVERYTHING["egress"]["hosts"] if entry["host"] == "httpbin.org"]
    config = everything(
        namespaces=[bookinfo],
        egress={"hosts": [{**host, "allow": ["bookinfo-ratings"]}]},
        **changes,
    )
    mesh = build(config)
    found: dict[str, Counter[str]] = {site: Counter() for site in ("", *config.names)}
    for name, request in mesh.seen.items():
        if request.type == STACK_TYPE:
            continue
        part = name if mesh.parent(name) == STACK else mesh.parent(name)
        site = next((own for own in config.names if part.startswith(own)), "")
        found[site][mesh.seen[part].type.rpartition(":")[2]] += 1
    return {site: dict(counts) for site, counts in found.items()}


def of_cluster(counts: Mapping[str, int]) -> int:
    """Return what a cluster costs, machines and drills apart."""
    return sum(count for part, count in counts.items() if part not in APART)
