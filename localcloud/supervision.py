"""The supervisor of a world as a process: starting it, and ending it with all that it started."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from localcloud import watch
from localcloud.paths import CHECKOUT
from localcloud.processes import Identity, stop, wait_gone
from localcloud.watch import WorldError

ATTEMPTS: Final = 3
"""A port that was free may be taken before the process that was given it listens on it."""
_LOST_PORT: Final = "address already in use"
_ENDING_SECONDS: Final = 30
"""A supervisor ends a plane within a second or two; a loaded machine may need many times that."""


def may_try_again(error: BaseException, attempt: int) -> bool:
    """Whether a start that failed may succeed with other ports; attempts count from 0."""
    lost = isinstance(error, WorldError) and _LOST_PORT in str(error)
    return lost and attempt < ATTEMPTS - 1


def launch(directory: Path) -> "subprocess.Popen[bytes]":
    """Start the supervisor of a world whose files are written; logs of last time are put aside."""
    logs = directory / "logs"
    logs.mkdir(exist_ok=True)
    for log in logs.glob("*.log"):
        put_aside(log)
    with (logs / "supervisor.log").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "localcloud.supervisor", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            # Ctrl-C is for whoever waits; the supervisor is told by its owner's end.
            start_new_session=True,
        )


def end(directory: Path, process: "subprocess.Popen[bytes] | None") -> bool:
    """End the supervisor of a world and every process of its planes; False: nothing ran.

    Args:
        directory: of the world.
        process: the supervisor, where this process started it.
    """
    running = watch.supervisor(directory)
    if running is None and process is not None and process.poll() is None:
        running = Identity.of(process.pid)  # it has not published itself yet
    if running is not None and (found := running.process()) is not None:
        found.terminate()
        if not wait_gone(running, _ENDING_SECONDS):
            stop([running])
    if process is not None:
        process.wait()
    # What a supervisor that was killed left behind, where the kernel did not end it.
    processes = watch.status(directory).get("processes", {})
    entries = [entry for plane in processes.values() for entry in plane.values()]
    left = [Identity.read(entry) for entry in entries if "started" in entry]
    alive = [identity for identity in left if identity.process() is not None]
    stop(alive)
    (directory / "supervisor.json").unlink(missing_ok=True)
    return running is not None or bool(alive)


def put_aside(log: Path) -> None:
    """Keep a log under another name: each tells of one start, and of the last one that is kept."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
