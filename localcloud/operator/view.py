"""A plane as its simulated controllers see it, and the few ways in which they change it."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.operator.cache import Cache, Collection
from localcloud.operator.client import Client, path_of

_GATEWAY_API: Final = "gateway.networking.k8s.io/v1"
_GLOO: Final = "operator.gloo.solo.io/v1"
_ISTIO: Final = "networking.istio.io/v1"
_SECURITY: Final = "security.istio.io/v1"
_DISCOVERY: Final = "discovery.k8s.io/v1"
_CRD: Final = "apiextensions.k8s.io/v1"
_DEFINITIONS: Final = "CustomResourceDefinition"
_OURS: Final = "labelSelector=app.kubernetes.io%2Fmanaged-by+in+%28gloo-operator%2Cistiod%29"

WATCHED: Final = {
    "Namespace": Collection(api="/api/v1", version="v1", kind="Namespace"),
    "Service": Collection(api="/api/v1", version="v1", kind="Service"),
    "Deployment": Collection(api="/apis/apps/v1", version="apps/v1", kind="Deployment"),
    "DaemonSet": Collection(api="/apis/apps/v1", version="apps/v1", kind="DaemonSet"),
    "istiod": Collection(
        api="/api/v1", version="v1", kind="Pod", query="labelSelector=app%3Distiod"
    ),
    "cacerts": Collection(
        api="/api/v1", version="v1", kind="Secret", query="fieldSelector=metadata.name%3Dcacerts"
    ),
    "istio-ca-secret": Collection(
        api="/api/v1",
        version="v1",
        kind="Secret",
        query="fieldSelector=metadata.name%3Distio-ca-secret",
    ),
    # What the management plane's agents are given; helm's own records have another type.
    "relay": Collection(
        api="/api/v1/namespaces/gloo-mesh",
        version="v1",
        kind="Secret",
        query="fieldSelector=type%3DOpaque",
    ),
    "KubernetesCluster": Collection(
        api="/apis/admin.gloo.solo.io/v2",
        version="admin.gloo.solo.io/v2",
        kind="KubernetesCluster",
    ),
    "ConfigMap": Collection(api="/api/v1", version="v1", kind="ConfigMap", query=_OURS),
    "ServiceAccount": Collection(api="/api/v1", version="v1", kind="ServiceAccount", query=_OURS),
    _DEFINITIONS: Collection(
        api=f"/apis/{_CRD}", version=_CRD, kind=_DEFINITIONS, metadata_only=True
    ),
    "ServiceMeshController": Collection(
        api=f"/apis/{_GLOO}", version=_GLOO, kind="ServiceMeshController"
    ),
    "Gateway": Collection(api=f"/apis/{_GATEWAY_API}", version=_GATEWAY_API, kind="Gateway"),
    "GatewayClass": Collection(
        api=f"/apis/{_GATEWAY_API}", version=_GATEWAY_API, kind="GatewayClass"
    ),
    "HTTPRoute": Collection(api=f"/apis/{_GATEWAY_API}", version=_GATEWAY_API, kind="HTTPRoute"),
    "EndpointSlice": Collection(
        api=f"/apis/{_DISCOVERY}", version=_DISCOVERY, kind="EndpointSlice"
    ),
    "ServiceEntry": Collection(api=f"/apis/{_ISTIO}", version=_ISTIO, kind="ServiceEntry"),
    "AuthorizationPolicy": Collection(
        api=f"/apis/{_SECURITY}", version=_SECURITY, kind="AuthorizationPolicy"
    ),
    "WorkloadEntry": Collection(
        api=f"/apis/{_ISTIO}", version=_ISTIO, kind="WorkloadEntry", query=_OURS
    ),
}
"""Collections by the name that they are asked for: the kind, or what is picked out of a kind."""

UNCONDITIONAL: Final = ("Namespace", "Service", "Deployment", "EndpointSlice", "cacerts")
"""Kinds that every API server knows: with all of these up to date, a plane is seen as it is."""

log = logging.getLogger(__name__)


class View:
    """The objects of one plane. Writes go to the API server, and only where they say something."""

    def __init__(self, client: Client, news: Callable[[], None]) -> None:
        self.client = client
        crds = Cache(WATCHED[_DEFINITIONS], client, news)
        self._caches = {
            name: crds if name == _DEFINITIONS else Cache(what, client, news, crds)
            for name, what in WATCHED.items()
        }

    def follow(self) -> None:
        """Start to keep up with the plane, in the background."""
        for cache in self._caches.values():
            threading.Thread(target=cache.follow, daemon=True).start()

    @property
    def is_current(self) -> bool:
        """Whether the API server answers and all is seen as it is."""
        return all(self._caches[name].served for name in UNCONDITIONAL) and all(
            cache.reachable for cache in self._caches.values()
        )

    def serves(self, name: str) -> bool:
        """Whether the API server knows the kind."""
        return self._caches[name].served

    def all(self, name: str) -> list[dict[str, Any]]:
        """Return every object of a collection."""
        return self._caches[name].all()

    def find(self, name: str, key: str, namespace: str = "") -> dict[str, Any] | None:
        """Return an object of a collection."""
        return self._caches[name].find(namespace, key)

    def live(self, obj: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what is there under an object's kind and name."""
        meta = obj["metadata"]
        return self.find(obj["kind"], meta["name"], meta.get("namespace", ""))

    def ensure(self, obj: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """Make an object what it should be, and return it. Fields of others are left alone."""
        live = self.live(obj)
        if live is not None and covers(live, obj):
            return live
        return self._took(obj["kind"], self.client.apply(obj, manager))

    def write_status(
        self, live: Mapping[str, Any], status: Mapping[str, Any], manager: str
    ) -> None:
        """Make ``status`` that of an object, if it is not already."""
        if covers(live.get("status", {}), status):
            return
        meta = live["metadata"]
        name = {key: meta[key] for key in ("name", "namespace") if key in meta}
        body = {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": name}
        answer = self.client.apply(
            {**body, "status": status}, manager, part="/status", uid=meta["uid"]
        )
        self._took(live["kind"], answer)

    def merge(self, name: str, live: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Change an object's metadata, if nobody else changed it meanwhile."""
        version = live["metadata"]["resourceVersion"]
        body = {"metadata": {**metadata, "resourceVersion": version}}
        self._took(name, self.client.merge(path_of(live), body))

    def delete(self, live: Mapping[str, Any]) -> None:
        """Delete an object, unless that was done already."""
        if "deletionTimestamp" not in live["metadata"]:
            # Only these have dependents; and of a kind that came with a CRD the garbage collector
            # may know nothing for 30 s, in which it finishes no deletion that waits for it.
            is_owner = live["kind"] in ("Deployment", "DaemonSet")
            self.client.delete(path_of(live), dependents_first=is_owner)

    def _took(self, name: str, answer: dict[str, Any]) -> dict[str, Any]:
        log.info("wrote %s %s", answer["kind"], answer["metadata"]["name"])
        if name in self._caches:
            self._caches[name].put(answer)
        return answer


def covers(live: Any, wanted: Any) -> bool:
    """Whether ``live`` says all that ``wanted`` says; it may say more.

    Lists must be of one length, in one order; but conditions are known by their type.
    """
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            key in live and covers(live[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        if not isinstance(live, list) or len(live) != len(wanted):
            return False
        if wanted and all(isinstance(item, Mapping) and "type" in item for item in wanted):
            live, wanted = sorted(live, key=_type), sorted(wanted, key=_type)
        return all(covers(*pair) for pair in zip(live, wanted, strict=True))
    return bool(live == wanted)


def _type(item: Mapping[str, Any]) -> str:
    return str(item.get("type"))
