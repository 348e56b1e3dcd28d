"""The Bookinfo sample application: plain manifests, placed in a namespace that joins the mesh."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components import manifests as plain
from components import membership
from components.cluster import Cluster
from components.gates import after, once
from components.naming import BOOKINFO_NAMESPACE
from components.ownership import Key
from components.settings import BookinfoSettings, NamespaceSettings, Settings, Timeouts

_KINDS: Final[Mapping[str, Any]] = {
    "Service": k8s.core.v1.Service,
    "ServiceAccount": k8s.core.v1.ServiceAccount,
    "Deployment": k8s.apps.v1.Deployment,
}


def manifests(registry: str) -> list[dict[str, Any]]:
    """Return the objects of ``manifests/bookinfo.yaml`` with their images in ``registry``."""
    objects = plain.load("bookinfo")
    for obj in objects:
        template = obj.get("spec", {}).get("template", {})
        for container in template.get("spec", {}).get("containers", []):
            container["image"] = f"{registry}/{container['image']}"
    return objects


def planned(settings: Settings) -> set[Key]:
    """Return the sample's objects in one cluster."""
    if not settings.bookinfo.enabled:
        return set()
    return {("Namespace", "", BOOKINFO_NAMESPACE)} | {
        (obj["kind"], BOOKINFO_NAMESPACE, obj["metadata"]["name"])
        for obj in manifests(settings.bookinfo.registry)
    }


@dataclass(frozen=True, kw_only=True)
class BookinfoArgs:
    """Where the sample runs."""

    cluster: Cluster
    settings: BookinfoSettings
    entry: NamespaceSettings
    """What its namespace and services are in the mesh."""
    mesh: pulumi.Output[str]
    """Known once the mesh is ready."""
    timeouts: Timeouts


class Bookinfo(pulumi.ComponentResource):
    """The sample in one cluster. The label makes its pods join the mesh, and they wait for nothing.

    Only services that span clusters wait for the mesh, so that on the way back they go before it:
    an istiod that dies first leaves behind what it made of them.
    """

    namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: BookinfoArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Bookinfo", name, None, opts)
        inventory = args.cluster.inventory
        ready, gone = f"{args.timeouts.workload}s", f"{args.timeouts.deletion}s"
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=inventory.metadata(
                BOOKINFO_NAMESPACE,
                labels=membership.namespace_labels(args.entry),
                annotations=membership.namespace_annotations(args.entry),
            ),
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=gone)
            ),
        )
        self.namespace = once(namespace.urn, BOOKINFO_NAMESPACE)
        for obj in manifests(args.settings.registry):
            kind, meta = obj["kind"], obj["metadata"]
            role = meta["name"].removeprefix("bookinfo-")
            labels, annotations = meta.get("labels") or {}, meta.get("annotations") or {}
            if kind == "Service":
                labels |= after(args.mesh, membership.service_labels(args.entry, meta["name"]))
                annotations |= membership.service_annotations(args.entry, meta["name"])
            _KINDS[kind](
                f"{name}-{role}-{kind.lower()}",
                metadata=inventory.metadata(
                    meta["name"],
                    namespace=BOOKINFO_NAMESPACE,
                    within=self.namespace,
                    labels=labels,
                    annotations=annotations,
                ),
                **({"spec": obj["spec"]} if "spec" in obj else {}),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    custom_timeouts=pulumi.CustomTimeouts(create=ready, update=ready, delete=gone),
                ),
            )
        self.register_outputs({})
