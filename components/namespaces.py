"""Namespaces and services that join the mesh, in one cluster: the stack's own and adopted ones.

What the stack does not make it patches: labels and annotations by server-side apply, as a field
manager of its own that is named after the stack. Nothing is taken from another writer, and a
destroy gives back exactly what was set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.meta.v1 import ObjectMetaPatchArgs

from components import membership
from components.cluster import Cluster
from components.gates import after, once
from components.naming import field_manager
from components.ownership import Inventory, Key
from components.settings import NamespaceSettings, Settings

MANAGER_ANNOTATION: Final = "pulumi.com/patchFieldManager"
"""Names the field manager. The provider's own choice is random and only in the state: what a killed
engine had set would then be held by nobody that a later run knows."""

SKIP_AWAIT: Final = {"pulumi.com/skipAwait": "true"}
"""A service that has no pods yet is its owner's affair."""


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the namespaces that the stack makes in one cluster."""
    return {
        ("Namespace", "", entry.name)
        for _, entry in membership.entries(settings, site)
        if entry.create
    }


def looked_at(settings: Settings, site: str) -> set[Key]:
    """Return where services may be found that are adopted as soon as somebody makes them."""
    return {
        ("Service", entry.name, "")
        for _, entry in membership.entries(settings, site)
        if membership.is_ours(settings, entry)
    }


def patched_annotations(owner: str, annotations: Mapping[str, str]) -> dict[str, str]:
    """Return the annotations of a patch."""
    return {MANAGER_ANNOTATION: field_manager(owner), **annotations}


def patched_services(
    settings: Settings, entry: NamespaceSettings, inventory: Inventory
) -> list[str]:
    """Return the services of an entry that are patched.

    In a namespace of the stack they can only come after it: those that are not there yet are left
    out until a later run finds them.
    """
    names = [
        service.name
        for service in membership.adopted_services(settings, entry)
        if membership.service_labels(entry, service.name)
        or membership.service_annotations(entry, service.name)
    ]
    if not membership.is_ours(settings, entry) or inventory.unreachable:
        return names
    return [name for name in names if ("Service", entry.name, name) in inventory.found]


def any_in(settings: Settings, site: str) -> bool:
    """Whether a cluster has namespaces or services that are not Bookinfo's own."""
    return any(
        not membership.is_bookinfos(settings, entry) or membership.adopted_services(settings, entry)
        for _, entry in membership.entries(settings, site)
    )


@dataclass(frozen=True, kw_only=True)
class NamespacesArgs:
    """Which cluster, and the stack's entries."""

    cluster: Cluster
    settings: Settings
    mesh: pulumi.Output[str]
    """Known once the mesh is ready. Labels go before it does: an istiod that dies first leaves
    behind what it made of them."""


class Namespaces(pulumi.ComponentResource):
    """Every namespace and service of ``namespaces`` in one cluster, but for Bookinfo's own."""

    names: Mapping[str, pulumi.Output[str]]
    """Each namespace, once it is labelled."""

    def __init__(
        self, name: str, args: NamespacesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Namespaces", name, None, opts)
        self._name, self._args = name, args
        names: dict[str, pulumi.Output[str]] = {}
        for _, entry in membership.entries(args.settings, args.cluster.name):
            if not membership.is_bookinfos(args.settings, entry):
                names[entry.name] = self._namespace(entry)
            self._services(entry, names.get(entry.name))
        self.names = names
        self.register_outputs({})

    def _namespace(self, entry: NamespaceSettings) -> pulumi.Output[str]:
        inventory, settings = self._args.cluster.inventory, self._args.settings
        labels: Any = after(self._args.mesh, membership.namespace_labels(entry))
        annotations = membership.namespace_annotations(entry)
        # A dot, which no name has: cluster a-namespaces and namespace x are not a and namespaces-x.
        called = f"{self._name}-namespace.{entry.name}"
        if not entry.create:
            patch = k8s.core.v1.NamespacePatch(
                called,
                metadata=ObjectMetaPatchArgs(
                    name=entry.name,
                    labels=labels,
                    annotations=patched_annotations(inventory.owner, annotations),
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            return once(patch.urn, entry.name)
        gone = f"{settings.timeouts.deletion}s"
        made = k8s.core.v1.Namespace(
            called,
            metadata=inventory.metadata(entry.name, labels=labels, annotations=annotations),
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=gone)
            ),
        )
        return once(made.urn, entry.name)

    def _pass_over(self, entry: NamespaceSettings, name: str) -> None:
        cluster = self._args.cluster
        if ("Service", entry.name, name) not in cluster.inventory.found:
            pulumi.log.info(
                f"{cluster.name}: Service {entry.name}/{name} is not there yet; the first `up`"
                " after somebody made it sets its labels",
                resource=self,
            )

    def _services(self, entry: NamespaceSettings, within: pulumi.Output[str] | None) -> None:
        cluster, settings = self._args.cluster, self._args.settings
        found = patched_services(settings, entry, cluster.inventory)
        for service in membership.adopted_services(settings, entry):
            if service.name not in found:
                self._pass_over(entry, service.name)
                continue
            labels: Any = after(self._args.mesh, membership.service_labels(entry, service.name))
            annotations = membership.service_annotations(entry, service.name) | SKIP_AWAIT
            k8s.core.v1.ServicePatch(
                f"{self._name}-service.{entry.name}.{service.name}",
                metadata=ObjectMetaPatchArgs(
                    name=service.name,
                    namespace=entry.name if within is None else within,
                    labels=labels,
                    annotations=patched_annotations(cluster.inventory.owner, annotations),
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
