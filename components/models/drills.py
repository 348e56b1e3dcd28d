"""Failover drills."""

from pydantic import Field

from components.fields import DnsLabel, ServiceName
from components.models.base import Model


class DrillSettings(Model):
    """A global service that is scaled to zero in one cluster, watched, and restored."""

    service: ServiceName
    """A service that spans clusters."""
    cluster: DnsLabel
    """Where it is scaled to zero."""
    namespace: ServiceName = "bookinfo"
    """Of the service."""
    generation: int = Field(default=1, ge=1)
    """Another number drills again. So does another ``meshVersion``: an upgrade is what a drill is
    wanted after."""
