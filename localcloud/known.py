"""What is known of a world's planes: those that its files name, and how they are reached."""

import subprocess
from pathlib import Path
from typing import Any

from localcloud import watch
from localcloud.handle import PlaneHandle
from localcloud.plane import Plane
from localcloud.spec import Spec, read_spec
from localcloud.watch import Watch


class Known:
    """The planes of a world, whoever runs it. Nothing of it is changed.

    Args:
        directory: of the world.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.planes: dict[str, Plane] = {}
        self._process: subprocess.Popen[bytes] | None = None
        """The supervisor, where this process started it."""

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

    def status(self) -> dict[str, Any]:
        """Return what the supervisor published last; empty when it has not yet."""
        return watch.status(self.directory)

    def _know(self, spec: Spec) -> None:
        self.planes = {plane.name: plane for plane in spec.planes(self.directory)}

    @property
    def _watch(self) -> Watch:
        return Watch(self.directory, self._process)
