"""Real API servers, the real engine, and a stack on them: what the integration tests stand on."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.api import Api
from localcloud.paths import CHECKOUT
from localcloud.result import Result
from localcloud.session import prepared
from localcloud.stack import Stack
from localcloud.world import World

CHART = "localcloud/charts/gloo-operator"
LICENSE = "canary-license-4f7e0d"

SHORT_WAITS = {
    "operator": "60s",
    "mesh": "60s",
    "gateway": "60s",
    "link": "60s",
    "workload": "60s",
    "deletion": "60s",
}


@dataclass(kw_only=True)
class Rig:
    """A running world and one stack on it."""

    world: World
    stack: Stack

    def configure(self, clusters: Iterable[str | dict[str, str]], **values: Any) -> None:
        """Write the stack's configuration for these planes, given by name or as entries."""
        entries = [one if isinstance(one, dict) else {"name": one} for one in clusters]
        settings = {
            "kubeconfig": str(self.world.kubeconfig),
            "clusters": [{"context": f"local-{entry['name']}", **entry} for entry in entries],
            "charts": {"glooOperator": CHART},
            "timeouts": SHORT_WAITS,
            **values,
        }
        self.stack.configure({f"ambientmesh:{key}": value for key, value in settings.items()})

    def run(self, verb: str, *arguments: str) -> Result:
        """Run a command that must succeed."""
        result = self.stack.run(verb, *arguments)
        assert result.code == 0, result.output
        return result

    def fails(self, verb: str, *arguments: str) -> Result:
        """Run a command that must fail."""
        result = self.stack.run(verb, *arguments)
        assert result.code != 0, result.output
        return result

    def verify(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Ask the links of the running mesh, as `make verify` does."""
        where = ["--stack", self.stack.name, "--config-file", str(self.stack.config_file)]
        return subprocess.run(  # noqa: S603
            [sys.executable, "-m", "verify", *where, *arguments],
            cwd=self.stack.checkout,
            env=self.stack.env(),
            capture_output=True,
            text=True,
            check=False,
        )

    def keys(self, planes: Iterable[str]) -> dict[str, set[str]]:
        """Return every key in the etcd of each plane."""
        return {plane: self.world.plane(plane).etcd_keys() for plane in planes}

    def api(self, plane: str) -> Api:
        """Return direct access to a plane's API server."""
        return self.world.plane(plane).api()


def changed(result: Result) -> dict[str, str]:
    """Return what a run did, by the resource's name; the stack itself is left out."""
    found = {urn.rsplit("::", 1)[1]: op for urn, op in result.operations.items()}
    found.pop("ambientmesh-test", None)
    return {name: op for name, op in found.items() if op not in ("same", "read", "refresh")}


def make_stack(name: str, home: Path, backend: Path | None = None) -> Stack:
    """Return an initialised stack whose state and configuration are in ``home``.

    Args:
        name: of the stack.
        home: its folder, made when missing.
        backend: folder for the state in its place, which stacks may share.
    """
    stack = prepared(name, home, print, backend=backend)
    scratch = home / "tmp"
    scratch.mkdir(exist_ok=True)
    # What plugins and helm leave in temporary files is written too, and must hold no secret.
    stack.environment = {**stack.environment, "TMPDIR": str(scratch)}
    return stack


@contextmanager
def in_the_cloud(base: Path) -> Iterator[Rig]:
    """Yield a stack in a world without planes and a simulated cloud without resources.

    It is destroyed at the end also when its story broke.
    """
    home = base / "stack"
    home.mkdir()
    with World(base / "world", planes=()) as world:
        stack = make_stack("test", home)
        stack.world, stack.gcp = world.directory, home / "gcp"
        yield Rig(world=world, stack=stack)
        if stack.config_file.exists():
            stack.run("destroy")


__all__ = ["CHECKOUT", "LICENSE", "Api", "Rig", "changed", "in_the_cloud", "make_stack"]
