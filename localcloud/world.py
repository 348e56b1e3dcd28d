"""A world: N control planes under one supervisor, in one folder."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from localcloud import nodes
from localcloud.api import Api, ApiError
from localcloud.handle import PlaneHandle
from localcloud.paths import BIN, CHECKOUT
from localcloud.plane import Plane
from localcloud.prepare import check_names, prepare
from localcloud.processes import Identity, stop, tail, wait_gone
from localcloud.spec import read_spec

START_SECONDS: Final = 90.0
"""Two planes take about 8 s on two idle cores; a loaded CI machine may need many times that."""
ATTEMPTS: Final = 3
"""A port that was free may be taken before the process that was given it listens on it."""
_LOST_PORT: Final = "address already in use"


class WorldError(Exception):
    """A world could not do what was asked; the message has the tail of the right log."""


class NotRunning(WorldError):  # noqa: N818 a state of the world, told to the user as such
    """There is no supervisor for this world."""


class World:
    """N planes in a folder. As a context manager it ends with the block, or with this process.

    Args:
        directory: for everything of this world.
        planes: names, each a DNS label.
        scenario: scenario file with delays and faults; None leaves the one in the folder, if any.
        binaries: folder with etcd, the Kubernetes binaries and kwok.

    Raises:
        WorldError: the names are not DNS labels, or not different.
    """

    def __init__(
        self,
        directory: Path,
        planes: Sequence[str] = ("cluster1", "cluster2"),
        scenario: Path | None = None,
        binaries: Path = BIN,
    ) -> None:
        if wrong := check_names(planes):
            raise WorldError(wrong)
        self.directory = directory
        self.names = tuple(planes)
        self.scenario = scenario
        self.binaries = binaries
        self.planes: dict[str, Plane] = {}

    @classmethod
    def attach(cls, directory: Path) -> "World":
        """Return a handle on a running world.

        Raises:
            NotRunning: when no supervisor runs for it.
        """
        if _supervisor(directory) is None:
            raise NotRunning(f"no control plane runs in {directory}: make up starts them")
        spec = read_spec(directory)
        world = cls(directory, tuple(spec.ports), binaries=Path(spec.binaries))
        world.planes = {plane.name: plane for plane in spec.planes(directory)}
        return world

    def __enter__(self) -> Self:
        """Start; the supervisor ends with this process at the latest."""
        self.start(owned=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.stop()

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig with a context ``local-<plane>`` for every plane."""
        return self.directory / "kubeconfig"

    def plane(self, name: str) -> PlaneHandle:
        """Return a handle on one plane."""
        plane = self.planes[name]
        return PlaneHandle(plane, self._request, lambda: self._wait_ready([plane]))

    def start(self, *, owned: bool = False) -> bool:
        """Start every plane and wait until it is ready. What was there before is taken up again.

        Args:
            owned: whether everything ends with this process.

        Returns:
            False when just these planes run already and nothing was done.

        Raises:
            WorldError: with the tail of the log of whatever ended instead.
        """
        with self._lock():
            if not owned and self.runs():
                self.planes = World.attach(self.directory).planes
                self._wait_ready(list(self.planes.values()))
                return False
            self._stop()
            for attempt in range(ATTEMPTS):
                try:
                    self._start(owned=owned, fresh_ports=attempt > 0)
                except BaseException as error:
                    self._stop()
                    lost = isinstance(error, WorldError) and _LOST_PORT in str(error)
                    if not lost or attempt == ATTEMPTS - 1:
                        raise
                else:
                    break
        return True

    def stop(self) -> bool:
        """Stop everything that runs for this world; its data stays. False: nothing ran."""
        with self._lock():
            return self._stop()

    def status(self) -> dict[str, Any]:
        """Return what the supervisor published last; empty when it has not yet."""
        try:
            text = (self.directory / "supervisor.json").read_text(encoding="utf-8")
            found: dict[str, Any] = json.loads(text)
        except (OSError, ValueError):
            return {}
        return found

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def runs(self) -> bool:
        """Whether just these planes run, all well, in this scenario."""
        try:
            running = World.attach(self.directory)
        except NotRunning:
            return False
        dead = [
            entry
            for processes in running.status().get("processes", {}).values()
            for entry in processes.values()
            if "exit" in entry
        ]
        return set(running.names) == set(self.names) and not dead and self._plays_scenario()

    def _plays_scenario(self) -> bool:
        # Delays of pods are read when a plane starts.
        if self.scenario is None:
            return True
        target = self.directory / "scenario.yaml"
        return target.exists() and target.read_bytes() == self.scenario.read_bytes()

    def _start(self, *, owned: bool, fresh_ports: bool) -> None:
        spec = prepare(
            self.directory,
            self.names,
            binaries=self.binaries,
            owner=Identity.of(os.getpid()).as_dict() if owned else {},
            scenario=self.scenario,
            fresh_ports=fresh_ports,
        )
        self.planes = {plane.name: plane for plane in spec.planes(self.directory)}
        logs = self.directory / "logs"
        logs.mkdir(exist_ok=True)
        # A log tells of one start: an old error at its end would be taken for the new one.
        for log in logs.glob("*.log"):
            log.replace(log.with_suffix(".log.1"))
        with (logs / "supervisor.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localcloud.supervisor", str(self.directory)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
                # Ctrl-C is for whoever waits; the supervisor is told by its owner's end.
                start_new_session=True,
            )
        self._wait_ready(list(self.planes.values()))
        for plane in self.planes.values():
            nodes.register(Api(plane.kubeconfig), plane.name)
        apis = [Api(plane.kubeconfig) for plane in self.planes.values()]
        self._wait(lambda: all(map(nodes.are_ready, apis)), "kwok's nodes are not ready")

    def _stop(self) -> bool:
        running = _supervisor(self.directory)
        if running is None and self._process is not None and self._process.poll() is None:
            running = Identity.of(self._process.pid)  # it has not published itself yet
        if running is not None and (process := running.process()) is not None:
            process.terminate()
            if not wait_gone(running, 30):
                stop([running])
        if self._process is not None:
            self._process.wait()
            self._process = None
        # What a supervisor that was killed left behind, where the kernel did not end it.
        processes = self.status().get("processes", {})
        entries = [entry for plane in processes.values() for entry in plane.values()]
        left = [Identity.read(entry) for entry in entries if "started" in entry]
        alive = [identity for identity in left if identity.process() is not None]
        stop(alive)
        (self.directory / "supervisor.json").unlink(missing_ok=True)
        return running is not None or bool(alive)

    def _request(self, verb: str, plane: str, process: str) -> None:
        """Ask the supervisor to kill or start a process, and wait until it has."""
        folder = self.directory / "requests"
        folder.mkdir(exist_ok=True)
        path = folder / f"{time.monotonic_ns()}.json"
        text = json.dumps({"verb": verb, "plane": plane, "process": process})
        scratch = path.with_suffix(".tmp")
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
        deadline = time.monotonic() + START_SECONDS
        while path.exists():
            if _supervisor(self.directory) is None or time.monotonic() > deadline:
                path.unlink(missing_ok=True)
                raise WorldError(f"the supervisor does not {verb} {process} of {plane}")
            time.sleep(0.02)

    def _wait_ready(self, planes: Sequence[Plane]) -> None:
        """Wait until these planes' API servers and controllers are ready."""
        for plane in planes:
            log = self.directory / "logs" / f"{plane.name}-kube-apiserver.log"
            self._wait(partial(self._is_ready, plane), f"{plane.name} is not ready", log)

    def _wait(self, until: Callable[[], bool], otherwise: str, log: Path | None = None) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not until():
            self._raise_on_death()
            if time.monotonic() > deadline:
                more = f"\n{log}:\n{tail(log)}" if log else ""
                raise WorldError(f"{otherwise} after {START_SECONDS:.0f} s{more}")
            time.sleep(0.05)

    def _is_ready(self, plane: Plane) -> bool:
        if plane.name not in self.status().get("ready", []):
            return False
        try:
            api = Api(plane.kubeconfig)
            api.get("/readyz")
            return api.find("/api/v1/namespaces/default/serviceaccounts/default") is not None
        except ApiError:
            return False

    def _raise_on_death(self) -> None:
        logs = self.directory / "logs"
        for plane, processes in self.status().get("processes", {}).items():
            for process, entry in processes.items():
                if "exit" in entry and not entry["asked"]:
                    log = logs / f"{plane}-{process}.log"
                    raise WorldError(
                        f"{process} of {plane} ended with code {entry['exit']}\n{log}:\n{tail(log)}"
                    )
        if self._process is not None and self._process.poll() is not None:
            log = logs / "supervisor.log"
            raise WorldError(f"the supervisor ended\n{log}:\n{tail(log)}")

    _process: "subprocess.Popen[bytes] | None" = None


def _supervisor(directory: Path) -> Identity | None:
    try:
        text = (directory / "supervisor.json").read_text(encoding="utf-8")
        identity = Identity.read(json.loads(text))
    except (OSError, ValueError, KeyError):
        return None
    return identity if identity.process() else None
