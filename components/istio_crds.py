"""Which CRDs of a cluster the Helm route makes, and which it finds and leaves alone."""

from typing import Final

from components import gateway_crds
from components.naming import BASE_RELEASE, ISTIO_NAMESPACE
from components.ownership import Inventory, Key
from components.settings import Settings
from components.versions import release

CRD: Final = "CustomResourceDefinition"


def looked_at(settings: Settings) -> set[Key]:
    """Return what must be known of a cluster besides: its CRDs, which are used as they are."""
    if settings.mesh.install != "helm":
        return set()
    return {
        (CRD, "", name) for name in gateway_crds.names(release(settings.mesh_version).gateway_api)
    }


def own(inventory: Inventory, version: str) -> list[str]:
    """Return the CRDs of the Gateway API that are this stack's to make and to upgrade.

    Those that carry its mark, in any case. Those that are missing, unless somebody else has made
    the others: bundles are not to be mixed, and a cloud that keeps them reverts what it is given.
    """
    wanted = gateway_crds.names(version)
    marked = [name for name in wanted if inventory.owns((CRD, "", name))]
    there = [name for name in wanted if (CRD, "", name) in inventory.found]
    return list(wanted) if len(marked) == len(there) else marked


def foreign(inventory: Inventory) -> list[str]:
    """Return Istio's CRDs that are there and belong to no release of ours: they are left alone."""
    ours = {
        "meta.helm.sh/release-name": BASE_RELEASE,
        "meta.helm.sh/release-namespace": ISTIO_NAMESPACE,
    }
    return [
        name
        for (kind, _, name), meta in inventory.found.items()
        if kind == CRD
        and name.endswith(".istio.io")
        and not ours.items() <= (meta.get("annotations") or {}).items()
    ]
