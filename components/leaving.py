"""Namespaces that a run takes away, and what others have put into them. Reads only.

The engine tells policies what comes and what stays, but never what goes. The program knows it of
namespaces, for each carries the stack's mark: one that does and is not planned is about to go, with
all that is in it. docs/decisions/0011-policies.md has the alternatives.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from components import plan
from components.access import Access
from components.charts import PLATFORM_CHARTS
from components.istio_helm import CHARTS
from components.live import Unreachable
from components.naming import (
    GATEWAY_API_RELEASE,
    ISTIO_NAMESPACE,
    MANAGEMENT_NAMESPACE,
    OPERATOR_NAMESPACE,
    OPERATOR_RELEASE,
    OWNER_ANNOTATION,
    ROOT_CONFIG_MAP,
)
from components.settings import Settings

WORK: Final[Mapping[str, str]] = {
    "Deployment": "apps/v1/{}/deployments",
    "StatefulSet": "apps/v1/{}/statefulsets",
    "DaemonSet": "apps/v1/{}/daemonsets",
    "CronJob": "batch/v1/{}/cronjobs",
    "Job": "batch/v1/{}/jobs",
    "Pod": "v1/{}/pods",
    "PersistentVolumeClaim": "v1/{}/persistentvolumeclaims",
    "Service": "v1/{}/services",
    "Gateway": "gateway.networking.k8s.io/v1/{}/gateways",
    "HTTPRoute": "gateway.networking.k8s.io/v1/{}/httproutes",
}
"""What somebody would miss, by kind."""
DATA: Final[Mapping[str, str]] = {
    "ConfigMap": "v1/{}/configmaps",
    "Secret": "v1/{}/secrets",
}
"""Likewise, but where charts keep their own without saying so."""
CONTROLLERS: Final = frozenset({ISTIO_NAMESPACE, MANAGEMENT_NAMESPACE, OPERATOR_NAMESPACE})
"""Where they do."""
RELEASES: Final = frozenset({OPERATOR_RELEASE, GATEWAY_API_RELEASE, *PLATFORM_CHARTS, *CHARTS})
EVERYWHERE: Final = frozenset({"kube-root-ca.crt", ROOT_CONFIG_MAP})
"""ConfigMaps that controllers put into every namespace."""
_TOKEN: Final = "kubernetes.io/service-account.name"  # noqa: S105 the name of an annotation
MOST_NAMED: Final = 5
"""Objects of one namespace that are named; the others are counted."""


def path(collection: str, namespace: str) -> str:
    """Return the API path of a collection of ``WORK`` or ``DATA``."""
    root = "/api" if collection.startswith("v1/") else "/apis"
    return f"{root}/{collection.format(f'namespaces/{namespace}')}"


def is_foreign(meta: Mapping[str, Any], owner: str) -> bool:
    """Whether an object is neither the stack's, nor its charts', nor any controller's own."""
    annotations, labels = meta.get("annotations") or {}, meta.get("labels") or {}
    if mark := annotations.get(OWNER_ANNOTATION):
        return bool(mark != owner)
    if meta.get("ownerReferences") or meta.get("deletionTimestamp") or _TOKEN in annotations:
        return False
    release = annotations.get("meta.helm.sh/release-name") or (
        labels.get("name") if labels.get("owner") == "helm" else ""
    )
    return release not in RELEASES and meta.get("name") not in EVERYWHERE


def going(settings: Settings, access: Access) -> list[str]:
    """Return the namespaces of a cluster that carry the stack's mark and are not planned."""
    inventory = access.inventory
    planned = plan.objects(settings, inventory.cluster)
    return sorted(
        key[2]
        for key in inventory.found
        if key[0] == "Namespace" and inventory.owns(key) and key not in planned
    )


def _listed(names: list[str]) -> list[str]:
    more = len(names) - MOST_NAMED
    return [*names[:MOST_NAMED], f"{more} more"] if more > 0 else names


async def _foreign(access: Access, namespace: str) -> list[str]:
    kinds = {**WORK} if namespace in CONTROLLERS else {**WORK, **DATA}
    items = await asyncio.gather(
        *(access.reader.metadata(path(kinds[kind], namespace)) for kind in kinds)
    )
    owner = access.inventory.owner
    return [
        f"{kind} {meta.get('name')}"
        for kind, found in zip(kinds, items, strict=True)
        for meta in found
        if is_foreign(meta, owner)
    ]


async def _look(settings: Settings, access: Access) -> Access:
    try:
        names = going(settings, access)
        found = await asyncio.gather(*(_foreign(access, name) for name in names))
    except Unreachable:
        return access
    lost = {name: _listed(objects) for name, objects in zip(names, found, strict=True) if objects}
    return replace(access, lost=lost)


async def look(settings: Settings, accesses: Iterable[Access]) -> dict[str, Access]:
    """Return every cluster with what of others' would be lost in it; nobody is asked if none goes.

    A cluster that does not answer any more says nothing.
    """
    found = await asyncio.gather(*(_look(settings, access) for access in accesses))
    return {access.inventory.cluster: access for access in found}
