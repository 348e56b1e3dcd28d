"""For every policy what it refuses, named bad-<policy>, and what it lets pass, named good-<policy>.

Nothing is ever made of it: only previews run.
"""

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as k8s

OWNER = "ambientmesh.dev/owner"
MARK = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
NETWORK = "topology.istio.io/network"
CLUSTER = "topology.istio.io/cluster"
NOWHERE = json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": ""})
KEY = "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkq\n-----END PRIVATE KEY-----\n"


class Part(pulumi.ComponentResource):
    """A component of the mesh, as policies know it."""

    def __init__(
        self, kind: str, name: str, said: Any = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(f"ambientmesh:index:{kind}", name, said, opts)
        self.register_outputs({})


kubernetes = k8s.Provider("kubernetes", kubeconfig=NOWHERE, cluster_identifier="nowhere")
inside = pulumi.ResourceOptions(provider=kubernetes)
google = pulumi.ResourceOptions(
    provider=gcp.Provider("google", project="localcloud-policies", region="europe-west4")
)


def gateway(name: str, **labels: str) -> None:
    """Register an east-west Gateway."""
    k8s.apiextensions.CustomResource(
        name,
        api_version="gateway.networking.k8s.io/v1",
        kind="Gateway",
        metadata={"name": name, "namespace": "shop", "labels": labels},
        spec={"gatewayClassName": "istio-eastwest", "listeners": []},
        opts=inside,
    )


def mesh(name: str, trust_domain: str) -> None:
    """Register a ServiceMeshController."""
    said = {"version": "1.28.3-patch0", "network": "one", "cluster": "one"}
    k8s.apiextensions.CustomResource(
        name,
        api_version="operator.gloo.solo.io/v1",
        kind="ServiceMeshController",
        metadata={"name": name},
        spec={**said, "trustDomain": trust_domain},
        opts=inside,
    )


def cluster(name: str, **args: Any) -> None:
    """Register a GKE cluster."""
    gcp.container.Cluster(
        name, name=name, location="europe-west4", initial_node_count=1, opts=google, **args
    )


def deployment(name: str, image: str, variables: dict[str, str]) -> None:
    """Register a Deployment of one container."""
    labels = {"app": name}
    env = [{"name": key, "value": value} for key, value in variables.items()]
    # As Any: held against the SDK's nested types, a checker needs more memory than there is.
    spec: Any = {
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": name, "image": image, "env": env}]},
        },
    }
    k8s.apps.v1.Deployment(
        name, metadata={"name": name, "namespace": "shop"}, spec=spec, opts=inside
    )


def namespace(name: str, called: str, **meta: Any) -> None:
    """Register a Namespace."""
    metadata: Any = {"name": called, **meta}
    k8s.core.v1.Namespace(name, metadata=metadata, opts=inside)


def chart(name: str, **args: Any) -> None:
    """Register what policies take for a Helm release: for a real one its chart would be fetched."""
    pulumi.ComponentResource("kubernetes:helm.sh/v3:Release", name, args)


k8s.core.v1.ConfigMap("bad-no-default-provider", metadata={"name": "a", "namespace": "shop"})
k8s.core.v1.ConfigMap(
    "good-no-default-provider", metadata={"name": "b", "namespace": "shop"}, opts=inside
)

halves = [{"cidr_block": "0.0.0.0/1"}, {"cidr_block": "128.0.0.0/1"}]
cluster("bad-no-open-control-plane", master_authorized_networks_config={"cidr_blocks": halves})
cluster("bad-no-open-control-plane-absent")
wide = [{"cidr_block": "0.0.0.0/1"}]
cluster("bad-no-open-control-plane-wide", master_authorized_networks_config={"cidr_blocks": wide})
office = [{"cidr_block": "192.0.2.0/24"}]
cluster("good-no-open-control-plane", master_authorized_networks_config={"cidr_blocks": office})

token = {"SERVICE_TOKEN": "not-for-all-to-read"}
deployment("bad-no-plaintext-credential", "docker.io/istio/app:1.20.2", token)
k8s.core.v1.ConfigMap(
    "bad-no-plaintext-credential-key",
    metadata={"name": "c", "namespace": "shop"},
    data={"config": f"key: |\n{KEY}"},
    opts=inside,
)
k8s.core.v1.Secret(
    "good-no-plaintext-credential",
    metadata={"name": "d", "namespace": "shop"},
    string_data={"token": "s3cret", "key": KEY},
    opts=inside,
)
k8s.helm.v3.Release(
    "good-no-plaintext-credential-release",
    chart=str(Path(__file__).parents[3] / "localcloud" / "charts" / "gloo-operator"),
    namespace="shop",
    values={"licenseKey": pulumi.Output.secret("s3cret"), "hub": "docker.io/istio/mirror"},
    opts=inside,
)

deployment("bad-images-pinned", "docker.io/istio/app:latest", {})
chart("bad-images-pinned-chart", chart="oci://docker.io/istio/charts/app", version=">1.2")
digest = f"docker.io/istio/app@sha256:{'0' * 64}"
deployment("good-images-pinned", digest, {})

deployment("bad-registries-allowed", "quay.io/somebody/app:1.2.3", {})
repository = {"repo": "https://charts.example.com/stable"}
chart("bad-registries-allowed-chart", chart="app", version="1.2.3", repositoryOpts=repository)
chart("bad-registries-allowed-alias", chart="bitnami/nginx", version="1.2.3")
chart("good-registries-allowed", chart="oci://docker.io/istio/charts/app", version="1.2.3")

gateway("bad-mesh-labels", **{CLUSTER: "one"})
gateway("good-mesh-labels", **{NETWORK: "one", CLUSTER: "one"})
namespace("bad-mesh-labels-namespace", "istio-system", annotations={OWNER: MARK})

mesh("bad-trust-domain-legal", "spiffe://one")
mesh("good-trust-domain-legal", "one.example")

namespace("bad-namespace-owned", "kube-system", annotations={OWNER: MARK})
namespace("bad-namespace-owned-mark", "theirs", annotations={OWNER: "organization/other/stack"})
namespace("good-namespace-owned", "ours", annotations={OWNER: MARK})

Part("Cluster", "bad-no-foreign-loss", {"leaving": {"shop": ["Deployment till"]}})
Part("Cluster", "good-no-foreign-loss")

rich, modest = Part("Cluster", "bad-resource-budget"), Part("Cluster", "good-resource-budget")
for number in range(3):
    Part("Piece", f"bad-resource-budget-{number}", opts=pulumi.ResourceOptions(parent=rich))
Part("Piece", "good-resource-budget-1", opts=pulumi.ResourceOptions(parent=modest))

pulumi.export("apiKey", "not-for-all-to-read")
pulumi.export("licenseKey", pulumi.Output.secret("s3cret"))
