"""CRDs of the Gateway API and of Istio: files of their Go modules, which are never committed.

``tools/crds*/go.mod`` pin the versions; ``localcloud.tools`` downloads them, checked by go.sum.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localcloud.families import direct, module_folder
from localcloud.paths import CHECKOUT, GO_MODULES

GATEWAY_API_PINS: Final = {"1.26": "crds-gateway-api-1.3", "1.27": "crds-gateway-api-1.3"}
"""Folder under ``tools`` with the Gateway API of an Istio minor version; of all others ``crds``.

Istio's release branches require v1.3 up to 1.27 and v1.4 from 1.28 (go.mod of istio/istio).
"""

_GATEWAY_API: Final = "sigs.k8s.io/gateway-api"
_ISTIO: Final = "istio.io/api"
_NAME: Final = re.compile(r"^  name: (\S+)$", re.MULTILINE)
_BUNDLE: Final = re.compile(
    r"^    gateway\.networking\.k8s\.io/bundle-version: (\S+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Crd:
    """A CRD as its authors wrote it: parsing 1.6 MB of YAML would cost a second and 60 MB."""

    name: str
    text: str

    @property
    def bundle(self) -> str:
        """Version of the Gateway API that it belongs to; empty for others."""
        found = _BUNDLE.search(self.text)
        return found[1] if found else ""


def crds(mesh_version: str, modules: Path = GO_MODULES) -> list[Crd]:
    """Return every CRD that a mesh of this version, for example ``1.28.3-patch0``, brings along.

    Raises:
        FileNotFoundError: the modules were not downloaded.
    """
    minor = ".".join(mesh_version.split(".")[:2])
    gateway_api = _folder(GATEWAY_API_PINS.get(minor, "crds"), _GATEWAY_API, modules)
    files = sorted((gateway_api / "config/crd/standard").glob("gateway.networking.k8s.io_*.yaml"))
    return [crd for path in (*files, istio_file(modules)) for crd in _split(path)]


def istio_file(modules: Path = GO_MODULES) -> Path:
    """Return the file with Istio's CRDs, which are one for all versions here.

    Raises:
        FileNotFoundError: the module was not downloaded.
    """
    folder = _folder("crds", _ISTIO, modules)
    return folder / "kubernetes" / "customresourcedefinitions.gen.yaml"


def _folder(pin: str, module: str, modules: Path) -> Path:
    go_mod = (CHECKOUT / "tools" / pin / "go.mod").read_text(encoding="utf-8")
    folder = module_folder(module, direct(go_mod)[module], modules)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is missing: run `make tools`")
    return folder


def _split(path: Path) -> Iterator[Crd]:
    for text in re.split(r"^---$", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if "\nkind: CustomResourceDefinition\n" in text and (name := _NAME.search(text)):
            yield Crd(name[1], text)
