"""Locks between the runs of one checkout."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path, waiting: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock file; the kernel lets go of it however this process ends.

    Args:
        path: the file; made when missing.
        waiting: is said once when somebody else holds it.
        say: is given that line.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
