"""What a pull request is told of a mesh that runs, by the engine's own plans of changes to it.

One mesh of two clusters comes up; every change is only previewed, and told of.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from components.versions import DEFAULT_MESH_VERSION
from tests.integration.reported import Told, told
from tests.integration.rig import Rig

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO: Final = ["cluster1", "cluster2"]
THREE: Final = [*TWO, "cluster3"]
NEWER: Final = "1.28.4-patch0"
SHOP: Final[dict[str, Any]] = {"name": "shop", "create": True}

Preview = Callable[..., Told]


def configure(rig: Rig, clusters: list[str], shop: dict[str, Any], **values: Any) -> None:
    rig.configure(clusters, bookinfo={"enabled": False}, namespaces=[SHOP | shop], **values)


@pytest.fixture(scope="module")
def mesh(rig: Rig) -> Rig:
    """Return two clusters that run, with an empty namespace that spans none."""
    configure(rig, TWO, {})
    rig.run("up")
    return rig


@pytest.fixture
def preview(mesh: Rig, tmp_path: Path) -> Preview:
    """Return what tells of a change to the mesh that runs."""

    def preview(
        clusters: list[str] = TWO, shop: dict[str, Any] | None = None, body: str = "", **values: Any
    ) -> Told:
        configure(mesh, clusters, shop or {}, **values)
        return told(mesh.run("preview"), tmp_path, body)

    return preview


def test_nothing(preview: Preview) -> None:
    found = preview()

    assert found.code == 0
    assert found.headline == "⚪ **Nothing changes."


def test_one_label(preview: Preview) -> None:
    found = preview(shop={"scope": "global"})

    assert found.code == 0
    assert found.headline.startswith(
        "🟡 **Namespace `shop` of `cluster1` and `cluster2` becomes global"
    )
    assert "solo.io/service-scope" in found.comment


def test_a_cluster_that_joins(preview: Preview) -> None:
    found = preview(THREE)

    assert found.code == 0
    assert found.headline == (
        "🟢 **`cluster3` joins the mesh of 2 clusters with 4 links; nothing that runs is touched."
    )
    assert "4 links added" in found.comment


def test_a_cluster_that_leaves_must_be_named(preview: Preview) -> None:
    found = preview(["cluster1"])

    assert found.code == 1
    assert found.headline == (
        "🔴 **`cluster2` leaves the mesh of 2 clusters and takes along 2 links: calls to it end."
    )
    assert "\nDeletes: cluster2\n" in found.comment
    assert preview(["cluster1"], body="Deletes: cluster2").code == 0


def test_another_version(preview: Preview) -> None:
    found = preview(meshVersion=NEWER)

    assert found.code == 0
    said = f"🟡 **Mesh version {DEFAULT_MESH_VERSION} → {NEWER} in 2 clusters: istiod, then CNI"
    assert found.headline.replace("\\", "").startswith(said)


def test_another_root_must_be_named(preview: Preview) -> None:
    found = preview(trust={"rootValidityDays": 3000})

    assert found.code == 1
    assert found.headline.startswith(
        "🔴 **The root certificate is replaced: every link breaks until istiod and ztunnel have"
    )
    assert "Replaces: " in found.comment


def test_the_mesh_is_as_it_was(mesh: Rig) -> None:
    configure(mesh, TWO, {})

    mesh.run("preview", "--expect-no-changes")
