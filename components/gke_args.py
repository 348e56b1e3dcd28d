"""What a GKE cluster is made from; known without Google's SDK, which only who makes one imports."""

from dataclasses import dataclass

import pulumi

from components.gke_plan import GkePlan


@dataclass(frozen=True, kw_only=True)
class GkeClusterArgs:
    """One cluster, and where it is made."""

    plan: GkePlan
    provider: pulumi.ProviderResource
    """Of the cluster's project."""
    network: pulumi.Input[str]
    """Name of a VPC network of the project."""
