"""Which objects a stack makes in a cluster, by name, before anything is registered.

Registrations are sent also when the program fails (``run_pulumi_func`` in pulumi's runtime/stack.py
waits for them), so that whatever must keep `up` from touching a cluster has to be known first.
"""

from components.bookinfo import manifests
from components.naming import (
    BOOKINFO_NAMESPACE,
    CA_SECRET,
    EAST_WEST_GATEWAY,
    GATEWAY_NAMESPACE,
    ISTIO_NAMESPACE,
    MESH_CONTROLLER,
    OPERATOR_NAMESPACE,
    peer_gateway,
)
from components.ownership import Key
from components.settings import ClusterSettings, Settings


def objects(settings: Settings, cluster: ClusterSettings) -> frozenset[Key]:
    """Return the objects of a stack in one cluster, but for those of Helm, which guards its own."""
    gateways = [EAST_WEST_GATEWAY]
    gateways += [peer_gateway(c.network) for c in settings.clusters if c.name != cluster.name]
    found: set[Key] = {
        ("Namespace", "", ISTIO_NAMESPACE),
        ("Namespace", "", OPERATOR_NAMESPACE),
        ("Namespace", "", GATEWAY_NAMESPACE),
        ("Secret", ISTIO_NAMESPACE, CA_SECRET),
        ("ServiceMeshController", "", MESH_CONTROLLER),
        *(("Gateway", GATEWAY_NAMESPACE, name) for name in gateways),
    }
    if settings.bookinfo.enabled:
        found.add(("Namespace", "", BOOKINFO_NAMESPACE))
        found |= {
            (obj["kind"], BOOKINFO_NAMESPACE, obj["metadata"]["name"])
            for obj in manifests(settings.bookinfo.registry)
        }
    return frozenset(found)
