"""Shapes that east-west and peer Gateways share."""

from typing import Any, Final

XDS_LISTENER: Final[dict[str, Any]] = {
    "name": "xds-tls",
    "port": 15012,
    "protocol": "TLS",
    "tls": {"mode": "Passthrough"},
}
"""Peers' istiods read this cluster's services here."""

HBONE_LISTENER: Final[dict[str, Any]] = {
    "name": "cross-network",
    "port": 15008,
    "protocol": "HBONE",
    "tls": {"mode": "Passthrough"},
}
"""Peers' ztunnels and waypoints send traffic here."""

GATEWAY: Final = {"api_version": "gateway.networking.k8s.io/v1", "kind": "Gateway"}

WAYPOINT_CLASS: Final = "istio-waypoint"
WAYPOINT_PORT: Final = 15008


def waypoint_labels() -> dict[str, str]:
    """Return what a waypoint serves: traffic to services and to ServiceEntries."""
    return {"istio.io/waypoint-for": "service"}


def waypoint_spec(allowed: str = "Same") -> dict[str, Any]:
    """Return the spec of a waypoint.

    Args:
        allowed: ``Same`` for one that serves its own namespace, ``All`` for any.
    """
    listener = {
        "name": "mesh",
        "port": WAYPOINT_PORT,
        "protocol": "HBONE",
        "allowedRoutes": {"namespaces": {"from": allowed}},
    }
    return {"gatewayClassName": WAYPOINT_CLASS, "listeners": [listener]}
