"""Istio Ambient in one cluster by its own charts: base, istiod, cni and ztunnel.

The other way is the Gloo operator (``components.service_mesh``); what follows in the graph sees the
same outputs from both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components import critical_pods, gateway_crds, istio_crds, istio_values, live, readiness
from components.charts import is_local
from components.cluster import Cluster
from components.gates import gated, once, teller
from components.naming import (
    BASE_RELEASE,
    CNI_RELEASE,
    GATEWAY_API_RELEASE,
    ISTIO_NAMESPACE,
    ISTIOD_RELEASE,
    LICENSE_SECRET,
    OWNER_ANNOTATION,
    WORKLOADS,
    ZTUNNEL_RELEASE,
)
from components.ownership import Key
from components.settings import ClusterSettings, Settings
from components.versions import release

CHARTS: Final = {
    BASE_RELEASE: "base",
    ISTIOD_RELEASE: "istiod",
    CNI_RELEASE: "cni",
    ZTUNNEL_RELEASE: "ztunnel",
}
"""Istio's releases, with the chart of each."""

LICENSE_KEYS: Final = ("license", "license-key")
"""Of the Secret that ``license.secretRef`` names. The documentation names none, and public
installations use the one or the other."""


def resource(component: str, release: str) -> str:
    """Return what a release is called in the stack's state."""
    return f"{component}-{release.removeprefix('istio-')}"


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the objects in one cluster, but for those of the charts."""
    if settings.mesh.install != "helm":
        return set()
    found: set[Key] = {("Secret", ISTIO_NAMESPACE, LICENSE_SECRET)}
    return found | critical_pods.planned(settings, site)


@dataclass(frozen=True, kw_only=True)
class IstioHelmArgs:
    """Which mesh in which cluster."""

    cluster: Cluster
    planned: ClusterSettings
    settings: Settings
    home: pulumi.Output[str]
    """istio-system, as soon as it exists."""
    namespace: pulumi.Output[str]
    """istio-system, once ``cacerts`` is in it."""
    license_key: pulumi.Output[str] | None


class IstioHelm(pulumi.ComponentResource):
    """Istio's releases, and the CRDs of the Gateway API where nobody else has made them."""

    network: pulumi.Output[str]
    """The cluster's network, once the mesh in it is ready."""
    version: pulumi.Output[str]
    """The mesh version, once it is installed."""

    def __init__(
        self, name: str, args: IstioHelmArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:IstioHelm", name, None, opts)
        self._name, self._args = name, args
        settings, planned = args.settings, args.planned
        crds = self._gateway_api()
        secret = self._license()
        quota = self._critical_pods()
        foreign = istio_crds.foreign(args.cluster.inventory)
        base = self._release(BASE_RELEASE, istio_values.base(planned, foreign), args.home)
        istiod = self._release(
            ISTIOD_RELEASE,
            istio_values.istiod(settings, planned, licensed=args.license_key is not None),
            # It reads cacerts once, when it starts, and the kinds that it serves.
            _after(args.namespace, base, *crds, *secret),
        )
        cni = self._release(
            CNI_RELEASE, istio_values.cni(settings, planned), _after(args.home, base, *quota)
        )
        ztunnel = self._release(
            ZTUNNEL_RELEASE,
            istio_values.ztunnel(settings, planned),
            _after(args.home, istiod, cni, *quota),
        )
        ready = [
            self._ready(resource, release)
            for release, resource in (
                (ISTIOD_RELEASE, istiod),
                (CNI_RELEASE, cni),
                (ZTUNNEL_RELEASE, ztunnel),
            )
        ]
        self.network = once(pulumi.Output.all(*ready), args.cluster.network)
        self.version = once(self.network, settings.mesh_version)
        self.register_outputs({"version": self.version})

    def _gateway_api(self) -> list[k8s.helm.v3.Release]:
        version = release(self._args.settings.mesh_version).gateway_api
        inventory = self._args.cluster.inventory
        google = self._args.planned.gke
        if google and google.gateway_api == "standard":
            return []  # GKE brings them, and takes back what others make of them
        crds = istio_crds.own(inventory, version)
        if not crds:
            return []
        values = {"crds": crds, "annotations": {OWNER_ANNOTATION: inventory.owner}}
        made = k8s.helm.v3.Release(
            resource(self._name, GATEWAY_API_RELEASE),
            name=GATEWAY_API_RELEASE,
            namespace=self._args.home,
            chart=str(gateway_crds.chart(version)),
            values=values,
            timeout=self._args.settings.timeouts.mesh,
            # Its CRDs outlive it by their own policy: Gateways of others need them too.
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [made]

    def _license(self) -> list[k8s.core.v1.Secret]:
        key = self._args.license_key
        if key is None:
            return []
        made = k8s.core.v1.Secret(
            f"{self._name}-license",
            metadata=self._args.cluster.inventory.metadata(
                LICENSE_SECRET, namespace=ISTIO_NAMESPACE, within=self._args.home
            ),
            string_data=dict.fromkeys(LICENSE_KEYS, key),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [made]

    def _critical_pods(self) -> list[k8s.core.v1.ResourceQuota]:
        if self._args.planned.nodes != "gke":
            return []
        within = self._args.home
        return [critical_pods.quota(f"{self._name}-quota", self._args.cluster, within, self)]

    def _release(
        self, release: str, values: dict[str, Any], namespace: pulumi.Output[str]
    ) -> k8s.helm.v3.Release:
        settings = self._args.settings
        charts = settings.charts.istio
        return k8s.helm.v3.Release(
            resource(self._name, release),
            name=release,
            namespace=namespace,
            chart=f"{charts}/{CHARTS[release]}",
            version=None if is_local(charts) else istio_values.chart_version(settings),
            values=values,
            timeout=settings.timeouts.mesh,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _ready(self, resource: k8s.helm.v3.Release, release: str) -> pulumi.Output[str]:
        cluster, settings = self._args.cluster, self._args.settings
        plural, kind, name = WORKLOADS[release]
        path = live.workload_path(plural, ISTIO_NAMESPACE, name)

        async def wait() -> str:
            await readiness.wait(
                f"{cluster.name}: {kind} {ISTIO_NAMESPACE}/{name}",
                lambda: cluster.reader.get(path),
                readiness.rollout_verdict,
                settings.timeouts.mesh,
                "timeouts.mesh",
                teller(resource),
            )
            return cluster.network

        async def planned() -> str:
            return cluster.network

        return gated(resource, wait, planned)


def _after(namespace: pulumi.Output[str], *resources: pulumi.Resource) -> pulumi.Output[str]:
    """Return the namespace as an output that waits for ``resources``: their URNs are the edges."""
    urns: Iterable[pulumi.Output[str]] = (resource.urn for resource in resources)
    return once(pulumi.Output.all(namespace, *urns), ISTIO_NAMESPACE)
