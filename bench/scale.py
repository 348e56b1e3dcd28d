"""How runs grow with the number of clusters, beside a program of as many bare resources.

``python -m bench --scale``. Previews are of clusters that do not answer: what a first preview of a
fleet does. `up` is on local planes.
"""

import json
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import psutil
import yaml
from rich.console import Console

from bench import counted, floor
from bench.growth import Cost, table
from bench.row import Row, Watch, timed
from localcloud.result import Result
from localcloud.session import prepared
from localcloud.stack import Stack
from localcloud.world import World

AIMS: Final[Mapping[int, float]] = {2: 10.0, 10: 30.0, 50: 180.0}
"""Seconds of a preview, by clusters in a full mesh."""
TIMES: Final[Mapping[int, int]] = {2: 3, 10: 3, 50: 1}
"""How often each is measured, in turn with its floor; the quickest counts."""
UPS: Final = (2, 5, 10)
BESIDE: Final = (2, 5)
"""Clusters of a hub and its spokes, beside which one more spoke is measured."""
FLOOR: Final = 1.5
"""Highest ratio to a program of as many bare resources."""
HUB: Final = "hub-and-spokes"


@dataclass
class _Peak:
    mebibytes: float = 0.0


@contextmanager
def _memory(without: frozenset[int] = frozenset()) -> Iterator[_Peak]:
    """Watch what this process' descendants have, those that were there before left out."""
    peak, ended = _Peak(), threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            found = 0
            for process in psutil.Process().children(recursive=True):
                if process.pid not in without:
                    try:
                        found += process.memory_full_info().pss
                    except psutil.Error:
                        continue
            peak.mebibytes = max(peak.mebibytes, found / (1 << 20))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _names(count: int) -> list[str]:
    return [f"cluster{number}" for number in range(1, count + 1)]


def _silent(names: Sequence[str]) -> dict[str, list[Any]]:
    """Return a kubeconfig of clusters that refuse every connection."""
    servers = {name: f"https://127.0.0.1:{port}" for port, name in enumerate(names, start=1)}
    return {
        "contexts": [
            {"name": f"local-{name}", "context": {"cluster": name, "user": name}} for name in names
        ],
        "clusters": [{"name": n, "cluster": {"server": server}} for n, server in servers.items()],
        "users": [{"name": name, "user": {"token": "none"}} for name in names],
    }


def _config(names: Sequence[str], kubeconfig: Path, shape: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kubeconfig": str(kubeconfig),
        "clusters": [{"name": name, "context": f"local-{name}"} for name in names],
        "charts": {"glooOperator": "localcloud/charts/gloo-operator"},
    }
    if shape == HUB:
        found["topology"] = {"shape": HUB, "hubs": [names[0]]}
    return {f"ambientmesh:{key}": value for key, value in found.items()}


def _run(stack: Stack, verb: str) -> tuple[Result, Watch, float]:
    before = frozenset(process.pid for process in psutil.Process().children(recursive=True))
    with _memory(before) as peak, timed() as watch:
        result = stack.run(verb)
    if result.code:
        raise RuntimeError(f"{verb} failed:\n{result.output}")
    return result, watch, peak.mebibytes


def _preview(home: Path, count: int, shape: str) -> Cost:
    names = _names(count)
    kubeconfig = home / "kubeconfig"
    content = {"apiVersion": "v1", "kind": "Config", **_silent(names)}
    kubeconfig.write_text(yaml.safe_dump(content), encoding="utf-8")
    stack = prepared("bench", home / "stack", lambda _: None)
    stack.configure(_config(names, kubeconfig, shape))
    return _cost(count, *_run(stack, "preview"))


def _cost(count: int, result: Result, watch: Watch, memory: float) -> Cost:
    return Cost(
        clusters=count,
        seconds=watch.seconds,
        processor=watch.processor,
        resources=len(result.operations),
        mebibytes=memory,
    )


def _floor(home: Path, like: Cost) -> Cost:
    """Return what as many bare resources take, on as many providers."""
    names = _names(like.clusters)
    bare = {
        name: {
            "kubeconfig": json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": f"local-{name}",
                    **_silent([name]),
                }
            ),
            "resources": (like.resources - 1) // like.clusters - 1,
        }
        for name in names
    }
    floor.write(home / "floor", bare)
    stack = prepared("bench", home / "stack", lambda _: None)
    stack = replace(stack, checkout=home / "floor")
    stack.configure({})
    return _cost(like.clusters, *_run(stack, "preview"))


def _up(home: Path, world: World, kubeconfig: Path, count: int) -> Cost:
    _say(f"up and destroy of {count} clusters on local planes")
    names = _names(count)
    stack = prepared("bench", home / f"up-{count}", lambda _: None)
    stack.configure(_config(names, kubeconfig, "full-mesh"))
    before = counted.calls(world, names)
    cost = _cost(count, *_run(stack, "up"))
    calls = counted.calls(world, names) - before
    state = stack.state_file.stat().st_size
    _run(stack, "destroy")
    return replace(cost, state=state, calls=calls / count)


@dataclass(frozen=True, kw_only=True)
class More:
    """What one more spoke took, in an `up` of a mesh that runs."""

    resources: int
    """Created."""
    joined: float
    """Requests to the API server of the new cluster."""
    untouched: float
    """Likewise of a spoke that was there."""


def _more(home: Path, world: World, kubeconfig: Path, count: int) -> More:
    _say(f"one more spoke beside {count} clusters on local planes")
    names = _names(count + 1)
    asked = (names[-1], names[1])
    stack = prepared("bench", home / f"more-{count}", lambda _: None)
    stack.configure(_config(names[:-1], kubeconfig, HUB))
    _run(stack, "up")
    stack.configure(_config(names, kubeconfig, HUB))
    before = [counted.calls(world, [name]) for name in asked]
    result, _, _ = _run(stack, "up")
    joined, untouched = (
        counted.calls(world, [name]) - calls for name, calls in zip(asked, before, strict=True)
    )
    _run(stack, "destroy")
    return More(resources=result.changes["create"], joined=joined, untouched=untouched)


def _beside(few: More, many: More) -> Iterator[Row]:
    """Hold one more spoke beside many clusters against one beside few: nothing may grow."""
    what, against = (f"one more spoke beside {count}" for count in reversed(BESIDE))
    for unit, name, limit in (
        ("resources", "resources", 1.0),
        ("API calls of it", "joined", 1.1),
        ("API calls of another", "untouched", 1.1),
    ):
        value, base = getattr(many, name), getattr(few, name)
        yield Row(what=what, value=value, unit=unit, against=against, base=base, limit=limit)


def _say(text: str) -> None:
    """Tell what is measured: each takes up to minutes, and the tables come at the end."""
    Console(stderr=True, highlight=False).print(f"measuring: {text}")


def _measured(count: int, shape: str) -> Cost:
    _say(f"preview of {count} clusters, {shape}")
    with tempfile.TemporaryDirectory(prefix="ambientmesh-bench-") as folder:
        return _preview(Path(folder), count, shape)


def _bare(like: Cost) -> Cost:
    _say(f"preview of {like.resources} bare resources")
    with tempfile.TemporaryDirectory(prefix="ambientmesh-bench-") as folder:
        return _floor(Path(folder), like)


def _quickest(costs: Sequence[Cost]) -> Cost:
    """Return the least of each: what else ran on the machine only ever added to it."""
    seconds, processor = (
        min(getattr(cost, name) for cost in costs) for name in ("seconds", "processor")
    )
    return replace(costs[0], seconds=seconds, processor=processor)


def _previews() -> Iterator[Row]:
    meshes, hubs = [], []
    for count, aim in AIMS.items():
        ours, bares = [], []
        for _ in range(TIMES[count]):
            ours.append(_measured(count, "full-mesh"))
            bares.append(_bare(ours[-1]))
        cost, bare = _quickest(ours), _quickest(bares)
        meshes.append(cost)
        hubs.append(_measured(count, HUB))
        what = f"preview of {count} clusters, full mesh, {cost.resources} resources"
        yield Row(what=what, value=cost.seconds, unit="s", against="aim", base=aim)
        against = "as many bare resources"
        for unit, value, base in (
            ("s", cost.seconds, bare.seconds),
            ("s of processors", cost.processor, bare.processor),
        ):
            yield Row(what=what, value=value, unit=unit, against=against, base=base, limit=FLOOR)
    for shape, costs in (("full mesh", meshes), (HUB, hubs)):
        Console(width=120).print(table(f"first preview, {shape}", costs))


def _ups() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="ambientmesh-bench-") as folder:
        home = Path(folder)
        with World(home / "world", planes=_names(UPS[-1])) as world:
            kubeconfig = counted.admit(world)
            costs = [_up(home, world, kubeconfig, count) for count in UPS]
            few, many = (_more(home, world, kubeconfig, count) for count in BESIDE)
    yield from _beside(few, many)
    Console(width=120).print(table("`up` on local planes, full mesh", costs))


def rows() -> Iterator[Row]:
    """Measure previews, their floor, `up`, and one more cluster."""
    yield from _ups()
    yield from _previews()
