"""A machine for each test."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud.machines.keys import key_pair
from tests.machines.sshd import Machine, machine


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A machine and the key that opens it."""

    machine: Machine
    private_key: str


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    private, public = key_pair()
    with machine(tmp_path / "machine", public) as running:
        yield Opened(machine=running, private_key=private)
