"""Fixed names of the mesh's objects, and names derived from configuration keys.

Nothing here depends on a position in a list: adding or reordering clusters renames nothing.
"""

import hashlib

PROJECT = "ambientmesh"
"""The name in ``Pulumi.yaml``, before the keys of every stack file and in every mark."""

ISTIO_NAMESPACE = "istio-system"
GATEWAY_NAMESPACE = "istio-gateways"
OPERATOR_NAMESPACE = "gloo-system"
BOOKINFO_NAMESPACE = "bookinfo"
MANAGEMENT_NAMESPACE = "gloo-mesh"
"""The plane's charts, secrets and KubernetesClusters, in every cluster. Its certificates and the
defaults of its charts are made for this name."""
EGRESS_NAMESPACE = "istio-egress"

CA_SECRET = "cacerts"  # noqa: S105 the name of a Secret, fixed by istiod
OPERATOR_RELEASE = "gloo-operator"
EXTENSIONS_CONFIG_MAP = "gloo-extensions-config"
"""In the operator's namespace: what it adds to its values of Istio's charts. There is only one."""
MESH_CONTROLLER = "istio"
LICENSE_SECRET = "solo-istio-license"  # noqa: S105 the name of a Secret
CRITICAL_PODS_QUOTA = "gcp-critical-pods"
GATEWAY_API_RELEASE = "gateway-api"
BASE_RELEASE = "istio-base"
ISTIOD_RELEASE = "istiod"
CNI_RELEASE = "istio-cni"
ZTUNNEL_RELEASE = "ztunnel"
WORKLOADS = {
    ISTIOD_RELEASE: ("deployments", "Deployment", "istiod"),
    CNI_RELEASE: ("daemonsets", "DaemonSet", "istio-cni-node"),
    ZTUNNEL_RELEASE: ("daemonsets", "DaemonSet", "ztunnel"),
}
"""What each of Istio's releases is ready with: its collection, kind and name."""
EAST_WEST_GATEWAY = "istio-eastwest"
EGRESS_GATEWAY = "egress-gateway"

ROOT_CONFIG_MAP = "istio-ca-root-cert"
"""In every namespace, kept by istiod: the root that workloads there trust."""

NETWORK_LABEL = "topology.istio.io/network"
CLUSTER_LABEL = "topology.istio.io/cluster"
OWNER_ANNOTATION = "ambientmesh.dev/owner"
ROOT_ANNOTATION = "ambientmesh.dev/root"
"""On ``cacerts`` under a root that was given: its fingerprint."""

MAX_LABEL = 63
"""Characters of a label's value."""

MAX_MANAGER = 128
"""Characters of a field manager's name that an API server accepts."""

MAX_NAME = 40
"""Longest cluster or network name. A peer Gateway is called ``istio-remote-peer-<network>``, and
istiod copies that name into label values, which Kubernetes limits to 63 characters."""


def peer_gateway(network: str) -> str:
    """Return the name ``istioctl multicluster link`` gives to the peer Gateway of a network."""
    return f"istio-remote-peer-{network}"


def link_name(source: str, target: str) -> str:
    """Return the key of the directed link from one cluster to another."""
    return f"{source}-to-{target}"


def field_manager(owner: str) -> str:
    """Return the field manager of a stack's patches: its mark, within the API server's limit."""
    if len(owner) <= MAX_MANAGER:
        return owner
    return f"{owner[: MAX_MANAGER - 9]}-{hashlib.sha256(owner.encode()).hexdigest()[:8]}"


def owner(organization: str, project: str, stack: str) -> str:
    """Return the mark that every object of a stack carries in ``OWNER_ANNOTATION``."""
    return f"{organization}/{project}/{stack}"


def is_marked_by(mark: str, stack: str) -> bool:
    """Whether a mark is that of a stack, seen from outside the program.

    Args:
        mark: what ``owner`` has returned.
        stack: as the user writes it: ``stack``, ``organization/stack``, or the full name. Which
            organization a stack without one is in, only the engine knows: then any will do.
    """
    *organization, name = stack.split("/")
    wanted = [*organization[:1], PROJECT, name]
    return mark.split("/")[-len(wanted) :] == wanted


def host_objects(host: str) -> str:
    """Return the name of what belongs to an external host: the host, or its beginning and a hash.

    Names of up to 63 characters may be copied into labels by whoever acts on the objects.
    """
    if len(host) <= MAX_LABEL:
        return host
    return f"{host[:54].rstrip('-.')}-{hashlib.sha256(host.encode()).hexdigest()[:8]}"


def within(text: str, limit: int) -> str:
    """Return a name of at most ``limit`` characters: the text, or its beginning and a hash."""
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text[: limit - 7].rstrip('-.')}-{digest}"
