"""The root certificate that istiod publishes in a namespace, and waiting for the mesh's own."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import readiness
from components.cluster import Cluster
from components.gates import gated, teller
from components.live import Unreachable
from components.naming import ROOT_CONFIG_MAP
from components.readiness import Verdict

ROOT_FILE = "root-cert.pem"


def root_verdict(obj: Mapping[str, Any] | None, root: str) -> Verdict:
    """Judge istiod's ConfigMap: there, and with the mesh's root among those it holds."""
    if obj is None:
        return Verdict("pending", "istiod has not published its root yet")
    if root.strip() in str((obj.get("data") or {}).get(ROOT_FILE) or ""):
        return Verdict("ready")
    return Verdict("pending", "it holds another root than the mesh's; istiod reads a new root once")


def published(
    resource: pulumi.Resource,
    cluster: Cluster,
    namespace: str,
    root: pulumi.Output[str],
    timeout: int,
) -> pulumi.Output[str]:
    """Return the root as PEM, once istiod has published it in a namespace.

    Args:
        resource: an object in the namespace, after which it is looked for.
        cluster: where.
        namespace: in which istiod publishes it by itself, some time after the namespace is there.
        root: the mesh's root as PEM.
        timeout: seconds.
    """
    path = f"/api/v1/namespaces/{namespace}/configmaps/{ROOT_CONFIG_MAP}"

    def once(pem: str) -> pulumi.Output[str]:
        async def wait() -> str:
            await readiness.wait(
                f"{cluster.name}: ConfigMap {namespace}/{ROOT_CONFIG_MAP}",
                lambda: cluster.reader.get(path),
                lambda obj: root_verdict(obj, pem),
                timeout,
                "timeouts.vm",
                teller(resource),
            )
            return pem

        async def look() -> str | None:
            try:
                found = await cluster.reader.get(path)
            except Unreachable:
                return None
            return pem if root_verdict(found, pem).state == "ready" else None

        return gated(resource, wait, look)

    return root.apply(once)
