"""One plane of a running world, in the hands of its user."""

import base64
import json
import ssl
import urllib.request
from collections.abc import Callable
from pathlib import Path

from localcloud.api import Api
from localcloud.plane import Plane

Request = Callable[[str, str, str], None]


class PlaneHandle:
    """One plane of a running world.

    Args:
        plane: what it is made of.
        request: asks the supervisor to kill or start a process of a plane.
        wait: returns when the plane is ready.
    """

    def __init__(self, plane: Plane, request: Request, wait: Callable[[], None]) -> None:
        self._plane = plane
        self._request = request
        self._wait = wait

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of a cluster administrator."""
        return self._plane.kubeconfig

    def api(self) -> Api:
        """Return direct access to the API server, as administrator."""
        return Api(self._plane.kubeconfig)

    def kill(self, process: str) -> None:
        """Kill a process of the plane, as a crash would."""
        self._request("kill", self._plane.name, process)

    def start(self, process: str) -> None:
        """Start a process that was killed, and wait until the plane is ready again."""
        self._request("start", self._plane.name, process)
        self._wait()

    def etcd_keys(self) -> set[str]:
        """Return every key in etcd, through its JSON gateway (etcd.io, "gRPC gateway")."""
        pki = self._plane.etcd_pki
        everything = base64.b64encode(b"\0").decode()
        body = json.dumps({"key": everything, "range_end": everything, "keys_only": True})
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "etcd.crt", pki / "etcd.key")
        request = urllib.request.Request(
            f"https://127.0.0.1:{self._plane.ports['etcd']}/v3/kv/range", data=body.encode()
        )
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310
            found = json.load(answer)
        return {base64.b64decode(item["key"]).decode() for item in found.get("kvs", [])}
