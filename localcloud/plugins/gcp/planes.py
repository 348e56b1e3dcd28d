"""The local control planes behind GKE clusters: planes of the world that this stack uses."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from localcloud.plugins.gcp.store import Store
from localcloud.plugins.provider import ProviderError
from localcloud.spec import read_spec
from localcloud.world import NotRunning, World, WorldError

CLUSTER = "gcp:container/cluster:Cluster"


@dataclass(frozen=True, kw_only=True)
class Serving:
    """How a plane is reached.

    Args:
        endpoint: host and port of its API server.
        authority: of its certificate, PEM in base64.
    """

    endpoint: str
    authority: str


class Planes:
    """Planes by the name of the cluster that they are.

    Args:
        world: folder of a running world.
    """

    def __init__(self, world: Path) -> None:
        self.world = world

    def start(self, name: str) -> Serving:
        """Start a plane, or wait for one that is there already.

        Raises:
            ProviderError: no world runs, or the plane did not start.
        """
        try:
            World.attach(self.world).add(name)
        except NotRunning as error:
            raise ProviderError(f"no control plane for cluster {name}: {error}") from None
        except WorldError as error:
            raise ProviderError(f"the control plane of cluster {name}: {error}") from None
        found = self.find(name)
        if found is None:
            raise ProviderError(f"the control plane of cluster {name} went away while it started")
        return found

    def find(self, name: str) -> Serving | None:
        """Return how a plane is reached, whether it runs or not; None where the world has none."""
        try:
            planes = {plane.name: plane for plane in read_spec(self.world).planes(self.world)}
            plane = planes[name]
            authority = plane.authority().pair.cert.read_bytes()
        except (OSError, json.JSONDecodeError, KeyError):
            return None
        encoded = base64.b64encode(authority).decode()
        return Serving(endpoint=plane.url.removeprefix("https://"), authority=encoded)

    def is_there(self, name: str) -> bool:
        """Whether what a plane had is there: a world that starts anew does not start it again."""
        return (self.world / "planes" / name).exists()

    def stop(self, name: str) -> None:
        """Stop a plane and remove what it had.

        Raises:
            ProviderError: its processes do not end.
        """
        try:
            World(self.world, ()).remove(name)
        except WorldError as error:
            raise ProviderError(f"the control plane of cluster {name}: {error}") from None


def wanted(folder: Path) -> list[str]:
    """Return the names of the planes of all clusters in a cloud's folder.

    A world that starts anew has to start them too: clusters do not stop with a laptop.
    """
    return sorted(record.name for record in Store(folder).all(CLUSTER))
