"""``istioctl multicluster check``: those of its checks that the simulated mesh can answer."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.api import Api
from localcloud.istioctl import clusters
from localcloud.istioctl.clusters import GATEWAYS, CommandError
from localcloud.istioctl.commands import version
from localcloud.istioctl.flags import Call, Flag, UsageError

FLAGS: Final = (
    Flag(name="contexts"),
    Flag(name="verbose", switch=True),
    Flag(name="precheck", switch=True),
)
CONNECTED: Final = ("gloo.solo.io/PeeringSucceeded", "gloo.solo.io/PeerConnected")


def _true(gateway: Mapping[str, Any], kind: str) -> bool:
    found = gateway.get("status", {}).get("conditions") or []
    return any(item["type"] == kind and item["status"] == "True" for item in found)


def _of_class(cluster: Api, name: str) -> list[Any]:
    items = cluster.items(f"{GATEWAYS}/gateways")
    return [item for item in items if item["spec"]["gatewayClassName"] == name]


def _pods(cluster: Api, call: Call) -> str:
    path = f"/apis/apps/v1/namespaces/{clusters.system_namespace(call)}/deployments"
    found = cluster.items(f"{path}?labelSelector=app%3Distiod")
    return "" if any(item.get("status", {}).get("availableReplicas") for item in found) else "none"


def _east_west(cluster: Api, call: Call) -> str:
    del call
    found = _of_class(cluster, "istio-eastwest")
    if not found:
        return "no configured eastwest gateways"
    red = [item["metadata"]["name"] for item in found if not _true(item, "Programmed")]
    return f"not programmed: {', '.join(red)}" if red else ""


def _peers(cluster: Api, call: Call) -> str:
    del call
    found = _of_class(cluster, "istio-remote")
    if not found:
        return "no configured peers"
    red = [
        item["metadata"]["name"]
        for item in found
        if not all(_true(item, kind) for kind in CONNECTED)
    ]
    return f"not connected: {', '.join(red)}" if red else ""


CHECKS: Final[Mapping[str, Callable[[Api, Call], str]]] = {
    "Pod Check (istiod)": _pods,
    "Gateway Check": _east_west,
    "Peers Check": _peers,
}
"""The real one has ten: environment, license, DNS, shared services and more are not simulated."""


def _roots(listed: Mapping[str, Api], call: Call) -> str:
    path = f"/api/v1/namespaces/{clusters.system_namespace(call)}/configmaps/istio-ca-root-cert"
    roots = {
        str(((cluster.find(path) or {}).get("data") or {}).get("root-cert.pem"))
        for cluster in listed.values()
    }
    return "" if len(roots) == 1 else "the clusters' roots differ"


def run(call: Call) -> int:
    """Print every check of every context; fail if one did."""
    if not version.release().check:
        raise UsageError('unknown command "check" for "istioctl multicluster"')
    names = call.listed("contexts") or [call.get("context")]
    listed = {name: clusters.api(call, name) for name in names}
    problems = 0
    for name, cluster in listed.items():
        sys.stdout.write(f"\n=== Cluster: {name} ===\n")
        for title, check in CHECKS.items():
            if title == "Peers Check" and call.on("precheck"):
                continue
            wrong = check(cluster, call)
            problems += bool(wrong)
            sys.stdout.write(f"{'✗' if wrong else '✓'} {title}: {wrong or 'ok'}\n")
    if len(listed) > 1:
        wrong = _roots(listed, call)
        problems += bool(wrong)
        sys.stdout.write(f"\n{'✗' if wrong else '✓'} Intermediate CA Check: {wrong or 'ok'}\n")
    if problems:
        raise CommandError("multicluster check found issues")
    return 0
