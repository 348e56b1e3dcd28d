"""CRDs of the Gateway API and of Istio, read from their Go modules; never committed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.paths import GO_MODULES

GATEWAY_API: Final = {
    "1.26": "v1.3.0",
    "1.27": "v1.3.0",
    "1.28": "v1.4.1",
    "1.29": "v1.4.1",
}
"""Gateway API version of an Istio minor version, as on Istio's release branches."""

ISTIO_API: Final = "v1.31.4"

MODULES: Final = (
    *(f"sigs.k8s.io/gateway-api@{version}" for version in sorted(set(GATEWAY_API.values()))),
    f"istio.io/api@{ISTIO_API}",
)
"""What ``go mod download`` must bring; ``tools/crds/go.sum`` has their sums."""


def _documents(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        for document in yaml.load_all(path.read_text("utf-8"), yaml.CSafeLoader):
            if document and document.get("kind") == "CustomResourceDefinition":
                yield document


def crds(mesh_version: str, modules: Path = GO_MODULES) -> list[dict[str, Any]]:
    """Return every CRD that a mesh of this version brings along."""
    minor = ".".join(mesh_version.split(".")[:2])
    gateway_api = GATEWAY_API.get(minor, GATEWAY_API[max(GATEWAY_API)])
    standard = modules / "sigs.k8s.io" / f"gateway-api@{gateway_api}" / "config/crd/standard"
    istio = modules / "istio.io" / f"api@{ISTIO_API}" / "kubernetes"
    files = [*sorted(standard.glob("gateway.networking.k8s.io_*.yaml"))]
    return list(_documents([*files, istio / "customresourcedefinitions.gen.yaml"]))
