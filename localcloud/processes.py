"""Processes that are surely ours: known by pid and start time, for pids are used again."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL: an API server closes its watches, etcd its file."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Identity:
    """A process, for longer than its pid is its own."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Identity":
        """Return the identity of a running process.

        Raises:
            psutil.NoSuchProcess: when there is none.
        """
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Identity":
        """Return what ``as_dict`` wrote."""
        return cls(int(data["pid"]), float(data["started"]))

    def as_dict(self) -> dict[str, Any]:
        """Return the identity as JSON."""
        return asdict(self)

    def process(self) -> psutil.Process | None:
        """Return the process, or None where it is gone or the pid is somebody else's."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < 0.01  # noqa: PLR2004 clock ticks
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def _die_with_parent() -> None:
    # However the supervisor ends, the kernel ends what it started. Linux only; elsewhere the next
    # start recognises what is left over and stops it.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Ctrl-C in a terminal reaches the whole group: the supervisor decides who ends when.
    os.setpgrp()


def spawn(argv: list[str], log: Path, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a process that ends with this one, with its output appended to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
            # Safe: the supervisor has one thread.
            preexec_fn=_die_with_parent,  # noqa: PLW1509
        )


def stop(identities: Iterable[Identity]) -> None:
    """End processes: asked first, then killed. Strangers under a recycled pid are left alone."""
    alive = [found for found in (identity.process() for identity in identities) if found]
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(alive, timeout=GRACE)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=GRACE)


def wait_gone(identity: Identity, seconds: float) -> bool:
    """Wait until a process is gone; False if it is still there after ``seconds``."""
    deadline = time.monotonic() + seconds
    while identity.process() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"
