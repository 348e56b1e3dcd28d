"""The way out: external hosts, and who may call them."""

from components.fields import ExternalHost, ServiceAccountName, ServiceName
from components.models.base import Model, Names


class EgressHost(Model):
    """An external host. Nobody may call it but who is named."""

    host: ExternalHost
    """Its name in DNS."""
    namespace: ServiceName = "bookinfo"
    """Where its ServiceEntry, DestinationRule and AuthorizationPolicy are."""
    allow: tuple[ServiceAccountName, ...] = ()
    """Service accounts that may call it: ``name``, or ``namespace/name`` of another namespace."""


class EgressSettings(Model):
    """An egress gateway, and what may leave through it."""

    clusters: Names | None = None
    """Which clusters have it; default: every one."""
    hosts: tuple[EgressHost, ...] = ()
    """What may be called through it."""
