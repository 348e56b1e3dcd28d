"""Looks at a running world: who supervises it, what it says, and waiting until it is so."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from localcloud import nodes
from localcloud.api import Api, ApiError
from localcloud.plane import Plane
from localcloud.processes import Identity, tail

START_SECONDS: Final = 90.0
"""Two planes take about 8 s on two idle cores; a loaded CI machine may need many times that."""
_POLL_SECONDS: Final = 0.05


class WorldError(Exception):
    """A world could not do what was asked; the message has the tail of the right log."""


class NotRunning(WorldError):  # noqa: N818 a state of the world, told to the user as such
    """There is no supervisor for this world."""


def supervisor(directory: Path) -> Identity | None:
    """Return the supervisor of a world; None where none runs or it has not published itself."""
    try:
        text = (directory / "supervisor.json").read_text(encoding="utf-8")
        identity = Identity.read(json.loads(text))
    except (OSError, ValueError, KeyError):
        return None
    return identity if identity.process() else None


def status(directory: Path) -> dict[str, Any]:
    """Return what the supervisor published last; empty when it has not yet."""
    try:
        text = (directory / "supervisor.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):
        return {}
    return found


def dead(directory: Path) -> list[str]:
    """Return the planes of which a process has ended, asked to or not."""
    return [
        plane
        for plane, processes in status(directory).get("processes", {}).items()
        if any("exit" in entry for entry in processes.values())
    ]


def ask(directory: Path, verb: str, plane: str, process: str = "") -> None:
    """Ask the supervisor for something, and wait until it is done.

    Args:
        directory: of the world.
        verb: ``kill`` or ``start`` a process, ``add`` or ``remove`` a whole plane.
        plane: its name.
        process: empty where the verb is about the plane.

    Raises:
        WorldError: no supervisor runs, or it does not answer.
    """
    folder = directory / "requests"
    folder.mkdir(exist_ok=True)
    path = folder / f"{time.monotonic_ns()}-{os.getpid()}.json"
    text = json.dumps({"verb": verb, "plane": plane, "process": process})
    scratch = path.with_suffix(".tmp")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
    deadline = time.monotonic() + START_SECONDS
    while path.exists():
        if supervisor(directory) is None or time.monotonic() > deadline:
            path.unlink(missing_ok=True)
            what = f"{process} of {plane}" if process else f"plane {plane}"
            raise WorldError(f"the supervisor does not {verb} {what}")
        time.sleep(0.02)


class Watch:
    """Waits for a world.

    Args:
        directory: of the world.
        process: the supervisor, where this process started it.
    """

    def __init__(self, directory: Path, process: "subprocess.Popen[bytes] | None" = None) -> None:
        self.directory = directory
        self.process = process

    def supervised(self) -> None:
        """Wait until the supervisor has published itself."""
        there = lambda: supervisor(self.directory) is not None  # noqa: E731 read where it is used
        self.until(there, "the supervisor has not published itself", [])

    def ready(self, planes: Sequence[Plane]) -> None:
        """Wait until these planes' API servers and controllers are ready."""
        names = [plane.name for plane in planes]
        for plane in planes:
            log = self.directory / "logs" / f"{plane.name}-kube-apiserver.log"
            self.until(partial(self._is_ready, plane), f"{plane.name} is not ready", names, log)

    def usable(self, planes: Sequence[Plane]) -> None:
        """Wait until these planes are ready and have nodes, which are registered where needed."""
        self.ready(planes)
        apis = [Api(plane.kubeconfig) for plane in planes]
        for api, plane in zip(apis, planes, strict=True):
            nodes.register(api, plane.name)
        names = [plane.name for plane in planes]
        self.until(lambda: all(map(nodes.are_ready, apis)), "kwok's nodes are not ready", names)

    def until(
        self,
        holds: Callable[[], bool],
        otherwise: str,
        planes: Sequence[str],
        log: Path | None = None,
    ) -> None:
        """Wait until something holds.

        Args:
            holds: asked again and again.
            otherwise: what is said when it does not.
            planes: those whose processes must live; no others are looked at.
            log: its end is said too.

        Raises:
            WorldError: it does not hold in time, or a process has ended instead.
        """
        deadline = time.monotonic() + START_SECONDS
        while not holds():
            self.raise_on_death(planes)
            if time.monotonic() > deadline:
                more = f"\n{log}:\n{tail(log)}" if log else ""
                raise WorldError(f"{otherwise} after {START_SECONDS:.0f} s{more}")
            time.sleep(_POLL_SECONDS)

    def _is_ready(self, plane: Plane) -> bool:
        if plane.name not in status(self.directory).get("ready", []):
            return False
        try:
            api = Api(plane.kubeconfig)
            api.get("/readyz")
            return api.find("/api/v1/namespaces/default/serviceaccounts/default") is not None
        except ApiError:
            return False

    def raise_on_death(self, planes: Sequence[str]) -> None:
        """Raise when a process of these planes, or the supervisor, has ended unasked."""
        logs = self.directory / "logs"
        processes = status(self.directory).get("processes", {})
        for plane in planes:
            for process, entry in processes.get(plane, {}).items():
                if "exit" in entry and not entry["asked"]:
                    log = logs / f"{plane}-{process}.log"
                    raise WorldError(
                        f"{process} of {plane} ended with code {entry['exit']}\n{log}:\n{tail(log)}"
                    )
        if self.process is not None and self.process.poll() is not None:
            log = logs / "supervisor.log"
            raise WorldError(f"the supervisor ended\n{log}:\n{tail(log)}")
