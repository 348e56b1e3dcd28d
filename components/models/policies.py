"""What the policy pack holds every plan to; docs/policies.md explains each policy."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from components import versions
from components.fields import Registry
from components.models.base import Model

Level = Literal["advisory", "mandatory", "disabled"]
"""``advisory`` warns, ``mandatory`` fails a preview and keeps `up` from what breaks it."""

REGISTRIES: Final = (
    versions.ISTIO_HUB.rpartition("/")[0],
    versions.GLOO_OPERATOR_IMAGE.rpartition("/")[0].rpartition("/")[0],
    versions.GLOO_PLATFORM_CHARTS.removeprefix("https://").rpartition("/")[0],
    "docker.io/istio",
)
"""What a stack without mirrors needs: Solo's images and charts, and the sample's images."""


class PolicyLevels(Model):
    """How strict each policy is in a stack."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    no_default_provider: Level = "mandatory"
    """Every resource of a cluster or a cloud has a provider of its own."""
    no_open_control_plane: Level = "mandatory"
    """A GKE control plane is not open to the whole internet."""
    no_plaintext_credential: Level = "mandatory"
    """A credential that goes into a resource is a secret."""
    no_plaintext_output: Level = "mandatory"
    """A credential that comes out of a resource, or out of the stack, is a secret."""
    images_pinned: Level = "mandatory"
    """Images and charts have a full version or a digest."""
    registries_allowed: Level = "mandatory"
    """Images and charts come from ``policies.registries``."""
    mesh_labels: Level = "mandatory"
    """What istiod tells networks and clusters apart by is there."""
    trust_domain_legal: Level = "mandatory"
    """A trust domain is said, and is one."""
    namespace_owned: Level = "mandatory"
    """A namespace that a destroy would empty carries the stack's mark."""
    no_foreign_loss: Level = "mandatory"
    """A namespace that leaves the plan holds nothing of anybody else."""
    resource_budget: Level = "advisory"
    """A cluster has no more resources than ``policies.resourcesPerCluster``."""


class PolicySettings(Model):
    """What ``pulumi preview --policy-pack policies`` holds the stack to; `make` always does."""

    levels: PolicyLevels = PolicyLevels()
    """How strict each policy is."""
    registries: Annotated[tuple[Registry, ...], Field(min_length=1)] = REGISTRIES
    """Where images and charts may come from: what their names begin with, up to a ``/``. A list
    here replaces the default."""
    resources_per_cluster: int = Field(default=100, ge=1)
    """Links, machines, drills and what makes a GKE cluster are not counted (docs/resources.md)."""
