"""``istioctl multicluster expose``: the east-west gateway of one cluster."""

import json
import sys
import time
from typing import Any, Final

from components.gateway_api import HBONE_LISTENER, XDS_LISTENER
from localcloud.api import Api
from localcloud.istioctl import clusters
from localcloud.istioctl.clusters import CLUSTER, EXPOSE, GATEWAYS, NETWORK, CommandError
from localcloud.istioctl.commands import version
from localcloud.istioctl.flags import Call, Flag, UsageError

FLAGS: Final = (
    Flag(name="wait", short="w", switch=True),
    Flag(name="generate", switch=True),
    Flag(name="region"),
    Flag(name="zone"),
    Flag(name="revision", short="r"),
)
WAIT_SECONDS: Final = 90
NAME: Final = "istio-eastwest"


def gateway(call: Call, cluster: Api) -> dict[str, Any]:
    """Return the Gateway that the claimed version makes."""
    network = clusters.network(cluster, call)
    labels = {EXPOSE: "15012", NETWORK: network}
    meta: dict[str, Any] = {"name": NAME, "namespace": call.get("namespace", "default")}
    if version.release().cluster_labels:
        labels[CLUSTER] = clusters.istiod_env(cluster, call).get("CLUSTER_ID") or network
        given = {
            f"topology.kubernetes.io/{name}": call.get(name)
            for name in ("region", "zone")
            if call.get(name)
        }
        labels |= given or clusters.region_labels(cluster)
        meta["annotations"] = {"peering.solo.io/data-plane-service-type": "loadbalancer"}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {**meta, "labels": labels},
        "spec": {"gatewayClassName": NAME, "listeners": [HBONE_LISTENER, XDS_LISTENER]},
    }


def run(call: Call) -> int:
    """Apply the Gateway, or print it."""
    if call.get("zone") and not call.get("region"):
        raise UsageError("--region must be set when using --zone")
    cluster = clusters.api(call)
    made = gateway(call, cluster)
    if call.on("generate"):
        sys.stdout.write(json.dumps(made, indent=2) + "\n")  # JSON is YAML
        return 0
    clusters.apply(cluster, made)
    where = f"{made['metadata']['namespace']}/{NAME}"
    if call.on("wait"):
        _wait(cluster, made)
    sys.stdout.write(f"Gateway {where} applied\n")
    return 0


def _wait(cluster: Api, made: dict[str, Any]) -> None:
    path = f"{GATEWAYS}/namespaces/{made['metadata']['namespace']}/gateways/{NAME}"
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = cluster.find(path) or {}
        for condition in found.get("status", {}).get("conditions") or []:
            if condition["type"] == "Programmed" and condition["status"] == "True":
                return
        time.sleep(1)
    raise CommandError(f"timed out while waiting for the gateway {NAME}")
