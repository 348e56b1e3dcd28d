"""Another stack of this program, as the graph sees it: a stack reference, read in every run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.readiness import Address, typed


@dataclass(frozen=True, kw_only=True)
class RemoteStackArgs:
    """Which stack."""

    stack: str
    """As the engine takes it: ``stack``, or ``organization/project/stack``."""


class RemoteStack(pulumi.ComponentResource):
    """A stack that publishes its clusters. Nothing of it is managed here."""

    stack: str
    clusters: pulumi.Output[Mapping[str, Any]]

    def __init__(
        self, name: str, args: RemoteStackArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:RemoteStack", name, None, opts)
        reference = pulumi.StackReference(
            f"{name}-reference", args.stack, pulumi.ResourceOptions(parent=self)
        )
        self.stack = args.stack
        self.clusters = reference.require_output("clusters")
        self.register_outputs({"stack": self.stack})

    def address(self, cluster: str) -> pulumi.Output[Address]:
        """Return where the east-west gateway of a cluster is now, as its stack has published it."""
        return self.clusters.apply(lambda found: typed(found[cluster]["eastWestAddress"]))
