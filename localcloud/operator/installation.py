"""What a ServiceMeshController stands for: the objects of one Istio installation. Pure."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from localcloud.operator import workloads

MANAGER: Final = "gloo-operator"
OWN: Final = {workloads.MANAGED_BY: MANAGER}
"""Tells what the operator made from what somebody else made under the same name."""

REGISTRY: Final = "us-docker.pkg.dev"
REPOSITORY: Final = "soloio-img/istio"

ISTIOD_ENV: Final = {
    "AUTO_RELOAD_PLUGIN_CERTS": "true",
    "PILOT_ENABLE_IP_AUTOALLOCATE": "true",
    "PILOT_SKIP_VALIDATE_TRUST_DOMAIN": "true",
}
"""Of what the real operator sets (a dump of its rendered values), the part that decides peering."""


def trust_domain(spec: Mapping[str, Any]) -> str:
    """Return the mesh's trust domain: the cluster's name unless the spec says otherwise."""
    return str(spec.get("trustDomain") or spec.get("cluster") or "cluster.local")


def image(spec: Mapping[str, Any], name: str) -> str:
    """Return an image of Solo's build: the operator appends the suffix that the spec leaves out."""
    source = spec.get("image") or {}
    hub = f"{source.get('registry') or REGISTRY}/{source.get('repository') or REPOSITORY}"
    suffix = "solo-fips" if spec.get("distribution") == "FIPS" else "solo"
    return f"{hub}/{name}:{spec['version']}-{suffix}"


def rollouts(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the workloads: istiod, the CNI agent and ztunnel."""
    namespace = spec["installNamespace"]

    def meta(name: str, app: str) -> dict[str, Any]:
        return workloads.metadata(name, namespace, {"app": app, **OWN})

    istiod = workloads.deployment(
        meta(workloads.ISTIOD, "istiod"),
        labels={"app": "istiod", "istio.io/rev": "gloo"},
        image=image(spec, "pilot"),
        env={
            **ISTIOD_ENV,
            "CLUSTER_ID": spec.get("cluster", ""),
            "TRUST_DOMAIN": trust_domain(spec),
        },
        replicas=1 if spec.get("scalingProfile") == "Demo" else 2,
    )
    images = {"istio-cni-node": "install-cni", "ztunnel": "ztunnel"}
    agents = [
        workloads.daemon_set(meta(name, name), image=image(spec, source))
        for name, source in images.items()
    ]
    return [istiod, *agents]


def objects(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return everything that is installed, what others need first."""
    namespace = spec["installNamespace"]
    found = rollouts(spec)
    accounts = [workloads.service_account(item["metadata"]) for item in found]
    mesh = {"trustDomain": trust_domain(spec), "rootNamespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": workloads.metadata("istio-gloo", namespace, {"istio.io/rev": "gloo", **OWN}),
        "data": {"mesh": yaml.safe_dump(mesh)},
    }
    front = workloads.service(
        workloads.metadata(workloads.ISTIOD, namespace, {"app": "istiod", **OWN}),
        selector={"app": "istiod", "istio.io/rev": "gloo"},
        ports=[("grpc-xds", 15010), ("https-dns", 15012), ("https-webhook", 443)],
    )
    return [*accounts, config, front, *found]
