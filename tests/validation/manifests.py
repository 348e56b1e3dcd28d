"""The manifests that a mesh sends to its clusters, taken from the recorder."""

from collections.abc import Iterable
from typing import Any, Final

from tests.engine import Recorder

Manifest = dict[str, Any]

GROUPS: Final = (
    "networking.istio.io",
    "security.istio.io",
    "telemetry.istio.io",
    "gateway.networking.k8s.io",
)
"""API groups of Istio and of the Gateway API."""

_KUBERNETES: Final = "kubernetes:"
_OF_PULUMI: Final = ("helm.sh/", "yaml:", "yaml/", "kustomize:")


def group(manifest: Manifest) -> str:
    """Return the API group of an object; empty for those of Kubernetes' core."""
    return str(manifest["apiVersion"]).rpartition("/")[0]


def by_cluster(mesh: Recorder) -> dict[str, list[Manifest]]:
    """Return every object that is registered whole, by the provider that takes it to its cluster.

    Patches are left out: alone they are no object that anything could judge.
    """
    found: dict[str, list[Manifest]] = {}
    for name, request in mesh.seen.items():
        token = request.type.removeprefix(_KUBERNETES)
        if token == request.type or token.startswith(_OF_PULUMI) or token.endswith("Patch"):
            continue
        inputs = mesh.inputs(name)
        provider = mesh.provider(name)
        assert provider is not None, f"{name} has no provider of its own"
        found.setdefault(provider, []).append(_whole(inputs))
    return found


def mesh_kinds(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Return those of Istio and the Gateway API."""
    return [manifest for manifest in manifests if group(manifest) in GROUPS]


def _whole(value: Any) -> Any:
    """Return JSON as it is sent: the protocol has no integers, and an API server wants them."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
