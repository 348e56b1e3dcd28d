"""``istioctl multicluster link``: peer Gateways in clusters that point at others."""

import json
import sys
from typing import Any, Final

from components.gateway_api import HBONE_LISTENER, XDS_LISTENER
from localcloud.api import Api
from localcloud.istioctl import clusters
from localcloud.istioctl.clusters import CLUSTER, EXPOSE, NETWORK, CommandError
from localcloud.istioctl.commands import version
from localcloud.istioctl.flags import Call, Flag, UsageError

FLAGS: Final = (
    Flag(name="contexts"),
    Flag(name="from"),
    Flag(name="to"),
    Flag(name="generate", switch=True),
    Flag(name="revision", short="r"),
)


def _check(call: Call) -> None:
    contexts, sources, targets = (call.listed(name) for name in ("contexts", "from", "to"))
    if contexts and (sources or targets):
        raise UsageError("--contexts and --to/--from cannot be used together")
    if bool(sources) != bool(targets):
        raise UsageError("--to requires --from")
    named = bool(contexts or sources)
    if named == call.on("generate"):
        raise UsageError(
            "--generate cannot be used with --contexts, --to, or --from"
            if named
            else "at least one of --generate, --contexts, or --to/--from must be provided"
        )
    if len(set(contexts)) < len(contexts):
        raise UsageError("--contexts cannot contain duplicate contexts")


def _entrance(cluster: Api) -> tuple[str, dict[str, str]]:
    """Return the east-west Service of a cluster, and where it is reached."""
    found = cluster.items(f"/api/v1/services?labelSelector={EXPOSE.replace('/', '%2F')}")
    if not found:
        raise CommandError(f'no services with "{EXPOSE}" label')
    for item in found:
        for entry in item.get("status", {}).get("loadBalancer", {}).get("ingress") or []:
            if "ip" in entry:
                return item["metadata"]["name"], {"type": "IPAddress", "value": entry["ip"]}
            if "hostname" in entry:
                return item["metadata"]["name"], {"type": "Hostname", "value": entry["hostname"]}
    raise CommandError(f'services found with "{EXPOSE}" label, but none have a load balancer')


def gateway(call: Call, target: Api) -> dict[str, Any]:
    """Return the peer Gateway that points at a cluster."""
    service, address = _entrance(target)
    network = clusters.network(target, call)
    labels = {NETWORK: network}
    annotations = {
        "gateway.istio.io/service-account": service,
        "gateway.istio.io/trust-domain": clusters.trust_domain(target, call),
    }
    listeners = [HBONE_LISTENER, XDS_LISTENER]
    if version.release().cluster_labels:
        labels[CLUSTER] = clusters.istiod_env(target, call).get("CLUSTER_ID") or network
        labels |= clusters.region_labels(target)
        annotations["peering.solo.io/preferred-data-plane-service-type"] = "loadbalancer"
        listeners = [XDS_LISTENER]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {
            "name": f"istio-remote-peer-{network}",
            "namespace": call.get("namespace", "default"),
            "labels": labels,
            "annotations": annotations,
        },
        "spec": {
            "gatewayClassName": "istio-remote",
            "addresses": [address],
            "listeners": listeners,
        },
    }


def run(call: Call) -> int:
    """Apply the Gateways, or print the one that points at this cluster."""
    _check(call)
    if call.on("generate"):
        sys.stdout.write(json.dumps(gateway(call, clusters.api(call)), indent=2) + "\n")
        return 0
    sources = call.listed("contexts") or call.listed("from")
    targets = call.listed("contexts") or call.listed("to")
    known = {name: clusters.api(call, name) for name in dict.fromkeys([*sources, *targets])}
    for target in targets:
        try:
            made = gateway(call, known[target])
        except CommandError as error:
            raise CommandError(f"in cluster {target}: {error}") from None
        name = f"{made['metadata']['namespace']}/{made['metadata']['name']}"
        for source in sources:
            if source == target:
                continue
            try:
                clusters.apply(known[source], made)
            except CommandError as error:
                raise CommandError(f"in cluster {source}: {error}") from None
            sys.stdout.write(
                f'Gateway {name} applied to cluster "{source}" pointing to cluster "{target}"'
                f' (network "{made["metadata"]["labels"][NETWORK]}")\n'
            )
    return 0
