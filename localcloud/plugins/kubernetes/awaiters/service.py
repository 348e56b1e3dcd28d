"""When a Service can take traffic."""

from collections.abc import Sequence
from typing import Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import Verdict
from localcloud.plugins.kubernetes.watch import Kind, View

ENDPOINTS: Final[Kind] = ("v1", "Endpoints")
# Upstream waits 10 s for stragglers after each change of the endpoints; local pods need no such
# time, and nothing but the wait's length follows from it.
SETTLE_SECONDS: Final = 0.5
_NO_TARGETS: Final = (
    "Service does not target any Pods. Selected Pods may not be ready, or "
    "field '.spec.selector' may not match labels on any Pods"
)


class Service:
    """Ready when it has its load balancer's address, if it wants one, and no endpoint is pending.

    Services that are headless, external names or without selector wait for no endpoints.
    """

    related: Sequence[Kind] = (ENDPOINTS,)
    timeout_message = "'{name}' timed out waiting to be Ready"

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:  # noqa: ARG002
        """Judge the Service with the Endpoints of its name."""
        type_ = objects.text(live, "spec", "type") or "ClusterIP"
        placed = type_ != "LoadBalancer" or bool(
            objects.get(live, "status", "loadBalancer", "ingress")
        )
        if _needs_no_pods(live, type_):
            return Verdict(ready=placed, reasons=[] if placed else _reasons(type_, placed=False))
        endpoints = view.find(ENDPOINTS, objects.name(live))
        subsets = objects.get(endpoints, "subsets") or []
        pending = any(subset.get("notReadyAddresses") for subset in subsets)
        targets = any(subset.get("addresses") for subset in subsets)
        if placed and endpoints is not None and not pending:
            return Verdict(
                ready=True, message="Service initialization complete", settle=SETTLE_SECONDS
            )
        reasons = [] if targets else [_NO_TARGETS]
        message = (
            "[2/3] Attempting to allocate IP address to Service"
            if targets
            else "[1/3] Finding Pods to direct traffic to"
        )
        return Verdict(message=message, reasons=reasons + _reasons(type_, placed=placed))


def _needs_no_pods(live: Object, type_: str) -> bool:
    headless = objects.text(live, "spec", "clusterIP") == "None"
    return headless or type_ == "ExternalName" or not objects.get(live, "spec", "selector")


def _reasons(type_: str, *, placed: bool) -> list[str]:
    if placed or type_ != "LoadBalancer":
        return []
    return ["Service was not allocated an IP address; does your cloud provider support this?"]
