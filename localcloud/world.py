"""A world: any number of control planes under one supervisor, in one folder."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from localcloud import prepare, roster, supervision, watch
from localcloud.handle import PlaneHandle
from localcloud.known import Known
from localcloud.paths import BIN
from localcloud.processes import Identity
from localcloud.spec import read_spec
from localcloud.watch import NotRunning, WorldError

__all__ = ["NotRunning", "World", "WorldError"]


class World(Known):
    """Planes in a folder. As a context manager it ends with the block, or with this process.

    While it runs, planes come (``add``) and go for ever (``remove``), and the others do not notice;
    whoever does that holds a lock, so that several processes may.

    Args:
        directory: for everything of this world.
        planes: names, each a DNS label; none is a supervisor that waits for the first.
        scenario: scenario file with delays and faults; None leaves the one in the folder, if any.
        binaries: folder with etcd, the Kubernetes binaries and kwok.
        lasting: planes that do not start where their API servers cannot be found as before.

    Raises:
        WorldError: the names are not DNS labels, or not different.
    """

    def __init__(
        self,
        directory: Path,
        planes: Sequence[str] = ("cluster1", "cluster2"),
        scenario: Path | None = None,
        binaries: Path = BIN,
        lasting: Collection[str] = (),
    ) -> None:
        if wrong := prepare.check_names(planes):
            raise WorldError(wrong)
        super().__init__(directory)
        self.names = tuple(planes)
        self.scenario = scenario
        self.binaries = binaries
        self.lasting = tuple(lasting)

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
        with roster.locked(self.directory):
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
        with roster.locked(self.directory):
            return self._stop()

    def add(self, name: str) -> PlaneHandle:
        """Take a plane into the running world and wait until it is ready and has its nodes.

        What it had before, it keeps; where it runs already, it is only waited for.

        Raises:
            NotRunning: there is no supervisor that could start it.
            WorldError: with the tail of the log of whatever ended instead; it is out again then,
                and where it is new nothing is left of it.
        """
        if wrong := prepare.check_names([name]):
            raise WorldError(wrong)
        for attempt in range(supervision.ATTEMPTS):
            is_new = not (self.directory / "planes" / name).exists()
            entered, spec = roster.enter(self.directory, name, self.lasting)
            self._know(spec)
            try:
                self._watch.usable([self.planes[name]])
            except BaseException as error:
                if entered:
                    self._leave(name, for_ever=is_new)
                if not entered or not supervision.may_try_again(error, attempt):
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

    def _leave(self, name: str, *, for_ever: bool) -> bool:
        had = roster.leave(self.directory, name, for_ever=for_ever)
        if (self.directory / "world.json").exists():
            self._know(read_spec(self.directory))
        return had

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
        plays = prepare.plays(self.directory, self.scenario)
        return running if plays and not watch.dead(self.directory) else None

    def _start_anew(self, *, owned: bool) -> None:
        for attempt in range(supervision.ATTEMPTS):
            try:
                self._start(owned=owned, fresh_ports=attempt > 0)
            except BaseException as error:
                self._stop()
                if not supervision.may_try_again(error, attempt):
                    raise
            else:
                break

    def _start(self, *, owned: bool, fresh_ports: bool) -> None:
        spec = prepare.prepare(
            self.directory,
            self.names,
            binaries=self.binaries,
            owner=Identity.of(os.getpid()).as_dict() if owned else {},
            scenario=self.scenario,
            fresh_ports=fresh_ports,
            lasting=self.lasting,
        )
        self._know(spec)
        self._process = supervision.launch(self.directory)
        self._watch.supervised()
        self._watch.usable(list(self.planes.values()))

    def _stop(self) -> bool:
        ended = supervision.end(self.directory, self._process)
        self._process = None
        return ended
