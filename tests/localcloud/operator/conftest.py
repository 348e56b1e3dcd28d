"""Two planes for the tests of the simulated operator that need real API servers."""

from collections.abc import Callable, Iterator

import pytest

from localcloud.world import World
from tests.localcloud.operator.authorities import Root
from tests.localcloud.operator.mesh import Cluster, Pair

Scenario = Callable[[str], None]


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), planes=("cluster1", "cluster2")) as running:
        yield running


@pytest.fixture(scope="package")
def before(world: World) -> dict[str, set[str]]:
    """Return what is in each plane's etcd before anything is made."""
    return {name: world.plane(name).etcd_keys() for name in world.names}


@pytest.fixture(scope="package")
def made(world: World, before: dict[str, set[str]]) -> Pair:
    assert all(before.values())
    return Pair(Cluster(world, "cluster1"), Cluster(world, "cluster2"), Root())


@pytest.fixture
def pair(made: Pair) -> Pair:
    """Two connected clusters; what a test before this one removed is made again."""
    made.up()
    made.connected()
    return made


@pytest.fixture
def scenario(world: World, pair: Pair) -> Iterator[Scenario]:
    """Return what gives a scenario to the world; it ends with the test."""
    file = world.directory / "scenario.yaml"

    def give(text: str) -> None:
        # A peer that the scenario keeps apart tells that the planes have read it.
        file.write_text(text, encoding="utf-8")
        for own, other in ((pair.one, pair.two), (pair.two, pair.one)):
            if f"{own.name}: {{peer: never" in text:
                own.broken(other.name, "SimulatedFault")

    yield give
    file.unlink()
