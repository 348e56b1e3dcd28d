"""What a mesh would have of itself, and a lone istiod of upstream's has not."""

from collections.abc import Iterable, Iterator
from typing import Final

from tests.validation.manifests import Manifest

_SERVICES: Final = {"istio": "-istio", "istio-waypoint": ""}
"""What istiod appends to a Gateway's name for that of its Service, by class."""
_NAME: Final = "gateway.networking.k8s.io/gateway-name"


def global_hosts(manifests: Iterable[Manifest]) -> Iterator[Manifest]:
    """Yield a ServiceEntry for every Service: only Solo's istiod has global hosts of its own."""
    for manifest in manifests:
        if manifest["kind"] != "Service":
            continue
        name, where = manifest["metadata"]["name"], manifest["metadata"]["namespace"]
        ports = manifest["spec"]["ports"]
        yield {
            "apiVersion": "networking.istio.io/v1",
            "kind": "ServiceEntry",
            "metadata": {"name": f"global-{name}", "namespace": where},
            "spec": {
                "hosts": [f"{name}.{where}.mesh.internal"],
                "ports": [
                    {"number": port["port"], "name": port["name"], "protocol": "HTTP"}
                    for port in ports
                ],
                "resolution": "STATIC",
            },
        }


def gateways(manifests: Iterable[Manifest]) -> Iterator[Manifest]:
    """Yield Service and endpoint of every Gateway that istiod would deploy.

    The istiod of the tests has no templates to deploy them from. Without an endpoint a waypoint
    has no address, and without an address nothing is bound to it.
    """
    for manifest in manifests:
        spec, meta = manifest.get("spec", {}), manifest["metadata"]
        if manifest["kind"] != "Gateway" or spec["gatewayClassName"] not in _SERVICES:
            continue
        name = f"{meta['name']}{_SERVICES[spec['gatewayClassName']]}"
        ports = [{"name": item["name"], "port": item["port"]} for item in spec["listeners"]]
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": name,
                "namespace": meta["namespace"],
                "labels": {_NAME: meta["name"]},
            },
            "spec": {"ports": ports},
        }
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": name,
                "namespace": meta["namespace"],
                "labels": {"kubernetes.io/service-name": name},
            },
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["192.0.2.10"], "conditions": {"ready": True}}],
            "ports": ports,
        }
