"""Which planes a running world has: one comes or goes, and the others do not notice.

Whoever changes that holds the world's lock, so that several processes may.
"""

import fcntl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud import prepare, watch
from localcloud.plane import PROCESSES
from localcloud.spec import Spec, read_spec
from localcloud.supervision import put_aside
from localcloud.watch import NotRunning


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a world, which is made where there is none."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def enter(directory: Path, name: str, lasting: Collection[str]) -> tuple[bool, Spec]:
    """Have a plane started; return whether it was not yet, and what the world then consists of.

    Args:
        directory: of the world.
        name: of the plane.
        lasting: planes whose API servers are found where they were, or not at all.

    Raises:
        NotRunning: there is no supervisor that could start it.
        WorldError: the supervisor does not.
    """
    with locked(directory):
        if watch.supervisor(directory) is None:
            raise NotRunning(f"no supervisor runs in {directory}: make up starts it")
        spec = read_spec(directory)
        if name in spec.ports:
            return False, spec
        # A log tells of one start: an old error at its end would be taken for the new one.
        for process in PROCESSES:
            put_aside(directory / "logs" / f"{name}-{process}.log")
        spec = prepare.enter(directory, [name], lasting)
        watch.ask(directory, "add", name)
        return True, spec


def leave(directory: Path, name: str, *, for_ever: bool) -> bool:
    """Let a plane go, with everything that it had if it is for ever; False: there was none."""
    with locked(directory):
        if not (directory / "world.json").exists():
            return False
        had = name in read_spec(directory).ports
        if watch.supervisor(directory) is not None:
            watch.ask(directory, "remove", name)
        prepare.leave(directory, name)
        if for_ever:
            had = prepare.forget(directory, name) or had
        return had
