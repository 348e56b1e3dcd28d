"""Starts a world's processes, watches them, and ends with everything it started.

``python -m localcloud.supervisor WORLD``. What is going on is in ``supervisor.json``; requests to
kill or start one process of a plane, and to add or remove a plane, are files in ``requests/``. A
process that dies is not restarted: a plane that heals itself would hide what a test is about.
"""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from localcloud.plane import CONTROLLING, FIRST, MEMORY, PROCESSES, Plane
from localcloud.processes import Identity, spawn, stop
from localcloud.spec import Spec, read_spec, write_atomically

TICK = 0.1
"""Seconds between two looks at the children: what a kill or a start may take to be noticed."""


class Supervisor:
    """The processes of one world."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.spec: Spec = read_spec(directory)
        self.planes = {plane.name: plane for plane in self.spec.planes(directory)}
        self.children: dict[tuple[str, str], subprocess.Popen[bytes]] = {}
        self.identities: dict[tuple[str, str], Identity] = {}
        """Of the children, since they were started: asked for at every tick, and never changing."""
        self.own = Identity.of(os.getpid())
        self.serving: set[str] = set()
        self.ready: set[str] = set()
        self.stopped: set[tuple[str, str]] = set()
        self.ending = False
        self.state: dict[str, Any] = {}

    def run(self) -> None:
        """Start everything and stay until asked to end, or until the owner is gone."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._end)
        owner = Identity.read(self.spec.owner) if self.spec.owner else None
        # Of those who asked an earlier supervisor, nobody waits any more.
        for request in (self.directory / "requests").glob("*.json"):
            request.unlink()
        try:
            self._publish()
            for plane in self.planes.values():
                for process in FIRST:
                    self._start(plane, process)
            while not self.ending and (owner is None or owner.process() is not None):
                self._advance()
                self._serve_requests()
                self._publish()
                time.sleep(TICK)
        finally:
            # Children before their parents: an API server that lost its etcd takes long to end.
            for group in (PROCESSES[2:], PROCESSES[1:2], PROCESSES[:1]):
                stop(self._identities(group))
            (self.directory / "supervisor.json").unlink(missing_ok=True)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.ending = True

    def _identities(self, processes: tuple[str, ...]) -> Iterator[Identity]:
        for (name, process), child in self.children.items():
            if process in processes and child.poll() is None:
                yield self.identities[name, process]

    def _start(self, plane: Plane, process: str) -> None:
        log = self.directory / "logs" / f"{plane.name}-{process}.log"
        environment = {**MEMORY, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        argv = plane.command(process, self.directory)
        child = spawn(argv, log, environment)
        self.children[plane.name, process] = child
        self.identities[plane.name, process] = Identity.of(child.pid)
        self.stopped.discard((plane.name, process))

    def _advance(self) -> None:
        for plane in self.planes.values():
            if plane.name in self.ready:
                continue
            if plane.name in self.serving:
                if all(_answers(plane, process, "/healthz") for process in CONTROLLING):
                    self.ready.add(plane.name)
            elif _answers(plane, "kube-apiserver", "/readyz"):
                self.serving.add(plane.name)
                for process in PROCESSES:
                    if process not in FIRST:
                        self._start(plane, process)

    def _serve_requests(self) -> None:
        for request in sorted((self.directory / "requests").glob("*.json")):
            wanted = json.loads(request.read_text(encoding="utf-8"))
            name, process = wanted["plane"], wanted["process"]
            if wanted["verb"] == "add":
                self._add(name)
            elif wanted["verb"] == "remove":
                self._remove(name)
            elif wanted["verb"] == "kill":
                self._kill(name, process)
            elif wanted["verb"] == "start" and not self._runs(name, process):
                self._start(self.planes[name], process)
            self._publish()
            request.unlink()

    def _runs(self, name: str, process: str) -> bool:
        child = self.children.get((name, process))
        return child is not None and child.poll() is None

    def _kill(self, name: str, *processes: str) -> None:
        alive = [process for process in processes if self._runs(name, process)]
        self.stopped |= {(name, process) for process in alive}
        for process in alive:
            self.children[name, process].kill()
        for process in alive:
            self.children[name, process].wait()

    def _add(self, name: str) -> None:
        [plane] = [p for p in read_spec(self.directory).planes(self.directory) if p.name == name]
        self.planes[name] = plane
        for process in FIRST:
            self._start(plane, process)

    def _remove(self, name: str) -> None:
        # Nobody will read what is in its etcd: nothing needs to end well.
        self._kill(name, *PROCESSES)
        self.planes.pop(name, None)
        for known in (self.serving, self.ready):
            known.discard(name)
        for process in PROCESSES:
            self.children.pop((name, process), None)
            self.stopped.discard((name, process))

    def _publish(self) -> None:
        processes: dict[str, Any] = {}
        for (name, process), child in self.children.items():
            code = child.poll()
            entry: dict[str, Any] = {"pid": child.pid}
            if code is None:
                entry |= self.identities[name, process].as_dict()
            else:
                asked = (name, process) in self.stopped
                entry |= {"exit": code, "asked": asked}
            processes.setdefault(name, {})[process] = entry
        state = {
            **self.own.as_dict(),
            "ready": sorted(self.ready),
            "processes": processes,
        }
        if state != self.state:
            self.state = state
            write_atomically(self.directory / "supervisor.json", json.dumps(state, indent=1))


def _answers(plane: Plane, process: str, path: str) -> bool:
    pki = plane.folder / "pki"
    context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    try:
        with urllib.request.urlopen(
            f"https://127.0.0.1:{plane.ports[process]}{path}", timeout=1, context=context
        ) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 HTTP OK
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    Supervisor(Path(sys.argv[1])).run()
