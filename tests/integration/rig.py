"""Real API servers, the real engine, and a stack on them: what the integration tests stand on."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes import config

from localcloud.plugins.install import install
from localcloud.stack import Result, Stack
from localcloud.world import World

CHECKOUT = Path(__file__).parent.parent.parent
LOCAL = CHECKOUT / ".local"
TOOLS = LOCAL / "tools" / "bin"
CHART = "localcloud/charts/gloo-operator"
LICENSE = "canary-license-4f7e0d"

SHORT_WAITS = {
    "operator": "60s",
    "mesh": "60s",
    "gateway": "60s",
    "link": "20s",
    "workload": "60s",
    "deletion": "60s",
}


@dataclass(kw_only=True)
class Rig:
    """A running world and one stack on it."""

    world: World
    stack: Stack

    def configure(self, clusters: Iterable[str], **values: Any) -> None:
        """Write the stack's configuration for these planes."""
        settings = {
            "kubeconfig": str(self.world.kubeconfig),
            "clusters": [{"name": name, "context": f"local-{name}"} for name in clusters],
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

    def keys(self, planes: Iterable[str]) -> dict[str, set[str]]:
        """Return every key in the etcd of each plane."""
        return {plane: self.world.plane(plane).etcd_keys() for plane in planes}

    def api(self, plane: str) -> "Api":
        """Return direct access to a plane's API server."""
        return Api(self.world.plane(plane).kubeconfig)


class Api:
    """Reads and edits objects of one plane as somebody else would: by merge patch."""

    def __init__(self, kubeconfig: Path) -> None:
        self._client = config.new_client_from_config(str(kubeconfig))

    def _call(self, method: str, path: str, body: Any = None, kind: str = "") -> Any:
        headers = {"Accept": "application/json"} | ({"Content-Type": kind} if kind else {})
        call = self._client.param_serialize(
            method, path, body=body, header_params=headers, auth_settings=["BearerToken"]
        )
        response = self._client.call_api(*call, _request_timeout=(5, 30))
        data = response.read()
        assert response.status < 400, f"{method} {path}: {response.status} {data!r}"
        return json.loads(data)

    def get(self, path: str) -> Any:
        """Return the object at a path."""
        return self._call("GET", path)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Merge ``body`` into the object at a path."""
        return self._call("PATCH", path, body, "application/merge-patch+json")

    def create(self, path: str, body: Mapping[str, Any]) -> Any:
        """Create an object in the collection at a path."""
        return self._call("POST", path, body, "application/json")

    def delete(self, path: str) -> Any:
        """Delete the object at a path."""
        return self._call("DELETE", path)


def plugins_home() -> Path:
    """Install the provider plugins that the environment asks for, once, and return their home."""
    home = LOCAL / "pulumi"
    install(os.environ.get("LOCALCLOUD_PLUGINS", "auto"), TOOLS / "pulumi", home)
    return home


def make_stack(name: str, home: Path) -> Stack:
    """Return an initialised stack whose state and configuration are in ``home``."""
    stack = Stack(name=name, checkout=CHECKOUT, home=home, tools=TOOLS, pulumi_home=plugins_home())
    stack.init()
    return stack


__all__ = ["CHECKOUT", "LICENSE", "Api", "Rig", "make_stack"]
