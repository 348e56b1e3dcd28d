"""The workshop, chapter by chapter, as its reader types it; the first cluster has the way in.

Between chapters the reader waits where the next one would fail, or where he is told to look.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bench import platform
from bench.shell import Shell
from components import egress, versions
from components.gateway_api import GATEWAY, waypoint_spec
from components.naming import EGRESS_GATEWAY, EGRESS_NAMESPACE
from components.settings import EgressHost
from localcloud.paths import CHECKOUT

CHART: Final = "localcloud/charts/gloo-operator"
PROGRAMMED: Final = "--for=condition=Programmed"
SAMPLE: Final = (
    "details-v1",
    "productpage-v1",
    "ratings-v1",
    "reviews-v1",
    "reviews-v2",
    "reviews-v3",
)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who works through the workshop."""

    shell: Shell
    names: tuple[str, ...]
    certs: Path

    @property
    def contexts(self) -> list[tuple[str, str]]:
        """Every cluster with its context."""
        return [(name, f"local-{name}") for name in self.names]

    @property
    def first(self) -> str:
        """The context that the workshop calls CLUSTER1."""
        return self.contexts[0][1]


def _manifest(name: str) -> list[dict[str, Any]]:
    text = (CHECKOUT / "manifests" / f"{name}.yaml").read_text(encoding="utf-8")
    return [item for item in yaml.safe_load_all(text) if item]


def sample(reader: Reader) -> None:
    """Deploy Bookinfo to both clusters."""
    path = str(CHECKOUT / "manifests" / "bookinfo.yaml")
    for _, context in reader.contexts:
        reader.shell.kubectl(context, "create", "ns", "bookinfo")
        reader.shell.kubectl(context, "apply", "-n", "bookinfo", "-f", path)


def trust(reader: Reader) -> None:
    """Give each cluster its intermediate authority."""
    for name, context in reader.contexts:
        for namespace in ("istio-system", "istio-gateways"):
            reader.shell.kubectl(context, "create", "ns", namespace)
        files = [f"--from-file={path}" for path in sorted((reader.certs / name).iterdir())]
        words = ("create", "secret", "generic", "cacerts", "-n", "istio-system")
        reader.shell.kubectl(context, *words, *files)


def install(reader: Reader) -> None:
    """Install the operator by Helm, in the background as in the workshop, and Istio by it."""
    words = ("helm", "upgrade", "-i", "gloo-operator", CHART, "-n", "gloo-system")
    reader.shell.at_once(
        [(*words, "--create-namespace", f"--kube-context={c}") for _, c in reader.contexts]
    )
    for name, context in reader.contexts:
        spec = {"version": versions.DEFAULT_MESH_VERSION, "cluster": name, "network": name}
        reader.shell.apply(
            context,
            {
                "apiVersion": "operator.gloo.solo.io/v1",
                "kind": "ServiceMeshController",
                "metadata": {"name": "istio"},
                "spec": spec,
            },
        )
    for _, context in reader.contexts:
        until = "--for=jsonpath={.status.phase}=SUCCEEDED"
        reader.shell.wait(context, "", "servicemeshcontroller/istio", until)


def peer(reader: Reader) -> None:
    """Expose both clusters, link them, and wait until they are connected."""
    namespace = ("-n", "istio-gateways")
    for name, context in reader.contexts:
        # The chapter on trust leaves it out, and istiod waits for it.
        label = f"topology.istio.io/network={name}"
        reader.shell.kubectl(context, "label", "namespace", "istio-system", "--overwrite", label)
        reader.shell.run("istioctl", f"--context={context}", "multicluster", "expose", *namespace)
    for _, context in reader.contexts:
        reader.shell.wait(context, "istio-gateways", "gateway/istio-eastwest", PROGRAMMED)
    listed = ",".join(context for _, context in reader.contexts)
    reader.shell.run("istioctl", "multicluster", "link", f"--contexts={listed}", *namespace)
    for name, context in reader.contexts:
        for other in reader.names:
            if other != name:
                gateway = f"gateway/istio-remote-peer-{other}"
                until = "--for=condition=gloo.solo.io/PeerConnected"
                reader.shell.wait(context, "istio-gateways", gateway, until)


def join(reader: Reader) -> None:
    """Bring Bookinfo into the mesh, and make productpage span the clusters."""
    for _, context in reader.contexts:
        label = "istio.io/dataplane-mode=ambient"
        reader.shell.kubectl(context, "label", "namespace", "bookinfo", label)
    for _, context in reader.contexts:
        _span(reader, context, "productpage", "global")
        note = "networking.istio.io/traffic-distribution=Any"
        words = ("-n", "bookinfo", "annotate", "service", "productpage", note)
        reader.shell.kubectl(context, *words)


def _span(reader: Reader, context: str, service: str, scope: str) -> None:
    label = f"solo.io/service-scope={scope}"
    reader.shell.kubectl(context, "-n", "bookinfo", "label", "service", service, label)


def expose(reader: Reader) -> None:
    """Expose the product page, and wait for the address that the reader is told to visit."""
    objects = _manifest("ingress")
    for item in objects:
        item["metadata"]["namespace"] = "bookinfo"
    reader.shell.apply(reader.first, *objects)
    reader.shell.wait(reader.first, "bookinfo", "gateway/bookinfo-gateway", PROGRAMMED)


def _ready(reader: Reader, context: str, deployment: str) -> None:
    words = ("rollout", "status", "deployment", deployment, "-n", "bookinfo", "--timeout=300s")
    reader.shell.kubectl(context, *words)


def fail_over(reader: Reader) -> None:
    """Take productpage away and give it back, then details, and look each time."""
    for _, context in reader.contexts:
        for name in SAMPLE:
            _ready(reader, context, name)
    _take_away(reader, "productpage")
    for _, context in reader.contexts:
        _span(reader, context, "details", "global-only")
    _take_away(reader, "details")


def _take_away(reader: Reader, app: str) -> None:
    deployment, namespace = f"{app}-v1", ("-n", "bookinfo")
    scale = ("scale", "deploy", *namespace, deployment)
    reader.shell.kubectl(reader.first, *scale, "--replicas=0")
    pods = ("pod", "-l", f"app={app}", "--for=delete")
    reader.shell.kubectl(reader.first, "wait", *namespace, *pods, "--timeout=300s")
    reader.shell.kubectl(reader.first, *scale, "--replicas=1")
    _ready(reader, reader.first, deployment)


def waypoints(reader: Reader) -> None:
    """Give Bookinfo a waypoint in both clusters, with a route by header."""
    routes = _manifest("reviews")
    for item in routes:
        item["metadata"]["namespace"] = "bookinfo"
    for _, context in reader.contexts:
        label = "istio.io/use-waypoint=auto"
        reader.shell.kubectl(context, "label", "ns", "bookinfo", label)
        reader.shell.apply(context, *routes)
    for _, context in reader.contexts:
        for until in ("--for=create", PROGRAMMED):
            reader.shell.wait(context, "bookinfo", "gateway/auto", until)


def leave(reader: Reader) -> None:
    """Make the way out of the first cluster, and let ratings alone call one host."""
    reader.shell.kubectl(reader.first, "create", "namespace", EGRESS_NAMESPACE)
    host = EgressHost(host="httpbin.org", allow=("bookinfo-ratings",))

    def made(kind: Mapping[str, str], name: str, spec: Any, **more: Any) -> dict[str, Any]:
        meta = {"name": name, "namespace": host.namespace, **more}
        return {
            "apiVersion": kind["api_version"],
            "kind": kind["kind"],
            "metadata": meta,
            "spec": spec,
        }

    gateway = made(GATEWAY, EGRESS_GATEWAY, waypoint_spec("All"), namespace=EGRESS_NAMESPACE)
    reader.shell.apply(reader.first, gateway)
    reader.shell.wait(reader.first, EGRESS_NAMESPACE, f"gateway/{EGRESS_GATEWAY}", PROGRAMMED)
    entry = egress.entry_spec(host)
    reader.shell.apply(
        reader.first,
        made(egress.ENTRY, host.host, entry, labels=dict(egress.ENTRY_LABELS)),
        made(egress.RULE, f"{host.host}-tls", egress.rule_spec(host)),
    )
    policy = egress.policy_spec(host, reader.names[0])
    policy["targetRefs"][0]["name"] = host.host
    reader.shell.apply(reader.first, made(egress.POLICY, "ratings-to-httpbin", policy))


def manage(reader: Reader) -> None:
    """Install the management plane beside the first cluster's mesh, and register the others."""
    values = reader.certs.parent / "gloo-platform-values.json"
    platform.install(reader.shell, reader.first, reader.names[0], values)
    for name, context in reader.contexts[1:]:
        platform.register(reader.shell, reader.first, context, name)


CHAPTERS: Final[dict[str, Callable[[Reader], None]]] = {
    "Bookinfo": sample,
    "trust": trust,
    "Istio": install,
    "peering": peer,
    "global services": join,
    "way in": expose,
    "failover": fail_over,
    "waypoints": waypoints,
    "way out": leave,
    "management plane": manage,
}
