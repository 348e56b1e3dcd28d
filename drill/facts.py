"""What live objects say about a service that spans clusters. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

SCOPE_LABEL: Final = "solo.io/service-scope"
SPANNING: Final = ("global", "global-only")
WAYPOINT_LABEL: Final = "istio.io/use-waypoint"
NO_WAYPOINT: Final = "none"
SLICE_LABEL: Final = "kubernetes.io/service-name"

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """The service that is taken away, and where."""

    service: str
    namespace: str
    cluster: str

    def __str__(self) -> str:
        """Return it as messages name it."""
        return f"{self.service}.{self.namespace} in {self.cluster}"


def labels(obj: Object | None) -> Mapping[str, str]:
    """Return the labels of an object, if there is one and it has any."""
    return ((obj or {}).get("metadata") or {}).get("labels") or {}


def scope(service: Object, namespace: Object | None) -> str:
    """Return the scope of a service that spans clusters, else an empty text.

    Its own label decides, then its namespace's.
    """
    found = labels(service).get(SCOPE_LABEL, labels(namespace).get(SCOPE_LABEL, ""))
    return found if found in SPANNING else ""


def host(target: Target, found: str) -> str:
    """Return the name that spans the clusters, by the service's scope."""
    own = f"{target.service}.{target.namespace}"
    return f"{own}.mesh.internal" if found == "global" else own


def waypoint(service: Object, namespace: Object | None) -> str:
    """Return the waypoint that a service is behind, else an empty text."""
    found = labels(service).get(WAYPOINT_LABEL, labels(namespace).get(WAYPOINT_LABEL, ""))
    return "" if found == NO_WAYPOINT else found


def selected(service: Object, workloads: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the workloads whose pods a service selects; none, if it has no selector."""
    selector = service["spec"].get("selector") or {}
    return [
        item
        for item in workloads
        if selector and selector.items() <= labels(item["spec"]["template"]).items()
    ]


def _endpoints(slices: Iterable[Object]) -> Iterable[Mapping[str, Any]]:
    for part in slices:
        for endpoint in part.get("endpoints") or []:
            yield endpoint.get("conditions") or {}


def ready(slices: Iterable[Object]) -> int:
    """Return how many endpoints are ready; one that does not say is (EndpointConditions)."""
    return sum(condition.get("ready") is not False for condition in _endpoints(slices))


def left(slices: Iterable[Object]) -> int:
    """Return how many endpoints may still get traffic: those that are ready or yet serving."""
    return sum(
        condition.get("ready") is not False or condition.get("serving") is True
        for condition in _endpoints(slices)
    )


def entry(names: Iterable[str], target: Target, remote: str) -> bool:
    """Whether istiod has an entry for a remote cluster's endpoints of a service.

    It is called ``autogen.CLUSTER.NAMESPACE.SERVICE``; where networks are flat there is one for
    every workload, called ``autogenflat.…``.
    """
    wanted = f"{remote}.{target.namespace}.{target.service}"
    return any(
        name == f"autogen.{wanted}" or name.startswith(f"autogenflat.{wanted}") for name in names
    )


def autoscaled(
    scalers: Iterable[Object], deployments: Iterable[Object]
) -> tuple[list[str], list[str]]:
    """Return the autoscalers that pause at zero replicas, and those that would not.

    An autoscaler with a minimum above zero leaves a Deployment alone that has no replicas
    (kubernetes.io, "Implicit maintenance-mode deactivation").
    """
    names = {item["metadata"]["name"] for item in deployments}
    aimed = [
        item
        for item in scalers
        if item["spec"]["scaleTargetRef"].get("kind") == "Deployment"
        and item["spec"]["scaleTargetRef"].get("name") in names
    ]
    pausing = [i["metadata"]["name"] for i in aimed if i["spec"].get("minReplicas", 1) > 0]
    return pausing, [i["metadata"]["name"] for i in aimed if i["spec"].get("minReplicas", 1) == 0]
