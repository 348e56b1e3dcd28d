"""Planes that come and go while a world runs: the others do not notice, and nothing is left."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from localcloud.api import ApiError
from localcloud.operator.sides import Board
from localcloud.processes import Identity
from localcloud.spec import read_spec
from localcloud.world import NotRunning, World, WorldError

pytestmark = pytest.mark.planes

CHECKOUT = Path(__file__).resolve().parents[2]
ADD = "import sys; from pathlib import Path; from localcloud.world import World; "
ADD += "World.attach(Path(sys.argv[1])).add(sys.argv[2])"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), planes=()) as running:
        yield running


def processes(world: World, plane: str) -> list[Identity]:
    return [Identity.read(e) for e in world.status()["processes"].get(plane, {}).values()]


def contexts(world: World) -> list[str]:
    content = yaml.safe_load(world.kubeconfig.read_text("utf-8"))
    return [item["name"] for item in content["contexts"]]


def adding(world: World, plane: str) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-c", ADD, str(world.directory), plane]
    return subprocess.Popen(argv, cwd=CHECKOUT)  # noqa: S603 the code is this file's


def test_a_world_begins_with_no_plane(world: World) -> None:
    again = World.attach(world.directory)

    assert again.planes == {}
    assert world.status()["processes"] == {}


def test_two_processes_add_planes_at_the_same_time_and_a_third_process_takes_one_away(
    world: World,
) -> None:
    first = World.attach(world.directory).add("early")
    before = processes(world, "early")

    both = [adding(world, "one"), adding(world, "two")]
    assert [process.wait(100) for process in both] == [0, 0]

    assert sorted(contexts(world)) == ["local-early", "local-one", "local-two"]
    assert processes(world, "early") == before, "nothing that ran was touched"
    for name in ("one", "two"):
        ready = world.plane(name).api().items("/api/v1/nodes")
        assert len(ready) == 3
    spec = read_spec(world.directory)
    assert sorted(spec.indexes.values()) == [0, 1, 2]

    gone = processes(world, "one")
    assert World.attach(world.directory).remove("one") is True

    assert len(gone) == 6
    assert not [identity for identity in gone if identity.process()]
    assert not (world.directory / "planes" / "one").exists()
    assert sorted(contexts(world)) == ["local-early", "local-two"]
    assert first.api().get("/readyz") == "ok"
    assert processes(world, "early") == before
    left = json.dumps(vars(read_spec(world.directory)))
    assert '"one"' not in left
    assert World.attach(world.directory).remove("one") is False
    for name in ("early", "two"):
        World.attach(world.directory).remove(name)
    assert not list((world.directory / "planes").iterdir())


def test_what_comes_again_under_an_old_name_has_nothing_of_the_old(world: World) -> None:
    plane = World.attach(world.directory).add("again")
    plane.api().create("/api/v1/namespaces", {"metadata": {"name": "old"}})
    old = plane.kubeconfig.read_bytes()
    World.attach(world.directory).remove("again")

    plane = World.attach(world.directory).add("again")

    assert plane.api().find("/api/v1/namespaces/old") is None
    assert plane.kubeconfig.read_bytes() != old
    api = plane.api()
    other = World.attach(world.directory).add("other")
    World.attach(world.directory).remove("again")
    with pytest.raises(ApiError):
        api.get("/readyz")
    assert other.api().get("/readyz") == "ok"
    World.attach(world.directory).remove("other")


def test_the_simulated_controllers_see_who_comes_and_who_goes(world: World) -> None:
    running = World.attach(world.directory)
    running.add("east")
    running.add("west")
    board = Board(world.directory / "planes", "east")
    side = world.directory / "planes" / "west" / "side.json"
    _until(side.exists)
    assert [other.plane for other in board.others()] == ["west"]

    running.remove("west")

    assert board.others() == ()
    running.remove("east")


def test_a_world_that_stops_takes_up_all_planes_that_were_added(tmp_path: Path) -> None:
    world = World(tmp_path, planes=())
    world.start()
    try:
        plane = world.add("kept")
        plane.api().create("/api/v1/namespaces", {"metadata": {"name": "mine"}})
        kubeconfig = plane.kubeconfig.read_bytes()
        world.stop()
        with pytest.raises(NotRunning):
            world.add("more")

        world.start()
        taken = World.attach(tmp_path).add("kept")

        assert taken.api().find("/api/v1/namespaces/mine")
        assert taken.kubeconfig.read_bytes() == kubeconfig, "its address is in states"
        assert World(tmp_path, planes=("kept", "third")).start() is True
        assert sorted(World.attach(tmp_path).planes) == ["kept", "third"]
        assert World(tmp_path, planes=("third",)).start() is False, "what else runs is left alone"
        assert sorted(World.attach(tmp_path).planes) == ["kept", "third"]
    finally:
        world.stop()


def test_a_plane_that_does_not_come_up_is_out_again(tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for name in ("etcd", "kube-apiserver"):
        (binaries / name).write_text("#!/bin/sh\necho the reason; exit 3\n", "utf-8")
        (binaries / name).chmod(0o755)
    with World(tmp_path / "world", planes=(), binaries=binaries) as world:
        with pytest.raises(WorldError, match=r"ended with code 3(.|\n)*the reason"):
            World.attach(world.directory).add("broken")

        assert World.attach(world.directory).planes == {}
        assert not list((world.directory / "planes").iterdir())
        with pytest.raises(WorldError, match="not a DNS label"):
            World.attach(world.directory).add("Not_One")


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
