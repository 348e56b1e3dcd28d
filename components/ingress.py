"""The way in: a Gateway with an address of its own, and a route to Bookinfo's product page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components import gateway_gates, manifests
from components.cluster import Cluster
from components.gates import once
from components.gateway_gates import Place
from components.naming import BOOKINFO_NAMESPACE
from components.ownership import Key
from components.settings import Settings, Timeouts, chosen

PAGE: Final = "/productpage"
HTTP_PORT: Final = 80


def exposes(settings: Settings, site: str) -> bool:
    """Whether a cluster exposes the product page."""
    ingress = settings.ingress
    return ingress is not None and site in chosen(ingress.clusters, settings.names)


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the objects of the ingress in one cluster."""
    if not exposes(settings, site):
        return set()
    return {
        (obj["kind"], BOOKINFO_NAMESPACE, obj["metadata"]["name"])
        for obj in manifests.load("ingress")
    }


def url(host: str, objects: Iterable[Mapping[str, Any]]) -> str:
    """Return the product page's address, with the port of the Gateway's first listener."""
    gateway = next(obj for obj in objects if obj["kind"] == "Gateway")
    port = gateway["spec"]["listeners"][0]["port"]
    around = f"[{host}]" if ":" in host else host
    return f"http://{around}{'' if port == HTTP_PORT else f':{port}'}{PAGE}"


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """Which cluster exposes the product page."""

    cluster: Cluster
    namespace: pulumi.Output[str]
    """Bookinfo's, once it is there."""
    mesh: pulumi.Output[str]
    """Known once the mesh is ready: it serves the Gateway's class."""
    timeouts: Timeouts


class Ingress(pulumi.ComponentResource):
    """The objects of ``manifests/ingress.yaml``. istiod makes the Gateway's proxy and Service."""

    url: pulumi.Output[str]
    """Of the product page, once the Gateway has an address and the route is taken up."""

    def __init__(
        self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Ingress", name, None, opts)
        objects = manifests.load("ingress")
        within = once(pulumi.Output.all(args.namespace, args.mesh), BOOKINFO_NAMESPACE)
        gates: list[pulumi.Output[Any]] = []
        for obj in objects:
            kind, meta = obj["kind"], obj["metadata"]
            resource = k8s.apiextensions.CustomResource(
                f"{name}-{meta['name']}-{kind.lower()}",
                api_version=obj["apiVersion"],
                kind=kind,
                metadata=args.cluster.inventory.metadata(
                    meta["name"],
                    namespace=BOOKINFO_NAMESPACE,
                    within=within,
                    labels=meta.get("labels"),
                    annotations=meta.get("annotations"),
                ),
                spec=obj["spec"],
                opts=pulumi.ResourceOptions(
                    parent=self,
                    custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.timeouts.deletion}s"),
                ),
            )
            place = Place(
                cluster=args.cluster,
                namespace=BOOKINFO_NAMESPACE,
                name=meta["name"],
                timeouts=args.timeouts,
            )
            if kind == "Gateway":
                gates.insert(0, gateway_gates.address(resource, place))
            elif kind == "HTTPRoute":
                gates.append(gateway_gates.route(resource, place))
        self.url = pulumi.Output.all(*gates).apply(lambda found: url(found[0].value, objects))
        self.register_outputs({"url": self.url})
