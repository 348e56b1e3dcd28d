"""Worlds are started by the tests that need them and stopped also when those fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.world import World
from tests.integration.rig import Rig, make_stack

PLANES = ("cluster1", "cluster2", "cluster3")


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three planes, shared by all stories of a worker: each leaves them as it found them."""
    with World(tmp_path_factory.mktemp("world"), planes=PLANES) as running:
        yield running


@pytest.fixture(scope="module")
def rig(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """Give every module a stack of its own, destroyed at the end also when its story broke."""
    home: Path = tmp_path_factory.mktemp("stack")
    rig = Rig(world=world, stack=make_stack("test", home))
    try:
        yield rig
    finally:
        if rig.stack.config_file.exists():
            rig.stack.run("destroy")
