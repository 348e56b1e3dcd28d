"""Failover drills."""

from components.fields import DnsLabel, ServiceName
from components.models.base import Model


class DrillSettings(Model):
    """A global service that is scaled to zero in one cluster, watched, and restored."""

    service: ServiceName
    cluster: DnsLabel
    """Where it is scaled to zero."""
    namespace: ServiceName = "bookinfo"
