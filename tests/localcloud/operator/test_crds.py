"""CRDs that a mesh of a version brings along."""

from pathlib import Path

import pytest

from localcloud.crds import crds
from localcloud.families import direct, module_folder
from localcloud.paths import CHECKOUT

GATEWAY_API = "sigs.k8s.io/gateway-api"
ANNOTATION = "    gateway.networking.k8s.io/bundle-version: {}\n"


def crd(name: str, annotation: str = "") -> str:
    head = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n"
    annotations = f"  annotations:\n{annotation}" if annotation else ""
    return f"{head}{annotations}  name: {name}\nspec:\n  names:\n    kind: X\n"


def pinned(folder: str, module: str, modules: Path) -> tuple[Path, str]:
    version = direct((CHECKOUT / "tools" / folder / "go.mod").read_text())[module]
    return module_folder(module, version, modules), version


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """Return a cache of modules with small files where the real ones are."""
    for folder in ("crds", "crds-gateway-api-1.3"):
        module, version = pinned(folder, GATEWAY_API, tmp_path)
        for channel in ("standard", "experimental"):
            made = module / "config/crd" / channel
            made.mkdir(parents=True)
            text = f"# licence\n---\n{crd(f'gateways.{channel}', ANNOTATION.format(version))}"
            (made / "gateway.networking.k8s.io_gateways.yaml").write_text(text)
            (made / "kustomization.yaml").write_text("kind: Kustomization\n")
    istio = pinned("crds", "istio.io/api", tmp_path)[0] / "kubernetes"
    istio.mkdir(parents=True)
    text = f"# generated\n---\n{crd('a.istio.io')}---\nkind: Other\n---\n{crd('b.istio.io')}"
    (istio / "customresourcedefinitions.gen.yaml").write_text(text)
    return tmp_path


def test_every_crd_of_both_modules_is_there_once_and_as_it_was_written(modules: Path) -> None:
    found = crds("1.28.3-patch0", modules)

    assert [item.name for item in found] == ["gateways.standard", "a.istio.io", "b.istio.io"]
    assert found[1].text.strip() == crd("a.istio.io").strip()


@pytest.mark.parametrize(
    ("mesh", "folder"),
    [
        ("1.26.2", "crds-gateway-api-1.3"),
        ("1.27.2-patch0", "crds-gateway-api-1.3"),
        ("1.28.3-patch0", "crds"),
        ("1.31.0", "crds"),
    ],
)
def test_the_gateway_api_is_that_of_the_meshs_version(
    modules: Path, mesh: str, folder: str
) -> None:
    _, version = pinned(folder, GATEWAY_API, modules)

    assert [item.bundle for item in crds(mesh, modules)] == [version, "", ""]


def test_modules_that_were_not_downloaded_are_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="is missing: run `make tools`"):
        crds("1.28.3", tmp_path)


@pytest.mark.planes
@pytest.mark.parametrize(("mesh", "bundle"), [("1.26.2", "v1.3."), ("1.28.3-patch0", "v1.4.")])
def test_the_real_files_have_what_a_mesh_needs(mesh: str, bundle: str) -> None:
    found = {item.name: item.bundle for item in crds(mesh)}

    gateway_api = [found[name] for name in found if name.endswith(".gateway.networking.k8s.io")]
    assert len(gateway_api) >= 5
    assert all(version.startswith(bundle) for version in gateway_api)
    assert found["serviceentries.networking.istio.io"] == ""
    assert "workloadentries.networking.istio.io" in found
