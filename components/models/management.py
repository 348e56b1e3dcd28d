"""The Gloo management plane."""

from typing import Literal, Self

from pydantic import model_validator

from components.fields import DnsLabel, PlatformVersion, wrong
from components.models.base import Model, Site


class ManagementSettings(Model):
    """Where the management plane runs, and how clusters are registered with it."""

    cluster: DnsLabel | None = None
    """The member of the mesh that is the management cluster too."""
    dedicated: Site | None = None
    """A cluster of its own for it, outside the mesh."""
    mode: Literal["declarative", "meshctl"] = "declarative"
    """How the other clusters are registered."""
    version: PlatformVersion = "2.10.1"
    """Of the charts gloo-platform-crds and gloo-platform, and of meshctl."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.cluster is None) == (self.dedicated is None):
            raise wrong("exactly one of cluster and dedicated", "say where it runs, once")
        return self

    @property
    def site(self) -> str:
        """The name of the management cluster."""
        return self.dedicated.name if self.dedicated else str(self.cluster)
