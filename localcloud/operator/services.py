"""istiod's global services, simulated: which services span the clusters, and what stands for them.

A service is published by the plane that has it, with its ready endpoints; what others publish over
a connected link becomes a ServiceEntry and a WorkloadEntry for each remote network.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from localcloud.operator import workloads
from localcloud.operator.context import Context
from localcloud.operator.istiod import MANAGER, Istiod
from localcloud.operator.peering import CLUSTER, NETWORK
from localcloud.operator.sides import Published, Side

SCOPE: Final = "solo.io/service-scope"
SPANNING: Final = ("global", "global-only")
"""Values that make a service span. ``cluster``, the empty one and the old ``local`` cancel what the
namespace says."""

AMBIENT: Final = ("istio.io/dataplane-mode", "ambient")
PARENT: Final = "solo.io/parent-service"
PARENT_NAMESPACE: Final = "solo.io/parent-service-namespace"
SOURCE: Final = "solo.io/source-cluster"
SUBJECTS: Final = "solo.io/subject-alt-names"
PROTOCOLS: Final = "solo.io/service-protocols"
SLICE_OF: Final = "kubernetes.io/service-name"
DOMAIN: Final = "mesh.internal"
PREFIX: Final = "autogen."

Name = tuple[str, str]
"""Namespace and name of a service."""


def scope(service: Mapping[str, Any], namespace: Mapping[str, Any] | None) -> str:
    """Return the scope of a service if it spans clusters, else an empty text."""
    around = (namespace or {"metadata": {}})["metadata"].get("labels") or {}
    if around.get(AMBIENT[0]) != AMBIENT[1]:
        return ""
    own = service["metadata"].get("labels") or {}
    found = own.get(SCOPE, around.get(SCOPE, ""))
    return str(found) if found in SPANNING else ""


def published(context: Context, trust_domain: str) -> tuple[Published, ...]:
    """Return the services of a plane that span clusters, whether or not they have endpoints."""
    return tuple(
        Published(
            namespace=service["metadata"]["namespace"],
            name=service["metadata"]["name"],
            ports=tuple(_ports(service)),
            endpoints=_endpoints(context, service),
            subjects=tuple(_subjects(context, service, trust_domain)),
        )
        for service in context.view.all("Service")
        if "deletionTimestamp" not in service["metadata"] and _scope(context, service)
    )


def _scope(context: Context, service: Mapping[str, Any]) -> str:
    return scope(service, context.view.find("Namespace", service["metadata"]["namespace"]))


def _ports(service: Mapping[str, Any]) -> Iterator[tuple[str, int, str]]:
    for port in service["spec"].get("ports") or []:
        protocol = port.get("appProtocol") or port.get("name") or port.get("protocol", "TCP")
        kind = str(protocol).partition("-")[0].upper()
        yield port.get("name") or f"port-{port['port']}", port["port"], _KNOWN.get(kind, "TCP")


_KNOWN: Final = {kind: kind for kind in ("HTTP", "HTTP2", "GRPC", "TLS", "HTTPS", "TCP", "MONGO")}
"""What a ServiceEntry may say of a port; all else is carried as TCP."""


def _endpoints(context: Context, service: Mapping[str, Any]) -> int:
    meta = service["metadata"]
    return sum(
        len(endpoint["addresses"])
        for part in context.view.all("EndpointSlice")
        if part["metadata"]["namespace"] == meta["namespace"]
        and (part["metadata"].get("labels") or {}).get(SLICE_OF) == meta["name"]
        for endpoint in part.get("endpoints") or []
        if (endpoint.get("conditions") or {}).get("ready", True)
    )


def _subjects(context: Context, service: Mapping[str, Any], domain: str) -> Iterator[str]:
    """Yield the SPIFFE identities behind a service, from the Deployments that it selects."""
    namespace, selector = service["metadata"]["namespace"], service["spec"].get("selector")
    accounts = {
        item["spec"]["template"]["spec"].get("serviceAccountName", "default")
        for item in context.view.all("Deployment")
        if selector
        and item["metadata"]["namespace"] == namespace
        and selector.items() <= (item["spec"]["template"]["metadata"].get("labels") or {}).items()
    }
    yield from (f"spiffe://{domain}/ns/{namespace}/sa/{account}" for account in sorted(accounts))


def reconcile(context: Context, running: Istiod, own: Side, others: Sequence[Side]) -> None:
    """Bring the generated entries of a plane to what its links and labels say now."""
    if not (context.view.serves("ServiceEntry") and context.view.serves("WorkloadEntry")):
        return
    wanted = entries(running.namespace, own, _linked(context, others), _own_names(context))
    for item in wanted:
        context.view.ensure(item, MANAGER)
    kept = {(item["kind"], item["metadata"]["name"]) for item in wanted}
    for item in generated(context):
        if (item["kind"], item["metadata"]["name"]) not in kept:
            context.view.delete(item)


def generated(context: Context) -> list[dict[str, Any]]:
    """Return every entry that istiod made on a plane."""
    found = [*context.view.all("WorkloadEntry"), *context.view.all("ServiceEntry")]
    return [item for item in found if item["metadata"]["name"].startswith(PREFIX) and _ours(item)]


def _ours(item: Mapping[str, Any]) -> bool:
    return bool((item["metadata"].get("labels") or {}).get(workloads.MANAGED_BY) == MANAGER)


def _own_names(context: Context) -> set[Name]:
    found = (item["metadata"] for item in context.view.all("Service"))
    return {(meta["namespace"], meta["name"]) for meta in found}


def _linked(context: Context, others: Sequence[Side]) -> list[Side]:
    """Return the sides that a peer Gateway is connected to."""
    clusters, networks = set[str](), set[str]()
    for gateway in context.view.all("Gateway"):
        found = gateway.get("status", {}).get("conditions") or []
        up = any(i["type"].endswith("/PeerConnected") and i["status"] == "True" for i in found)
        if up and "deletionTimestamp" not in gateway["metadata"]:
            labels = gateway["metadata"].get("labels") or {}
            # Several clusters may have one network; before 1.28 nothing else tells of a peer.
            if CLUSTER in labels:
                clusters.add(labels[CLUSTER])
            elif NETWORK in labels:
                networks.add(labels[NETWORK])
    return [side for side in others if side.cluster in clusters or side.network in networks]


def entries(
    namespace: str, own: Side, linked: Sequence[Side], local: set[Name]
) -> list[dict[str, Any]]:
    """Return the entries that a plane has.

    A service that is there and not labelled stays what it is, whatever the others publish; one that
    is only elsewhere is reached by its global name all the same.

    Args:
        namespace: istiod's.
        own: what the plane publishes itself.
        linked: sides that its links are connected to.
        local: every Service of the plane.
    """
    spanning = {(item.namespace, item.name): item for item in own.services}
    remote = [(side, item) for side in linked for item in side.services]
    for _, item in remote:
        if (item.namespace, item.name) not in local and item.endpoints:
            spanning.setdefault((item.namespace, item.name), item)
    found = [_service_entry(namespace, item) for _, item in sorted(spanning.items())]
    return found + [
        _workload_entry(namespace, side, item)
        for side, item in remote
        if (item.namespace, item.name) in spanning and item.endpoints
    ]


def _metadata(name: str, namespace: str, item: Published, **more: str) -> dict[str, Any]:
    labels = {
        PARENT: item.name,
        PARENT_NAMESPACE: item.namespace,
        workloads.MANAGED_BY: MANAGER,
        **more,
    }
    return workloads.metadata(f"{PREFIX}{name}", namespace, labels)


def _service_entry(namespace: str, item: Published) -> dict[str, Any]:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "ServiceEntry",
        "metadata": _metadata(f"{item.namespace}.{item.name}", namespace, item),
        "spec": {
            "hosts": [f"{item.name}.{item.namespace}.{DOMAIN}"],
            "location": "MESH_INTERNAL",
            "resolution": "STATIC",
            "ports": [
                {"name": name, "number": number, "protocol": protocol}
                for name, number, protocol in item.ports
            ],
            "workloadSelector": {"labels": {PARENT: item.name, PARENT_NAMESPACE: item.namespace}},
        },
    }


def _workload_entry(namespace: str, side: Side, item: Published) -> dict[str, Any]:
    name = f"{side.cluster}.{item.namespace}.{item.name}"
    meta = _metadata(name, namespace, item, **{SOURCE: side.cluster})
    protocols = ",".join(f"{number}:{protocol}" for _, number, protocol in item.ports)
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "WorkloadEntry",
        "metadata": {
            **meta,
            "annotations": {SUBJECTS: ",".join(item.subjects), PROTOCOLS: protocols},
        },
        # No address: what is in another network is reached through its east-west gateway.
        "spec": {
            "network": side.network,
            "labels": {PARENT: item.name, PARENT_NAMESPACE: item.namespace},
            "ports": {name: number for name, number, _ in item.ports},
        },
    }
