"""A simulated ztunnel of a machine: readiness, and a SOCKS5 proxy that knows the mesh's names.

It is ready when the API server says that the token is its account's, and the token's root is the
one that istiod publishes. It answers for services that exist and have ready endpoints, by their own
name, and by their global one if they are labelled so. What it answers is a page of its own.
"""

import base64
import binascii
import glob
import http.server
import json
import os
import socket
import socketserver
import sys
import threading
from pathlib import Path
from typing import Any

from localcloud.api import Api, ApiError
from localcloud.machines.place import Place

GLOBAL = ("global", "global-only")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nsimulated\n"
BY_NAME = 3
"""The kind of address in a request of SOCKS5 that is a name."""
IPV4_BOUND = b"\x00\x01\x00\x00\x00\x00\x00\x00"


def decoded(token: str) -> dict[str, Any]:
    """Return what a bootstrap token says: JSON, in base64 once or twice.

    Raises:
        ValueError: it is no such token.
    """
    content = token.encode()
    for _ in range(2):
        content = base64.b64decode(content, validate=True)
        if content[:1] == b"{":
            found: dict[str, Any] = json.loads(content)
            return found
    raise ValueError("no JSON in it")


def api(settings: dict[str, Any]) -> Api | None:
    """Return the API server of the machine's cluster; None where a test has no cluster.

    A machine that the simulated cloud makes is told of every plane of its world, by a pattern: its
    cluster is the one that takes its token.
    """
    pattern = settings["kubeconfig"]
    if not pattern:
        return None
    found = [Api(Path(path)) for path in sorted(glob.glob(pattern))]  # noqa: PTH207 absolute
    own = [one for one in found if reviewed(one)] if len(found) > 1 else found
    return (own or found or [Api(Path(pattern))])[0]


def reviewed(cluster: Api) -> bool:
    """Whether a cluster knows whose token this machine has."""
    try:
        token = decoded(os.environ.get("BOOTSTRAP_TOKEN", ""))["token"]
        return bool(review(cluster, token).get("authenticated"))
    except (binascii.Error, ValueError, KeyError, ApiError):
        return False


def review(cluster: Api, token: str) -> dict[str, Any]:
    """Return what an API server says of a token.

    Raises:
        ApiError: it does not answer.
    """
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token},
    }
    said: dict[str, Any] = cluster.create("/apis/authentication.k8s.io/v1/tokenreviews", body)[
        "status"
    ]
    return said


def problem(token: str, cluster: Api | None) -> str:
    """Return why a ztunnel with this token is not ready; empty if it is."""
    try:
        found = decoded(token)
        account = f"system:serviceaccount:{found['namespace']}:{found['serviceAccount']}"
        inner, root = found["token"], found["caCert"].strip()
    except (binascii.Error, ValueError, KeyError) as error:
        return f"BOOTSTRAP_TOKEN is no bootstrap token: {error}"
    if cluster is None:
        return ""
    try:
        said = review(cluster, inner)
        namespace = f"/api/v1/namespaces/{found['namespace']}"
        published = cluster.find(f"{namespace}/configmaps/istio-ca-root-cert") or {"data": {}}
    except ApiError as error:
        return f"istiod does not answer: {error}"
    if said.get("user", {}).get("username") != account:
        return f"Unauthenticated: the token is not {account}'s: {said.get('error', 'no error')}"
    if root != published["data"].get("root-cert.pem", "").strip():
        return "the token's root is not the mesh's"
    return ""


def exists(cluster: Api | None, host: str, port: int) -> bool:
    """Whether a name leads to ready endpoints in the mesh."""
    name, _, rest = host.partition(".")
    namespace, _, domain = rest.partition(".")
    if cluster is None:
        return True
    home = cluster.find(f"/api/v1/namespaces/{namespace}")
    service = cluster.find(f"/api/v1/namespaces/{namespace}/services/{name}")
    if home is None or service is None:
        return False
    if domain == "mesh.internal":
        labels = {
            **(home["metadata"].get("labels") or {}),
            **(service["metadata"].get("labels") or {}),
        }
        if labels.get("solo.io/service-scope") not in GLOBAL:
            return False
    elif domain not in ("", "svc.cluster.local"):
        return False
    selector = f"labelSelector=kubernetes.io%2Fservice-name%3D{name}"
    slices = cluster.items(
        f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices?{selector}"
    )
    endpoints = [end for item in slices for end in item.get("endpoints") or []]
    ready = any(end.get("conditions", {}).get("ready") for end in endpoints)
    return ready and any(item["port"] == port for item in service["spec"]["ports"])


class Readiness(http.server.BaseHTTPRequestHandler):
    """``/healthz/ready``."""

    def do_GET(self) -> None:
        """Say whether it is ready, and why not."""
        why = problem(os.environ.get("BOOTSTRAP_TOKEN", ""), api(Place.here().settings()))
        if self.path != "/healthz/ready":
            self.send_error(404)
        elif why:
            self.send_error(503, why[:200])
        else:
            self.send_response(200)
            self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the library's name
        """Say nothing."""


class Socks(socketserver.StreamRequestHandler):
    """SOCKS5, CONNECT by name, nobody asked who they are."""

    def handle(self) -> None:
        """Answer one client."""
        _, methods = self.rfile.read(2)
        self.rfile.read(methods)
        self.wfile.write(b"\x05\x00")
        _, _, _, kind = self.rfile.read(4)
        if kind != BY_NAME:  # an address would be resolved outside the mesh
            self.wfile.write(b"\x05\x08" + IPV4_BOUND)
            return
        [length] = self.rfile.read(1)
        host = self.rfile.read(length).decode()
        port = int.from_bytes(self.rfile.read(2), "big")
        if not exists(api(Place.here().settings()), host, port):
            self.wfile.write(b"\x05\x04" + IPV4_BOUND)  # host unreachable
            return
        self.wfile.write(b"\x05\x00" + IPV4_BOUND)
        while self.rfile.readline().strip():
            pass
        self.wfile.write(PAGE)


def main() -> None:
    """Serve until killed."""
    if os.environ["ALWAYS_TRAVERSE_NETWORK_GATEWAY"] != "true":
        sys.exit("a machine outside the network must go through the gateway")
    ports = Place.here().ports()
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    ready = http.server.ThreadingHTTPServer(("127.0.0.1", ports.ready), Readiness)
    socks = socketserver.ThreadingTCPServer(("127.0.0.1", ports.socks), Socks)
    socks.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    threading.Thread(target=ready.serve_forever, daemon=True).start()
    socks.serve_forever()


if __name__ == "__main__":
    main()
