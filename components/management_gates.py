"""When the management plane can be reached, and when an agent has been let in."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import pulumi

from components import readiness
from components.cluster import Cluster
from components.gates import gated, teller
from components.live import Unreachable
from components.naming import MANAGEMENT_NAMESPACE
from components.readiness import Verdict
from components.settings import Timeouts

CLIENT_SECRET = "relay-client-tls-secret"  # noqa: S105 the name of a Secret
"""What an agent keeps the certificate in that the management server signed for it. It gets one only
if it reached the server, believed its certificate, and its token was accepted."""

_SECRETS = f"/api/v1/namespaces/{MANAGEMENT_NAMESPACE}/secrets"
_CERTIFICATE = f"{_SECRETS}?fieldSelector=metadata.name%3D{CLIENT_SECRET}"


def service_address(obj: Mapping[str, Any] | None) -> str:
    """Return the first address of a Service's load balancer; empty if it has none."""
    for entry in (obj or {}).get("status", {}).get("loadBalancer", {}).get("ingress") or []:
        if value := str(entry.get("ip") or entry.get("hostname") or ""):
            return value
    return ""


def service_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge a Service by the address of its load balancer."""
    if obj is None:
        return Verdict("pending", "the object does not exist")
    if (kind := obj.get("spec", {}).get("type", "LoadBalancer")) != "LoadBalancer":
        return Verdict("failed", f"its type is {kind}, which other clusters cannot reach")
    if not service_address(obj):
        return Verdict("pending", "the load balancer has no address yet")
    return Verdict("ready")


def certificate_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge an agent by the metadata of the Secret with its certificate."""
    if obj is None:
        return Verdict(
            "pending",
            f"Secret {CLIENT_SECRET} is not there: the management server has not let the agent in"
            f" (its log tells: kubectl -n {MANAGEMENT_NAMESPACE} logs deploy/gloo-mesh-agent)",
        )
    return Verdict("ready")


def endpoint(address: str, port: int) -> str:
    """Return address and port as they are dialled."""
    try:
        bare = ip_address(address).version == 6  # noqa: PLR2004 the version of IP
    except ValueError:
        bare = False
    return f"[{address}]:{port}" if bare else f"{address}:{port}"


def address_gate(
    cluster: Cluster, release: pulumi.Resource, service: str, port: int, timeouts: Timeouts
) -> pulumi.Output[str]:
    """Return where a Service of a release can be reached *now*: read anew in every run."""
    path = f"/api/v1/namespaces/{MANAGEMENT_NAMESPACE}/services/{service}"

    async def wait() -> str:
        ready = await readiness.wait(
            f"{cluster.name}: Service {MANAGEMENT_NAMESPACE}/{service}",
            lambda: cluster.reader.get(path),
            service_verdict,
            timeouts.management,
            "timeouts.management",
            teller(release),
        )
        return endpoint(service_address(ready), port)

    async def look() -> str | None:
        try:
            found = service_address(await cluster.reader.get(path))
        except Unreachable:
            return None
        return endpoint(found, port) if found else None

    return gated(release, wait, look)


def agent_gate(
    cluster: Cluster, installed: pulumi.Resource, timeouts: Timeouts
) -> pulumi.Output[str]:
    """Return ``registered`` once the agent of a cluster has its certificate.

    It says that the agent was let in, not that it is connected at this moment: that is told by the
    management server's metric ``relay_push_clients_connected`` only.
    """

    async def read() -> Mapping[str, Any] | None:
        # Metadata only: beside the certificate is its key.
        found = await cluster.reader.metadata(_CERTIFICATE)
        return found[0] if found else None

    async def wait() -> str:
        await readiness.wait(
            f"{cluster.name}: agent of the management plane",
            read,
            certificate_verdict,
            timeouts.management,
            "timeouts.management",
            teller(installed),
        )
        return "registered"

    async def look() -> str | None:
        try:
            return "planned" if await read() is None else "registered"
        except Unreachable as error:
            return f"unknown: {error}"

    return gated(installed, wait, look)
