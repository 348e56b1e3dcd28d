"""A world: any number of control planes under one supervisor, in one folder."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from localcloud import watch
from localcloud.handle import PlaneHandle
from localcloud.paths import BIN, CHECKOUT
from localcloud.plane import PROCESSES, Plane
from localcloud.prepare import check_names, enter, forget, leave, prepare
from localcloud.processes import Identity, stop, wait_gone
from localcloud.spec import Spec, read_spec
from localcloud.watch import NotRunning, Watch, WorldError

__all__ = ["NotRunning", "World", "WorldError"]

ATTEMPTS: Final = 3
"""A port that was free may be taken before the process that was given it listens on it."""
_LOST_PORT: Final = "address already in use"


class World:
    """Planes in a folder. As a context manager it ends with the block, or with this process.

    While it runs, planes come (``add``) and go for ever (``remove``), and the others do not notice;
    whoever does that holds a lock, so that several processes may.

    Args:
        directory: for everything of this world.
        planes: names, each a DNS label; none is a supervisor that waits for the first.
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
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def attach(cls, directory: Path) -> "World":
        """Return a handle on a running world.

        Raises:
            NotRunning: when no supervisor runs for it.
        """
        if watch.supervisor(directory) is None:
            raise NotRunning(f"no control plane runs in {directory}: make up starts them")
        spec = read_spec(directory)
        world = cls(directory, tuple(spec.ports), binaries=Path(spec.binaries))
        world._know(spec)
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
        """Return a handle on one plane, also where another process has added it."""
        if name not in self.planes:
            self._know(read_spec(self.directory))
        plane = self.planes[name]

        def request(verb: str, plane: str, process: str) -> None:
            watch.ask(self.directory, verb, plane, process)

        return PlaneHandle(plane, request, lambda: self._watch.ready([plane]))

    def start(self, *, owned: bool = False) -> bool:
        """Have every plane, ready. What was there before is taken up again.

        Where the world runs already, what is missing is added, and what else is there is left
        alone; it starts anew where a process has died, or in another scenario.

        Args:
            owned: whether everything ends with this process.

        Returns:
            False when the planes run already and nothing was done.

        Raises:
            WorldError: with the tail of the log of whatever ended instead.
        """
        with self._lock():
            running = None if owned else self._running()
            if running is None:
                self._stop()
                self._start_anew(owned=owned)
                return True
            missing = [name for name in self.names if name not in running.planes]
            self.planes = running.planes
        self._watch.ready([self.planes[name] for name in self.names if name in self.planes])
        for name in missing:
            self.add(name)
        return bool(missing)

    def stop(self) -> bool:
        """Stop everything that runs for this world; its data stays. False: nothing ran."""
        with self._lock():
            return self._stop()

    def add(self, name: str) -> PlaneHandle:
        """Take a plane into the running world and wait until it is ready and has its nodes.

        What it had before, it keeps; where it runs already, it is only waited for.

        Raises:
            NotRunning: there is no supervisor that could start it.
            WorldError: with the tail of the log of whatever ended instead; it is out again then,
                and where it is new nothing is left of it.
        """
        if wrong := check_names([name]):
            raise WorldError(wrong)
        for attempt in range(ATTEMPTS):
            is_new = not (self.directory / "planes" / name).exists()
            entered = self._enter(name)
            try:
                self._watch.usable([self.planes[name]])
            except BaseException as error:
                if entered:
                    self._leave(name, for_ever=is_new)
                lost = isinstance(error, WorldError) and _LOST_PORT in str(error)
                if not entered or not lost or attempt == ATTEMPTS - 1:
                    raise
            else:
                break
        return self.plane(name)

    def remove(self, name: str) -> bool:
        """Let a plane go, and everything that it had; False: there was none.

        Its processes are gone, its folder, its ports and its networks: a plane of that name that is
        added later knows nothing of it.
        """
        return self._leave(name, for_ever=True)

    def _enter(self, name: str) -> bool:
        """Have the plane started; False: it was already."""
        with self._lock():
            self._require_running()
            spec = read_spec(self.directory)
            if name in spec.ports:
                self._know(spec)
                return False
            # A log tells of one start: an old error at its end would be taken for the new one.
            for process in PROCESSES:
                _put_aside(self.directory / "logs" / f"{name}-{process}.log")
            self._know(enter(self.directory, [name]))
            watch.ask(self.directory, "add", name)
            return True

    def _leave(self, name: str, *, for_ever: bool) -> bool:
        with self._lock():
            if not (self.directory / "world.json").exists():
                return False
            had = name in read_spec(self.directory).ports
            if watch.supervisor(self.directory) is not None:
                watch.ask(self.directory, "remove", name)
            leave(self.directory, name)
            if for_ever:
                had = forget(self.directory, name) or had
            self._know(read_spec(self.directory))
            return had

    def _require_running(self) -> None:
        if watch.supervisor(self.directory) is None:
            raise NotRunning(f"no supervisor runs in {self.directory}: make up starts it")

    def _know(self, spec: Spec) -> None:
        self.planes = {plane.name: plane for plane in spec.planes(self.directory)}

    def status(self) -> dict[str, Any]:
        """Return what the supervisor published last; empty when it has not yet."""
        return watch.status(self.directory)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def missing(self) -> list[str] | None:
        """Return the planes that ``start`` would add; None where it would start all of them."""
        running = self._running()
        if running is None:
            return None
        return [name for name in self.names if name not in running.planes]

    def _running(self) -> "World | None":
        """Return the world as it runs: all well, and in this scenario."""
        try:
            running = World.attach(self.directory)
        except NotRunning:
            return None
        return running if self._plays_scenario() and not watch.dead(self.directory) else None

    def _plays_scenario(self) -> bool:
        # Delays of pods are read when a plane starts.
        if self.scenario is None:
            return True
        target = self.directory / "scenario.yaml"
        return target.exists() and target.read_bytes() == self.scenario.read_bytes()

    def _start_anew(self, *, owned: bool) -> None:
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

    def _start(self, *, owned: bool, fresh_ports: bool) -> None:
        spec = prepare(
            self.directory,
            self.names,
            binaries=self.binaries,
            owner=Identity.of(os.getpid()).as_dict() if owned else {},
            scenario=self.scenario,
            fresh_ports=fresh_ports,
        )
        self._know(spec)
        logs = self.directory / "logs"
        logs.mkdir(exist_ok=True)
        for log in logs.glob("*.log"):
            _put_aside(log)
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
        self._watch.supervised()
        self._watch.usable(list(self.planes.values()))

    def _stop(self) -> bool:
        running = watch.supervisor(self.directory)
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

    @property
    def _watch(self) -> Watch:
        return Watch(self.directory, self._process)


def _put_aside(log: Path) -> None:
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
