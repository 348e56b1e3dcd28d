"""The Bookinfo sample application: plain manifests, placed in a namespace that joins the mesh."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.cluster import Cluster
from components.naming import BOOKINFO_NAMESPACE
from components.ownership import Key
from components.settings import BookinfoSettings, Settings, Timeouts

MANIFEST = Path(__file__).parent.parent / "manifests" / "bookinfo.yaml"

AMBIENT_LABEL: Final = {"istio.io/dataplane-mode": "ambient"}

_KINDS: Final[Mapping[str, Any]] = {
    "Service": k8s.core.v1.Service,
    "ServiceAccount": k8s.core.v1.ServiceAccount,
    "Deployment": k8s.apps.v1.Deployment,
}


def manifests(registry: str) -> list[dict[str, Any]]:
    """Return the objects of ``manifests/bookinfo.yaml`` with their images in ``registry``."""
    with MANIFEST.open(encoding="utf-8") as file:
        objects = [obj for obj in yaml.safe_load_all(file) if obj]
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
    timeouts: Timeouts


class Bookinfo(pulumi.ComponentResource):
    """The sample in one cluster. Nothing waits for the mesh: the label makes the pods join it."""

    def __init__(
        self, name: str, args: BookinfoArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Bookinfo", name, None, opts)
        inventory = args.cluster.inventory
        ready, gone = f"{args.timeouts.workload}s", f"{args.timeouts.deletion}s"
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=inventory.metadata(BOOKINFO_NAMESPACE, labels=AMBIENT_LABEL),
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=gone)
            ),
        )
        for obj in manifests(args.settings.registry):
            kind, meta = obj["kind"], obj["metadata"]
            role = meta["name"].removeprefix("bookinfo-")
            _KINDS[kind](
                f"{name}-{role}-{kind.lower()}",
                metadata=inventory.metadata(
                    meta["name"],
                    namespace=BOOKINFO_NAMESPACE,
                    within=namespace.metadata["name"],
                    labels=meta.get("labels"),
                    annotations=meta.get("annotations"),
                ),
                **({"spec": obj["spec"]} if "spec" in obj else {}),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    custom_timeouts=pulumi.CustomTimeouts(create=ready, update=ready, delete=gone),
                ),
            )
        self.register_outputs({})
