"""A mesh on real API servers, made object by object: no engine and no program takes part."""

import base64
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from localcloud.paths import BIN, CHECKOUT
from tests.localcloud.operator.authorities import Root, Signer
from tests.localcloud.operator.objects import NAMESPACES, Objects, until

CONTROLLERS = "/apis/operator.gloo.solo.io/v1/servicemeshcontrollers"
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-gateways/gateways"
SERVICES = "/api/v1/namespaces/istio-gateways/services"
PODS = "/api/v1/namespaces/istio-gateways/pods"
PROXIES = "/apis/apps/v1/namespaces/istio-gateways/deployments"
CACERTS = "/api/v1/namespaces/istio-system/secrets/cacerts"
ISTIOD = "/apis/apps/v1/namespaces/istio-system/deployments/istiod-gloo"
OPERATOR = "/apis/apps/v1/namespaces/gloo-system/deployments/gloo-operator"
DAEMON_SETS = "/apis/apps/v1/namespaces/istio-system/daemonsets"
NETWORK = "topology.istio.io/network"
CLUSTER = "topology.istio.io/cluster"
XDS = {"name": "xds-tls", "port": 15012, "protocol": "TLS", "tls": {"mode": "Passthrough"}}
HBONE = {"name": "cross-network", "port": 15008, "protocol": "HBONE"}


class Cluster(Objects):
    """One plane with a mesh, and what is done to it."""

    def cacerts(self, signer: Signer) -> None:
        data = {key: base64.b64encode(value).decode() for key, value in signer.files().items()}
        self.apply(CACERTS.removesuffix("/cacerts"), "Secret", "cacerts", data=data)

    def operator(self, verb: str = "install") -> None:
        arguments = {
            "install": ["install", "gloo-operator", "localcloud/charts/gloo-operator", "--wait"],
            "uninstall": ["uninstall", "gloo-operator", "--wait"],
        }[verb]
        where = ["--kubeconfig", str(self.world.plane(self.name).kubeconfig), "-n", "gloo-system"]
        subprocess.run(  # noqa: S603
            [str(BIN / "helm"), *arguments, *where], cwd=CHECKOUT, check=True, capture_output=True
        )

    def controller(self, version: str = "1.28.3-patch0", **spec: Any) -> None:
        whole = {
            "version": version,
            "cluster": self.name,
            "network": self.name,
            "scalingProfile": "Demo",
            **spec,
        }
        self.apply(CONTROLLERS, "ServiceMeshController", "istio", spec=whole)

    def phase(self) -> tuple[str, str]:
        found = self.api.get(f"{CONTROLLERS}/istio").get("status", {})
        told = [c["message"] for c in found.get("conditions", []) if c["status"] != "True"]
        return found.get("phase", ""), "; ".join(told)

    def succeeded(self) -> None:
        until(lambda: self.phase()[0] == "SUCCEEDED", lambda: f"{self.name}: {self.phase()}")

    def install(self, signer: Signer) -> None:
        self.namespace("gloo-system")
        self.namespace("istio-system", **{NETWORK: self.name})
        self.namespace("istio-gateways")
        self.cacerts(signer)
        if self.api.find(OPERATOR) is None:
            self.operator()
        self.controller()

    def gateway(self, name: str, kind: str, *listeners: dict[str, Any], **content: Any) -> None:
        metadata = content.pop("metadata", {})
        spec = {"gatewayClassName": kind, "listeners": list(listeners), **content}
        self.apply(GATEWAYS, "Gateway", name, metadata=metadata, spec=spec)

    def east_west(self) -> None:
        labels = {"istio.io/expose-istiod": "15012", NETWORK: self.name}
        self.gateway("istio-eastwest", "istio-eastwest", HBONE, XDS, metadata={"labels": labels})

    def address(self) -> str:
        def programmed() -> str:
            found = self.condition("istio-eastwest", "Programmed")
            addresses = self.api.get(f"{GATEWAYS}/istio-eastwest")["status"].get("addresses")
            return addresses[0]["value"] if found[0] == "True" and addresses else ""

        return str(until(programmed, lambda: self.condition("istio-eastwest", "Programmed")))

    def peer(self, other: "Cluster", address: str) -> None:
        self.gateway(
            f"istio-remote-peer-{other.name}",
            "istio-remote",
            XDS,
            addresses=[{"type": "IPAddress", "value": address}],
            metadata={
                "labels": {NETWORK: other.name, CLUSTER: other.name},
                "annotations": {
                    "gateway.istio.io/service-account": "istio-eastwest",
                    "gateway.istio.io/trust-domain": other.name,
                },
            },
        )

    def service(self, name: str) -> None:
        spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
        self.apply(SERVICES, "Service", name, spec=spec)

    def held(self, name: str) -> Any:
        """Return a Service once it has a finalizer: a load balancer is about to be made."""

        def holds() -> Any:
            found = self.api.find(f"{SERVICES}/{name}")
            return found if found and found["metadata"].get("finalizers") else None

        return until(holds, f"{name} has no finalizer")

    def served(self, name: str) -> Any:
        """Return a Service once its load balancer has an address."""

        def serves() -> Any:
            found = self.api.get(f"{SERVICES}/{name}")
            return found if found["status"]["loadBalancer"] else None

        return until(serves, f"{name} has no address")

    def condition(self, gateway: str, kind: str) -> tuple[str, str, str]:
        found = self.api.get(f"{GATEWAYS}/{gateway}").get("status", {}).get("conditions", [])
        picked: dict[str, Any] = next((c for c in found if c["type"] == kind), {})
        return picked.get("status", ""), picked.get("reason", ""), picked.get("message", "")

    def link(self, other: str) -> tuple[str, str, str]:
        return self.condition(f"istio-remote-peer-{other}", "gloo.solo.io/PeerConnected")

    def connected(self, other: str) -> None:
        until(lambda: self.link(other)[0] == "True", lambda: f"{self.name}: {self.link(other)}")

    def broken(self, other: str, reason: str) -> str:
        until(lambda: self.link(other)[1] == reason, lambda: f"{self.name}: {self.link(other)}")
        status, _, message = self.link(other)
        assert status == "False"
        return message

    def restart_istiod(self) -> None:
        annotations = {"kubectl.kubernetes.io/restartedAt": str(time.time_ns())}
        template = {"metadata": {"annotations": annotations}}
        self.api.patch(ISTIOD, {"spec": {"template": template}})

    def remove(self) -> None:
        """Take all away again, in the order that leaves nothing hanging."""
        # A namespace with pods ends no sooner than half their grace period: 15 s.
        for path in (GATEWAYS, PROXIES):
            self.api.delete(path)
        until(lambda: not self.api.items(PODS), "proxies do not end")
        self.delete(f"{CONTROLLERS}/istio")
        self.operator("uninstall")
        for name in ("istio-gateways", "istio-system", "gloo-system"):
            self.api.delete(f"{NAMESPACES}/{name}")
        for name in ("istio-gateways", "istio-system", "gloo-system"):
            self.gone(f"{NAMESPACES}/{name}")


@dataclass
class Pair:
    """Two clusters that point at one another."""

    one: Cluster
    two: Cluster
    root: Root

    def up(self) -> None:
        """Make what is not there yet, or not any more."""
        both = (self.one, self.two)
        missing = [cluster for cluster in both if not cluster.api.items(CONTROLLERS)]
        for cluster in missing:
            cluster.install(self.root.signer.sign(cluster.name))
        for cluster in missing:
            cluster.succeeded()
            cluster.east_west()
        self.link()

    def link(self) -> None:
        for own, other in ((self.one, self.two), (self.two, self.one)):
            own.peer(other, other.address())

    def connected(self) -> None:
        self.one.connected(self.two.name)
        self.two.connected(self.one.name)
