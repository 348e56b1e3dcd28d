"""The workshop's commands, one after the other, against one `pulumi up` of the same content.

Same planes, same delays (``localcloud/scenarios/cloud.yaml``), in one run; each begins with planes
that have nothing in them. What a reader thinks and types in between costs nothing here.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench import authorities, chapters, critical, platform
from bench.row import Row, timed
from bench.shell import Shell
from localcloud.paths import CHECKOUT
from localcloud.scenario import load
from localcloud.session import prepared, settings, stack_file, values
from localcloud.world import World

SCENARIO: Final = CHECKOUT / "localcloud" / "scenarios" / "cloud.yaml"
NAMES: Final = ("cluster1", "cluster2")
AIM: Final = 3.0
"""How many times as long the commands are to take. Out of reach where the critical path itself is
not so much shorter, which is printed beside it."""
FASTER: Final = 1.5
"""How many times as long they must take."""
OVERHEAD: Final = 1.15
"""Highest ratio of `up` to what no program could undercut."""
DRILLS: Final = ("productpage", "details")

CONTENT: Final[dict[str, Any]] = {
    "namespaces": [
        {
            "name": "bookinfo",
            "waypoint": "auto",
            "services": [
                {"name": "productpage", "scope": "global", "trafficDistribution": "Any"},
                {"name": "details", "scope": "global-only"},
            ],
        }
    ],
    "ingress": {"clusters": [NAMES[0]]},
    "drills": [{"service": name, "cluster": NAMES[0]} for name in DRILLS],
    "bookinfo": {"reviewsRoute": True},
    "egress": {
        "clusters": [NAMES[0]],
        "hosts": [{"host": "httpbin.org", "allow": ["bookinfo-ratings"]}],
    },
    "management": {"cluster": NAMES[0]},
}
"""What the chapters make, as a stack file says it."""


@contextmanager
def _world() -> Iterator[tuple[Path, World]]:
    with tempfile.TemporaryDirectory(prefix="ambientmesh-bench-") as folder:
        home = Path(folder)
        world = World(home / "world", planes=NAMES, scenario=SCENARIO)
        world.start(owned=True)
        try:
            yield home, world
        finally:
            world.stop()


def _commands() -> dict[str, float]:
    """Return the seconds of every chapter."""
    found: dict[str, float] = {}
    with _world() as (home, world):
        authorities.write(home / "certs", NAMES)
        shell = Shell(kubeconfig=world.kubeconfig, home=home)
        reader = chapters.Reader(shell=shell, names=NAMES, certs=home / "certs")
        platform.prepare(shell, reader.first, home / "certs" / NAMES[0] / "root-cert.pem")
        for name, chapter in chapters.CHAPTERS.items():
            with timed() as watch:
                chapter(reader)
            found[name] = watch.seconds
    return found


def _config() -> dict[str, Any]:
    content = {f"ambientmesh:{key}": value for key, value in CONTENT.items()}
    return {**values(stack_file("local")), **content}


def _up(log: Path | None = None) -> float:
    """Return the seconds of `pulumi up`; its events are kept where ``log`` says."""
    with _world() as (home, world):
        stack = prepared("bench", home / "stack", print)
        kubeconfig = {"ambientmesh:kubeconfig": str(world.kubeconfig)}
        stack.configure({**_config(), **kubeconfig})
        with timed() as watch:
            result = stack.run("up")
        if result.code:
            raise RuntimeError(f"up failed:\n{result.output}")
        if log:
            log.write_bytes((stack.home / "events-up.json").read_bytes())
    return watch.seconds


def rows() -> list[Row]:
    """Measure both, and compare `up` with the longest chain of delays too."""
    steps = critical.workshop(
        load(SCENARIO),
        settings("local", _config()),
        ingress=NAMES[:1],
        proxies={"waypoint": NAMES, "egress gateway": NAMES[:1]},
        drills=DRILLS,
        management=NAMES[0],
    )
    least, chain = critical.longest(steps)
    by_chapter = _commands()
    up = _up()
    told = ", ".join(f"{name} {seconds:.0f}" for name, seconds in by_chapter.items())
    print(f"the workshop's commands, in seconds: {told}")  # noqa: T201
    print(f"critical path: {' > '.join(f'{n} {steps[n].seconds:.0f}' for n in chain)}")  # noqa: T201
    possible = sum(by_chapter.values()) / least
    print(f"aim: {AIM:.0f} times as fast; the critical path alone would be {possible:.1f} times")  # noqa: T201
    return [
        Row(
            what=f"the workshop's commands, {len(by_chapter)} chapters",
            value=sum(by_chapter.values()),
            unit="s",
            against="one `pulumi up`",
            base=up,
            limit=FASTER,
            at_least=True,
        ),
        Row(
            what="`pulumi up` of the same content",
            value=up,
            unit="s",
            against=f"critical path of {len(steps)} delays",
            base=least,
            limit=OVERHEAD,
        ),
    ]
