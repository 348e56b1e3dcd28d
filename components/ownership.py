"""Whose an object is: the proof that lets ``up`` finish what an interrupted run began.

Every object carries ``OWNER_ANNOTATION`` with the stack's full name. An object that is already in a
cluster under a planned name is ours only if it says so. Then a create is an apply, and a killed
engine leaves nothing to mend by hand; anything else is refused before anything is touched.
``docs/decisions/0003-ownership.md`` has the alternatives.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.live import Reader, Unreachable
from components.naming import OWNER_ANNOTATION

FORCE: Final = {"pulumi.com/patchForce": "true"}
"""What is ours and was changed by another writer is taken back by the `up` that shows it in its
preview; without this it ends in a conflict that names the writer (pulumi-kubernetes#2352)."""

ISTIOCTL: Final = "istioctl"
"""The field manager of what ``istioctl multicluster expose`` and ``link`` make."""

SWITCH: Final = "run pulumi destroy --target '**-eastwest-gateway' --target-dependents"
"""Takes all Gateways of the links away, in whichever mode they were made."""

Key = tuple[str, str, str]
"""Kind, namespace (empty for cluster-scoped kinds) and name."""

_CORE = "/api/v1"
_GATEWAY_API = "/apis/gateway.networking.k8s.io/v1"
KINDS: Final[Mapping[str, str]] = {
    "Namespace": f"{_CORE}/namespaces",
    "Secret": f"{_CORE}/secrets",
    "Service": f"{_CORE}/services",
    "ServiceAccount": f"{_CORE}/serviceaccounts",
    "ConfigMap": f"{_CORE}/configmaps",
    "ResourceQuota": f"{_CORE}/resourcequotas",
    "Deployment": "/apis/apps/v1/deployments",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "Gateway": f"{_GATEWAY_API}/gateways",
    "HTTPRoute": f"{_GATEWAY_API}/httproutes",
    "ServiceEntry": "/apis/networking.istio.io/v1/serviceentries",
    "DestinationRule": "/apis/networking.istio.io/v1/destinationrules",
    "AuthorizationPolicy": "/apis/security.istio.io/v1/authorizationpolicies",
    "ServiceMeshController": "/apis/operator.gloo.solo.io/v1/servicemeshcontrollers",
    "KubernetesCluster": "/apis/admin.gloo.solo.io/v2/kubernetesclusters",
}
"""Collections by kind. Every kind that a stack makes is here, or it could not be guarded."""


def collection(kind: str, namespace: str) -> str:
    """Return the API path of the objects of a kind; ``namespace`` is empty for cluster-scoped."""
    group, _, plural = KINDS[kind].rpartition("/")
    return f"{group}/namespaces/{namespace}/{plural}" if namespace else f"{group}/{plural}"


def managers(meta: Mapping[str, Any]) -> set[str]:
    """Return who has written to an object, its status aside."""
    entries = meta.get("managedFields") or []
    return {str(entry.get("manager")) for entry in entries if not entry.get("subresource")}


@dataclass(kw_only=True)
class Inventory:
    """What a cluster already holds under the kinds and namespaces of the mesh."""

    cluster: str
    owner: str
    found: Mapping[Key, Mapping[str, Any]] = field(default_factory=dict)
    unreachable: str = ""
    """Why the cluster could not be asked; empty if it was."""

    def metadata(
        self,
        name: str,
        *,
        namespace: str = "",
        within: pulumi.Input[str] | None = None,
        labels: Mapping[str, Any] | None = None,
        annotations: Mapping[str, Any] | None = None,
    ) -> ObjectMetaArgs:
        """Return the metadata of an object of this stack.

        ``within`` is the namespace once more, as the output of the object that makes it: the data
        edge that orders the two.
        """
        return ObjectMetaArgs(
            name=name,
            namespace=(namespace or None) if within is None else within,
            labels=dict(labels) if labels else None,
            annotations={OWNER_ANNOTATION: self.owner, **FORCE, **(annotations or {})},
        )

    def owns(self, key: Key) -> bool:
        """Whether an object exists and carries this stack's mark."""
        annotations = self.found.get(key, {}).get("annotations") or {}
        return bool(annotations.get(OWNER_ANNOTATION) == self.owner)


async def take(cluster: str, owner: str, reader: Reader, planned: Iterable[Key]) -> Inventory:
    """Return the inventory of a cluster: of the kinds and namespaces that are planned.

    A cluster that does not answer has an empty one that says why: a preview goes on without it.
    """
    # Namespaces in any case: they tell clusters apart, and whose a cluster's Helm releases are.
    wanted = {("Namespace", ""), *((kind, namespace) for kind, namespace, _ in planned)}

    async def listed(kind: str, namespace: str) -> dict[Key, Mapping[str, Any]]:
        items = await reader.metadata(collection(kind, namespace))
        return {(kind, namespace, str(item.get("name"))): item for item in items}

    try:
        parts = await asyncio.gather(*(listed(*where) for where in sorted(wanted)))
    except Unreachable as error:
        return Inventory(cluster=cluster, owner=owner, unreachable=str(error))
    found = {key: value for part in parts for key, value in part.items()}
    return Inventory(cluster=cluster, owner=owner, found=found)


def twins(inventories: Iterable[Inventory]) -> list[str]:
    """Return a line for every Kubernetes cluster that two clusters of the mesh turn out to be.

    They would carry the same mark and overwrite each other's objects without a word. A namespace
    that every cluster has, and nobody can remove, tells them apart.
    """
    names: dict[str, list[str]] = {}
    for inventory in inventories:
        uid = inventory.found.get(("Namespace", "", "kube-system"), {}).get("uid")
        if uid:
            names.setdefault(str(uid), []).append(inventory.cluster)
    return [
        f"{' and '.join(same)} are the same Kubernetes cluster; allowed: a cluster of its own for"
        " each; fix: mend their context, or the kubeconfig behind it"
        for same in names.values()
        if len(same) > 1
    ]


def unfinished_releases(inventory: Inventory, namespace: str, release: str) -> dict[str, bool]:
    """Return Helm's records of a release, each with whether it is ``pending-…``.

    Helm refuses to install over a record it finds, and to upgrade over one that is pending: nobody
    finishes those but whoever was killed. Without its record a release is installed again, and Helm
    adopts the objects by its own annotations on them. A finished record is left behind too, when
    the run ended between Helm's last write and the state's: only the state can tell.

    Args:
        inventory: of the cluster; only a namespace that carries our mark is looked at.
        namespace: of the release.
        release: its name.
    """
    if not inventory.owns(("Namespace", "", namespace)):
        return {}
    labels = {
        name: meta.get("labels") or {}
        for (kind, where, name), meta in inventory.found.items()
        if kind == "Secret" and where == namespace
    }
    return {
        name: str(found.get("status", "")).startswith("pending-")
        for name, found in sorted(labels.items())
        if found.get("owner") == "helm" and found.get("name") == release
    }


def holders(inventory: Inventory, planned: Iterable[Key]) -> dict[Key, str]:
    """Return every planned object that exists and is not this stack's, with the mark it carries."""
    return {
        key: str((inventory.found[key].get("annotations") or {}).get(OWNER_ANNOTATION) or "")
        for key in sorted(planned)
        if key in inventory.found and not inventory.owns(key)
    }


def neighbour(owner: str, taken: Mapping[str, Mapping[Key, str]]) -> str:
    """Return one line for objects that are all of one other stack of this project, else nothing.

    Args:
        owner: this stack's mark.
        taken: what ``holders`` has found, by cluster.
    """
    first, *more = [mark for found in taken.values() for mark in found.values()] or [""]
    if not more or set(more) != {first} or first.rpartition("/")[0] != owner.rpartition("/")[0]:
        return ""
    other = first.rpartition("/")[2]
    counted = ", ".join(f"{len(found)} in {name}" for name, found in taken.items() if found)
    return (
        f"stack {other} is up in the same clusters ({counted}); allowed: one stack in a cluster;"
        f" fix: name other clusters, or take it away: pulumi destroy --stack {other}"
        f" (on local planes: make destroy STACK={other}); if it is this one, renamed:"
        " docs/operations.md"
    )


def conflicts(inventory: Inventory, planned: Iterable[Key]) -> list[str]:
    """Return a line for every planned object that exists and is not this stack's."""
    lines = []
    for key, holder in holders(inventory, planned).items():
        kind, namespace, name = key
        where = f"{namespace}/{name}" if namespace else name
        if kind == "Gateway" and not holder and ISTIOCTL in managers(inventory.found[key]):
            lines.append(
                f"{inventory.cluster}: Gateway {where} exists and was made by istioctl; allowed:"
                " one mode for a Gateway; fix: if this stack made it, set links.mode: istioctl,"
                f" {SWITCH}, and set links.mode: declarative again; if it did not, delete it"
            )
            continue
        lines.append(
            f"{inventory.cluster}: {kind} {where} exists and belongs to"
            f" {f'stack {holder}' if holder else 'somebody else'};"
            " allowed: names that are free; fix: name another cluster, take it over by setting"
            f" annotation {OWNER_ANNOTATION}={inventory.owner}, or delete it"
        )
    return lines
