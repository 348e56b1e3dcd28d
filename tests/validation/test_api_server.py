"""Every manifest of a mesh with everything on, asked of real API servers without being stored.

What istioctl passes unread, routes and Gateways, is judged here: by the schemas and CEL rules of
the CRDs that the mesh version brings along, with unknown fields refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from components import versions
from localcloud.world import World
from tests import mesh
from tests.validation import samples
from tests.validation.judge import Judge
from tests.validation.manifests import by_cluster, mesh_kinds

pytestmark = pytest.mark.planes

PLANES = {"seed": "1.26.2", "newest": versions.DEFAULT_MESH_VERSION}


@dataclass(frozen=True)
class Bench:
    """A judge, and the mesh version whose CRDs it has."""

    judge: Judge
    version: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), planes=tuple(PLANES)) as running:
        yield running


@pytest.fixture(scope="module", params=PLANES)
def bench(request: pytest.FixtureRequest, world: World) -> Bench:
    version = PLANES[request.param]
    return Bench(Judge(world.plane(request.param).api(), version), version)


@pytest.mark.parametrize("install", ["operator", "helm"])
def test_the_api_server_would_store_every_manifest(bench: Bench, install: str) -> None:
    settings = mesh.everywhere(meshVersion=bench.version, mesh={"install": install})
    clusters = by_cluster(mesh.build(settings))
    assert clusters
    for manifests in clusters.values():
        assert mesh_kinds(manifests), "a cluster without a single object of the mesh"
        assert bench.judge.refusals(mesh_kinds(manifests)) == []


def test_right_samples_would_be_stored(bench: Bench) -> None:
    assert bench.judge.refusals(samples.RIGHT) == []


@pytest.mark.parametrize("fault", samples.WRONG_FOR_THE_API)
def test_what_the_schemas_forbid_is_reported(bench: Bench, fault: str) -> None:
    assert len(bench.judge.refusals([samples.WRONG_FOR_THE_API[fault]])) == 1
