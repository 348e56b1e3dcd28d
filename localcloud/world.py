"""A world: N control planes under one supervisor, in one folder."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from localcloud import kwok
from localcloud.api import Api, ApiError
from localcloud.paths import BIN, CHECKOUT
from localcloud.plane import Plane, write_kubeconfig
from localcloud.processes import Identity, spawn, stop, tail, wait_gone
from localcloud.spec import Spec, all_free, free_ports, read_spec, write_spec

START_SECONDS = 90.0
"""Two planes take about 5 s on two idle cores; a loaded CI machine may need many times that."""


class WorldError(Exception):
    """A world could not do what was asked; the message has the tail of the right log."""


class NotRunning(WorldError):  # noqa: N818 a state of the world, told to the user as such
    """There is no supervisor for this world."""


class PlaneHandle:
    """One plane of a running world."""

    def __init__(self, world: "World", plane: Plane) -> None:
        self._world = world
        self._plane = plane
        self.kubeconfig = plane.kubeconfig

    def api(self) -> Api:
        """Return direct access to the API server, as administrator."""
        return Api(self._plane.kubeconfig)

    def kill(self, process: str) -> None:
        """Kill a process of the plane, as a crash would."""
        self._world.request("kill", self._plane.name, process)

    def start(self, process: str) -> None:
        """Start a process that was killed, and wait until the API server is ready again."""
        self._world.request("start", self._plane.name, process)
        self._world.wait_ready([self._plane])

    def etcd_keys(self) -> set[str]:
        """Return every key in etcd."""
        pki = self._plane.folder / "pki"
        everything = base64.b64encode(b"\0").decode()
        body = json.dumps({"key": everything, "range_end": everything, "keys_only": True})
        import ssl  # noqa: PLC0415 needed here alone
        import urllib.request  # noqa: PLC0415

        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "etcd.crt", pki / "etcd.key")
        request = urllib.request.Request(
            f"https://127.0.0.1:{self._plane.ports['etcd']}/v3/kv/range", data=body.encode()
        )
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310
            found = json.load(answer)
        return {base64.b64decode(item["key"]).decode() for item in found.get("kvs", [])}


class World:
    """N planes in a folder. As a context manager it ends with the block, or with this process.

    Args:
        directory: for everything of this world.
        planes: names, each a DNS label.
        scenario: scenario file with delays and faults; None means none.
        binaries: folder with etcd, the Kubernetes binaries and kwok.
    """

    def __init__(
        self,
        directory: Path,
        planes: Sequence[str] = ("cluster1", "cluster2"),
        scenario: Path | None = None,
        binaries: Path = BIN,
    ) -> None:
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
            raise NotRunning(f"no control plane runs in {directory}")
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
        return PlaneHandle(self, self.planes[name])

    def start(self, *, owned: bool = False) -> None:
        """Start every plane and wait until it is ready. What was there before is taken up again.

        Raises:
            WorldError: with the tail of the log of whatever ended instead.
        """
        self.stop()
        self._leftovers()
        self._prepare(owned=owned)
        log = self.directory / "logs" / "supervisor.log"
        argv = [sys.executable, "-m", "localcloud.supervisor", str(self.directory)]
        log.parent.mkdir(parents=True, exist_ok=True)
        if owned:
            spawn(argv, log, {"PYTHONPATH": str(CHECKOUT)})
        else:
            with log.open("ab") as output:
                subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
                    start_new_session=True,
                )
        try:
            self.wait_ready(list(self.planes.values()))
            for plane in self.planes.values():
                _populate(Api(plane.kubeconfig), plane.name)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything that runs for this world; its data stays."""
        running = _supervisor(self.directory)
        if running is None:
            return
        process = running.process()
        if process is not None:
            process.terminate()
        if not wait_gone(running, 30):
            stop([running])

    def request(self, verb: str, plane: str, process: str) -> None:
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
            if time.monotonic() > deadline:
                raise WorldError(f"the supervisor does not {verb} {process} of {plane}")
            time.sleep(0.02)

    def status(self) -> dict[str, Any]:
        """Return what the supervisor published last; empty when it has not yet."""
        try:
            text = (self.directory / "supervisor.json").read_text(encoding="utf-8")
            found: dict[str, Any] = json.loads(text)
        except (OSError, ValueError):
            return {}
        return found

    def wait_ready(self, planes: Sequence[Plane]) -> None:
        """Wait until these planes' API servers and controllers are ready."""
        deadline = time.monotonic() + START_SECONDS
        for plane in planes:
            while not self._is_ready(plane):
                self._raise_on_death()
                if time.monotonic() > deadline:
                    log = self.directory / "logs" / f"{plane.name}-kube-apiserver.log"
                    raise WorldError(f"{plane.name} is not ready in time\n{log}:\n{tail(log)}")
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
        status = self.status()
        for plane, processes in status.get("processes", {}).items():
            for process, entry in processes.items():
                if "exit" in entry and not entry["asked"]:
                    log = self.directory / "logs" / f"{plane}-{process}.log"
                    raise WorldError(
                        f"{process} of {plane} ended with code {entry['exit']}\n{log}:\n{tail(log)}"
                    )

    def _prepare(self, *, owned: bool) -> None:
        ports = self._ports()
        owner = Identity.of(os.getpid()).as_dict() if owned else {}
        spec = Spec(ports=ports, binaries=str(self.binaries), owner=owner)
        write_spec(self.directory, spec)
        (self.directory / "supervisor.json").unlink(missing_ok=True)
        self.planes = {plane.name: plane for plane in spec.planes(self.directory)}
        merged: dict[str, list[Any]] = {"clusters": [], "users": [], "contexts": []}
        for plane in self.planes.values():
            plane.prepare()
            for key, entries in plane.entries("admin", "system:masters").items():
                merged[key] += entries
            stages = yaml.safe_dump_all(kwok.kwok_stages(self._pod_delays()))
            (plane.folder / "stages.yaml").write_text(stages, encoding="utf-8")
        write_kubeconfig(self.kubeconfig, merged, f"local-{self.names[0]}")
        target = self.directory / "scenario.yaml"
        if self.scenario is not None:
            target.write_text(self.scenario.read_text(encoding="utf-8"), encoding="utf-8")

    def _pod_delays(self) -> Mapping[str, float]:
        if self.scenario is None:
            return {}
        from localcloud.scenario import load  # noqa: PLC0415 only a scenario needs its schema

        return load(self.scenario).pod_delays()

    def _ports(self) -> dict[str, dict[str, int]]:
        try:
            before = read_spec(self.directory).ports
        except OSError:
            before = {}
        kept = {name: before[name] for name in self.names if name in before}
        fresh = free_ports([name for name in self.names if name not in kept])
        ports = {name: kept.get(name) or fresh[name] for name in self.names}
        return ports if all_free(ports) else free_ports(self.names)

    def _leftovers(self) -> None:
        """Stop what a supervisor that was killed left behind, if it is surely ours."""
        processes = self.status().get("processes", {})
        entries = [entry for plane in processes.values() for entry in plane.values()]
        stop(Identity.read(entry) for entry in entries if "started" in entry)


def _supervisor(directory: Path) -> Identity | None:
    try:
        text = (directory / "supervisor.json").read_text(encoding="utf-8")
        identity = Identity.read(json.loads(text))
    except (OSError, ValueError, KeyError):
        return None
    return identity if identity.process() else None


def _populate(api: Api, plane: str) -> None:
    for number in range(1, kwok.NODES + 1):
        node = kwok.node(plane, number)
        if api.find(f"/api/v1/nodes/{node['metadata']['name']}") is None:
            api.create("/api/v1/nodes", node)
