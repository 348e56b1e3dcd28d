"""A mesh from nothing by the real engine: planes, preview, `up`, `up` again, `destroy`, memory."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.row import Row, timed
from localcloud.result import Result
from localcloud.session import prepared, settings, stack_file, values
from localcloud.stack import Stack
from localcloud.world import World

PLANES_AIM = 10.0
WARM_AIM = 60.0
MEMORY_AIM = 1536.0
"""MiB."""
ROUNDS = 4


@contextmanager
def _scratch() -> Iterator[tuple[Path, Stack]]:
    with tempfile.TemporaryDirectory(prefix="ambientmesh-bench-") as folder:
        home = Path(folder)
        yield home, prepared("bench", home / "stack", print)


def _run(stack: Stack, verb: str, *arguments: str) -> tuple[Result, float]:
    with timed() as watch:
        result = stack.run(verb, *arguments)
    if result.code:
        raise RuntimeError(f"{verb} failed:\n{result.output}")
    return result, watch.seconds


def _memory() -> float:
    """Return the MiB that everything below this process has for itself, shared pages by share."""
    found = 0
    for process in psutil.Process().children(recursive=True):
        try:
            found += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return found / (1 << 20)


def rows() -> list[Row]:
    """Measure one life of the two-cluster mesh of ``Pulumi.local.yaml``."""
    config = values(stack_file("local"))
    names = tuple(c.context.removeprefix("local-") for c in settings("local", config).clusters)
    with _scratch() as (home, stack):
        world = World(home / "world", planes=names)
        with timed() as planes:
            world.start(owned=True)
        try:
            stack.configure({**config, "ambientmesh:kubeconfig": str(world.kubeconfig)})
            idle = _memory()
            _, preview = _run(stack, "preview")
            up, first = _run(stack, "up")
            busy = _memory()
            # In turns: what else the machine does must hit both.
            pairs = [(_run(stack, "up")[1], _run(stack, "preview")[1]) for _ in range(ROUNDS)]
            again, calm = (min(seconds) for seconds in zip(*pairs, strict=True))
            _, destroy = _run(stack, "destroy")
        finally:
            world.stop()
    resources = len(up.operations)
    warm = planes.seconds + preview + first
    return [
        Row(what="2 planes ready", value=planes.seconds, unit="s", against="aim", base=PLANES_AIM),
        Row(
            what=f"warm `make up`: planes, preview, {resources} resources",
            value=warm,
            unit="s",
            against="aim",
            base=WARM_AIM,
        ),
        Row(
            what="second `up`",
            value=again,
            unit="s",
            against="preview of no change",
            base=calm,
            limit=1.3,
        ),
        Row(what="`destroy`", value=destroy, unit="s", against="first `up`", base=first, limit=1.5),
        Row(
            what=f"memory of 2 planes and their helpers ({idle:.0f} MiB before the mesh)",
            value=busy,
            unit="MiB",
            against="aim",
            base=MEMORY_AIM,
        ),
    ]
