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
