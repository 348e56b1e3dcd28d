"""Failover drills of the configuration: each a command that runs once for what it is about.

What a drill does is in the package ``drill``; here it gets its place in the graph: after the links
and after everything that runs in the mesh, one after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_command import local

from components import drill_rules
from components.cli import PYTHON
from components.cluster import Cluster
from components.gates import once
from components.models import DrillSettings
from components.settings import Settings


def resource_name(drill: DrillSettings) -> str:
    """Return the name of a drill. Neither part holds a dot, so that no two are called alike."""
    return f"{drill.cluster}-drill-{drill.namespace}.{drill.service}"


@dataclass(frozen=True, kw_only=True)
class DrillArgs:
    """What is taken away, and what must be there before."""

    drill: DrillSettings
    clusters: Mapping[str, Cluster]
    after: pulumi.Input[Any]
    """Known once every link is connected, and every machine has joined."""
    mesh_version: str
    timeout: int
    """Seconds for endpoints to go away, and as many for them to come back."""


class Drill(pulumi.ComponentResource):
    """One drill. It makes nothing, so that nothing of it is left to be destroyed."""

    command: local.Command

    def __init__(
        self, name: str, args: DrillArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Drill", name, None, opts)
        drill = args.drill
        words = f"run {drill.service} {drill.namespace} {drill.cluster} {args.timeout}"
        kubeconfigs = {site: cluster.kubeconfig for site, cluster in args.clusters.items()}
        self.command = local.Command(
            f"{name}-command",
            interpreter=[PYTHON, "-m", "drill.command"],
            # Only the edge matters: states of links differ between preview and `up`.
            create=once(pulumi.Output.from_input(args.after), words),
            # A kubeconfig that is issued anew every hour must not take a service away every hour.
            update="skip",
            stdin=pulumi.Output.json_dumps(kubeconfigs, sort_keys=True),
            triggers=[*drill_rules.identity(drill), drill.generation, args.mesh_version],
            add_previous_output_in_env=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def run(
    settings: Settings,
    clusters: Mapping[str, Cluster],
    after: pulumi.Input[Any],
    workloads: Iterable[pulumi.Resource],
) -> None:
    """Register every drill of a stack.

    Args:
        settings: the stack's configuration.
        clusters: of the mesh, by their names.
        after: known once all links are connected and all machines have joined.
        workloads: what makes the services.
    """
    # Endpoints are behind Services that other components make: no data flows from them.
    before: Sequence[pulumi.Resource] = tuple(workloads)
    for drill in sorted(settings.drills, key=drill_rules.identity):
        args = DrillArgs(
            drill=drill,
            clusters=clusters,
            after=after,
            mesh_version=settings.mesh_version,
            timeout=settings.timeouts.workload,
        )
        # One at a time: two drills of one service would take it away everywhere.
        made = Drill(resource_name(drill), args, pulumi.ResourceOptions(depends_on=[*before]))
        before = (*before, made)
