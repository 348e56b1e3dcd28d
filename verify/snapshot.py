"""What one cluster says about itself, read once. No Secret is read: roots are public."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from components import live, naming, readiness
from components.live import Reader, Unreachable
from components.readiness import Verdict
from components.topology import Member

SYSTEM = f"/api/v1/namespaces/{naming.ISTIO_NAMESPACE}"

MESH_CONFIG_MAP = "istio"
"""istiod's own configuration, whose key ``mesh`` is a MeshConfig as YAML."""


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
    marked: tuple[tuple[str, str], ...] = ()
    """Objects that carry a stack's mark, each with the mark."""


Object = Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class _Mesh:
    """What was installed."""

    verdict: Verdict
    trust_domain: str
    controller: Object = None


async def _by_operator(reader: Reader) -> _Mesh:
    """Look at a mesh that the operator installs."""
    found = await reader.get(live.mesh_controller_path(naming.MESH_CONTROLLER))
    spec = (found or {}).get("spec", {})
    return _Mesh(
        verdict=readiness.mesh_verdict(found),
        trust_domain=spec.get("trustDomain") or spec.get("cluster", ""),
        controller=found,
    )


async def _by_charts(reader: Reader) -> _Mesh:
    """Look at a mesh by Istio's own charts: its rollouts, and istiod's configuration."""
    workloads = naming.WORKLOADS.values()
    config, *found = await asyncio.gather(
        reader.get(f"{SYSTEM}/configmaps/{MESH_CONFIG_MAP}"),
        *(reader.get(live.workload_path(p, naming.ISTIO_NAMESPACE, n)) for p, _, n in workloads),
    )
    return _Mesh(verdict=_rollouts(found), trust_domain=_trust_domain(config))


def _rollouts(found: list[dict[str, Any] | None]) -> Verdict:
    """Return what is not ready, all of it; nothing, if everything is."""
    judged = [
        (f"{kind} {naming.ISTIO_NAMESPACE}/{name}", readiness.rollout_verdict(obj))
        for (_, kind, name), obj in zip(naming.WORKLOADS.values(), found, strict=True)
    ]
    waiting = [f"{what}: {verdict.reason}" for what, verdict in judged if verdict.state != "ready"]
    return Verdict("pending", "; ".join(waiting)) if waiting else Verdict("ready")


def _trust_domain(config: Object) -> str:
    try:
        mesh = yaml.safe_load((config or {}).get("data", {}).get("mesh", ""))
    except yaml.YAMLError:
        return ""
    return str(mesh.get("trustDomain", "")) if isinstance(mesh, dict) else ""


def _marked(objects: Mapping[str, Object]) -> tuple[tuple[str, str], ...]:
    """Return those of some objects that carry a stack's mark, each with the mark."""
    found = {
        what: (obj.get("metadata", {}).get("annotations") or {}).get(naming.OWNER_ANNOTATION)
        for what, obj in objects.items()
        if obj
    }
    return tuple((what, mark) for what, mark in found.items() if mark)


INSTALLED = {"operator": _by_operator, "helm": _by_charts}
"""How the mesh is looked at, by ``mesh.install``."""


async def take(member: Member, reader: Reader, install: str) -> Snapshot:
    """Read one cluster, whose mesh got there by ``install``.

    One that does not answer says so in ``unreachable``.
    """
    gateways = live.gateway_path(naming.GATEWAY_NAMESPACE, "").rstrip("/")
    try:
        namespace, root, mesh, listed = await asyncio.gather(
            reader.get(SYSTEM),
            reader.get(f"{SYSTEM}/configmaps/{naming.ROOT_CONFIG_MAP}"),
            INSTALLED[install](reader),
            reader.get(gateways),
        )
    except Unreachable as error:
        return Snapshot(member=member, unreachable=str(error))
    items: list[dict[str, Any]] = (listed or {}).get("items", [])
    own = next((g for g in items if g["metadata"]["name"] == naming.EAST_WEST_GATEWAY), None)
    peers = [g for g in items if g["spec"].get("gatewayClassName") == "istio-remote"]
    found = readiness.address(own)
    labels = (namespace or {}).get("metadata", {}).get("labels") or {}
    return Snapshot(
        member=member,
        network=labels.get(naming.NETWORK_LABEL, ""),
        root=(root or {}).get("data", {}).get("root-cert.pem", "").strip(),
        mesh=mesh.verdict,
        address=found.value if found else "",
        gateway=readiness.gateway_verdict(own),
        trust_domain=mesh.trust_domain,
        peers=tuple(peers),
        marked=_marked(
            {
                f"Namespace {naming.ISTIO_NAMESPACE}": namespace,
                f"ServiceMeshController {naming.MESH_CONTROLLER}": mesh.controller,
                f"Gateway {naming.EAST_WEST_GATEWAY}": own,
                **{f"Gateway {peer['metadata']['name']}": peer for peer in peers},
            }
        ),
    )
