"""One look at the plane after another: level-triggered, so that what was missed is seen next."""

import json
import logging
import ssl
import threading
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from localcloud import scenario
from localcloud.api import Api, ApiError
from localcloud.operator import gateways, loadbalancer, mesh, peering
from localcloud.operator.context import Context
from localcloud.operator.peering import Side
from localcloud.plane import Plane
from localcloud.spec import read_spec

SERVICES: Final = "/api/v1/services"
GATEWAYS: Final = "/apis/gateway.networking.k8s.io/v1/gateways"
DEPLOYMENTS: Final = "/apis/apps/v1/deployments"
SECRETS: Final = "/api/v1/secrets?fieldSelector=metadata.name%3Dcacerts"
NAMESPACES: Final = "/api/v1/namespaces"
WATCHED: Final = (SERVICES, GATEWAYS, DEPLOYMENTS, SECRETS, NAMESPACES, mesh.COLLECTION)

REST: Final = 1.0
"""Seconds between two looks when nothing happens: how long another plane's news may take."""
BRISK: Final = 0.2
"""The same while something waits for time to pass."""

log = logging.getLogger("localcloud.operator")


class Loop:
    """The simulated world of one plane."""

    def __init__(self, plane: Plane, world: Path) -> None:
        self.plane = plane
        self.context = Context(
            plane=plane.name, index=plane.index, world=world, api=Api(plane.kubeconfig)
        )
        self.news = threading.Event()
        self.started_with: dict[str, str] = {}

    def run(self) -> None:
        """Look again whenever there is news, until the process is ended."""
        for path in WATCHED:
            threading.Thread(target=self._watch, args=(path,), daemon=True).start()
        while True:
            self.context.waiting = False
            try:
                self.look()
            except ApiError as error:
                # The API server went away, or somebody was quicker: the next look finds out.
                log.info("%s", error)
            except scenario.ScenarioError as error:
                log.warning("%s", error)
            self.news.wait(BRISK if self.context.waiting else REST)
            self.news.clear()

    def look(self) -> None:
        """Bring everything one step further."""
        context = self.context
        context.scenario = scenario.load(context.world / "scenario.yaml")
        controllers = context.api.items(mesh.COLLECTION)
        if controllers and mesh.operator_runs(context):
            for controller in controllers:
                mesh.reconcile(context, controller)
        services = context.api.items(SERVICES)
        loadbalancer.reconcile(context, services)
        installed = [c for c in controllers if "deletionTimestamp" not in c["metadata"]]
        found = context.api.items(GATEWAYS)
        own = self._side(installed[0]["spec"] if installed else None, found)
        planes = context.world / "planes"
        peering.publish(planes / self.plane.name, own)
        if own.istiod:
            others = [s for s in peering.read_sides(planes) if s.plane != self.plane.name]
            gateways.reconcile(context, found, own, others)

    def _side(self, spec: dict[str, Any] | None, found: Sequence[dict[str, Any]]) -> Side:
        context = self.context
        if spec is None:
            return Side(plane=self.plane.name)
        namespace = spec["installNamespace"]
        runs = mesh.istiod_runs(context, namespace)
        secret = mesh.root_secret(context, namespace)
        root, chain = peering.authority(secret)
        if runs and root:
            mesh.publish_root(context, secret["root-cert.pem"].decode())
        gateway = next((g for g in found if g["metadata"]["name"] == "istio-eastwest"), {})
        addresses = gateway.get("status", {}).get("addresses") or []
        labels = gateway.get("metadata", {}).get("labels") or {}
        return Side(
            plane=self.plane.name,
            cluster=spec.get("cluster", ""),
            trust_domain=spec.get("trustDomain") or spec.get("cluster", "cluster.local"),
            network=self._network(namespace, runs=runs),
            gateway_network=labels.get("topology.istio.io/network", ""),
            addresses=tuple(item["value"] for item in addresses),
            istiod=runs,
            root=root,
            chain=chain,
        )

    def _network(self, namespace: str, *, runs: bool) -> str:
        """Return the network label as istiod read it: once, when it started."""
        if not runs:
            self.started_with.clear()
            return ""
        if not self.started_with.get(namespace):
            live = self.context.api.find(f"{NAMESPACES}/{namespace}") or {}
            labels = live.get("metadata", {}).get("labels") or {}
            self.started_with[namespace] = labels.get("topology.istio.io/network", "")
        return self.started_with[namespace]

    def _watch(self, path: str) -> None:
        pki = self.plane.folder / "pki"
        tls = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        mark = "&" if "?" in path else "?"
        url = f"{self.plane.url}{path}{mark}watch=1&sendInitialEvents=false&timeoutSeconds=300"
        while True:
            try:
                with urllib.request.urlopen(url, timeout=310, context=tls) as stream:  # noqa: S310
                    for line in stream:
                        if json.loads(line).get("type") != "BOOKMARK":
                            self.news.set()
            except (OSError, ValueError) as error:
                log.debug("watch of %s: %s", path, error)
            time.sleep(0.5)


def plane_of(world: Path, name: str) -> Plane:
    """Return a plane of a world by its name."""
    return next(plane for plane in read_spec(world).planes(world) if plane.name == name)
