"""A GKE cluster that the stack makes."""

from pydantic import Field

from components.fields import GcpName
from components.models.base import Model


class GkeSettings(Model):
    """One cluster of Google Kubernetes Engine, with its network. A location is all it needs."""

    location: GcpName
    """A region such as ``europe-west4``, or a zone such as ``europe-west4-a``."""
    project: GcpName = ""
    """Default: the ``project`` of the stack's ``gcp``."""


class GcpSettings(Model):
    """What all of the stack's GKE clusters have in common."""

    project: GcpName
    labels: dict[str, str] = Field(default_factory=dict)
