"""``istioctl bootstrap``: the token by which a machine outside the cluster joins the mesh.

It makes the account where it is missing, and a Secret for its token; never the namespace. What is
there already is taken as it is, so that a second call prints the same token.
"""

import base64
import json
import sys
import time
from typing import Any, Final

from localcloud.api import Api
from localcloud.istioctl import clusters
from localcloud.istioctl.clusters import EXPOSE, CommandError
from localcloud.istioctl.flags import Call, Flag

FLAGS: Final = (
    Flag(name="service-account"),
    Flag(name="external", switch=True),
    Flag(name="platform"),
)
MODE: Final = f"{EXPOSE}-mode"
ROOT: Final = "istio-ca-root-cert"
WAIT_SECONDS: Final = 10
"""Until the token controller has filled the Secret."""


def _ensured(cluster: Api, collection: str, body: dict[str, Any]) -> None:
    if cluster.find(f"{collection}/{body['metadata']['name']}") is None:
        cluster.create(collection, body)


def _root(cluster: Api, home: str) -> str:
    found = cluster.find(f"{home}/configmaps/{ROOT}")
    if found is None:
        raise CommandError(f'configmaps "{ROOT}" not found')
    return str(found["data"]["root-cert.pem"])


def _address(cluster: Api) -> str:
    """Return where istiod is reached from outside: at a load balancer that is labelled so."""
    found = cluster.items(f"/api/v1/services?labelSelector={EXPOSE.replace('/', '%2F')}")
    found.sort(key=lambda item: item["metadata"]["labels"].get(MODE) != "internal")
    for item in found:
        for entry in item.get("status", {}).get("loadBalancer", {}).get("ingress") or []:
            if address := entry.get("ip") or entry.get("hostname"):
                return f"https://{address}:15012"
    raise CommandError('services "istiod" not found')


def _token(cluster: Api, home: str, account: str) -> str:
    name = f"{account}-istio-bootstrap"
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "annotations": {"kubernetes.io/service-account.name": account},
        },
        "type": "kubernetes.io/service-account-token",
    }
    _ensured(cluster, f"{home}/secrets", secret)
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = cluster.find(f"{home}/secrets/{name}") or {}
        if token := (found.get("data") or {}).get("token"):
            return base64.b64decode(token).decode()
        time.sleep(0.1)
    raise CommandError(f"timed out waiting for the token of service account {account}")


def run(call: Call) -> int:
    """Print the token, and nothing else."""
    cluster = clusters.api(call)
    namespace = call.get("namespace", "default")
    account = call.get("service-account", "default")
    home = f"/api/v1/namespaces/{namespace}"
    if cluster.find(home) is None:
        raise CommandError(f'namespaces "{namespace}" not found')
    described = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
    _ensured(cluster, f"{home}/serviceaccounts", described)
    content = {
        "url": _address(cluster),
        "caCert": _root(cluster, home),
        "namespace": namespace,
        "serviceAccount": account,
        "platform": call.get("platform"),
        "network": clusters.network(cluster, call),
        "remote": call.on("external"),
        "token": _token(cluster, home, account),
    }
    sys.stdout.write(base64.b64encode(json.dumps(content).encode()).decode() + "\n")
    return 0
