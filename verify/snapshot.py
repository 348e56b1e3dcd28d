"""What one cluster says about itself, read once. No Secret is read: roots are public."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from components import live, naming, readiness
from components.live import Reader, Unreachable
from components.readiness import Verdict
from components.topology import Member

ROOT_CONFIG_MAP = "istio-ca-root-cert"
"""istiod publishes the root that its workloads trust here, in every namespace."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The live facts of one cluster that its links depend on."""

    member: Member
    unreachable: str = ""
    network: str = ""
    root: str = ""
    mesh: Verdict = field(default_factory=lambda: Verdict("pending", "unknown"))
    address: str = ""
    gateway: Verdict = field(default_factory=lambda: Verdict("pending", "unknown"))
    trust_domain: str = ""
    peers: tuple[dict[str, Any], ...] = ()


async def take(member: Member, reader: Reader) -> Snapshot:
    """Read one cluster; one that does not answer says so in ``unreachable``."""
    namespaces = "/api/v1/namespaces"
    gateways = live.gateway_path(naming.GATEWAY_NAMESPACE, "").rstrip("/")
    try:
        namespace, root, mesh, listed = await asyncio.gather(
            reader.get(f"{namespaces}/{naming.ISTIO_NAMESPACE}"),
            reader.get(f"{namespaces}/{naming.ISTIO_NAMESPACE}/configmaps/{ROOT_CONFIG_MAP}"),
            reader.get(live.mesh_controller_path(naming.MESH_CONTROLLER)),
            reader.get(gateways),
        )
    except Unreachable as error:
        return Snapshot(member=member, unreachable=str(error))
    items: list[dict[str, Any]] = (listed or {}).get("items", [])
    own = next((g for g in items if g["metadata"]["name"] == naming.EAST_WEST_GATEWAY), None)
    found = readiness.address(own)
    labels = (namespace or {}).get("metadata", {}).get("labels") or {}
    spec = (mesh or {}).get("spec", {})
    return Snapshot(
        member=member,
        network=labels.get(naming.NETWORK_LABEL, ""),
        root=(root or {}).get("data", {}).get("root-cert.pem", "").strip(),
        mesh=readiness.mesh_verdict(mesh),
        address=found.value if found else "",
        gateway=readiness.gateway_verdict(own),
        trust_domain=spec.get("trustDomain") or spec.get("cluster", ""),
        peers=tuple(g for g in items if g["spec"].get("gatewayClassName") == "istio-remote"),
    )
