"""What runs in the mesh: the sample, namespaces and services that join it, the way in."""

from typing import Literal

from components.fields import Registry, ServiceName
from components.models.base import Model, Names

Scope = Literal["global", "global-only"]
"""``global`` adds ``<name>.<namespace>.mesh.internal``, which spans the clusters. ``global-only``
makes the service's own name span them too."""

ServiceScope = Literal["global", "global-only", "cluster"]
"""``cluster`` keeps a service in its cluster although its namespace spans them."""

Distribution = Literal["Any", "PreferNetwork", "PreferClose", "PreferRegion"]
"""Which endpoints are preferred; istiod's own default is PreferNetwork: the own cluster's, while
it has any."""


class BookinfoSettings(Model):
    """The sample application."""

    enabled: bool = True
    """Whether the stack makes it."""
    registry: Registry = "docker.io/istio"
    """Image registry and path that hold ``examples-bookinfo-*``."""
    reviews_route: bool = False
    """Whether the header ``end-user`` decides which reviews are shown (``manifests/reviews.yaml``).
    Needs a waypoint in its namespace."""


class ServiceSettings(Model):
    """A service of a namespace that spans the clusters."""

    name: ServiceName
    """Of the Service."""
    scope: ServiceScope | None = None
    """Default: the namespace's."""
    traffic_distribution: Distribution | None = None
    """Default: the namespace's."""


class NamespaceSettings(Model):
    """A namespace in the mesh, alike in every cluster that has it."""

    name: ServiceName
    """Of the namespace."""
    create: bool = False
    """Whether the stack makes it. If not, it must exist (or be Bookinfo's), and only labels are
    set, which go away again with the stack."""
    ambient: bool = True
    """Whether its pods join the mesh: ``istio.io/dataplane-mode: ambient``."""
    clusters: Names | None = None
    """Default: every cluster."""
    scope: Scope | None = None
    """Of all its services; default: none of them spans the clusters."""
    traffic_distribution: Distribution | None = None
    """Of all its services; default: istiod's own, ``PreferNetwork``."""
    waypoint: ServiceName | None = None
    """``auto``: istiod makes and sizes the waypoint. Any other name: the stack makes a Gateway of
    that name. Default: no waypoint. Behind one, failover to another cluster is weak
    (istio/istio#57537)."""
    services: tuple[ServiceSettings, ...] = ()
    """Services that differ from their namespace."""


class IngressSettings(Model):
    """The way from outside to Bookinfo's product page."""

    clusters: Names | None = None
    """Which clusters expose it; default: every one."""
