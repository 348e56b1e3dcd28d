"""``gke-gcloud-auth-plugin`` for simulated GKE clusters: who may use the planes of a world.

Google's plugin answers with a token of whoever is logged in. This one answers with the client
certificate of a plane's administrator, for the API servers of the world in ``LOCALCLOUD_WORLD`` and
for nobody else's: the caller says which, as its kubeconfig has ``provideClusterInfo``
(https://kubernetes.io/docs/reference/config-api/client-authentication.v1beta1/).

Every kubectl, helm and client starts it, so that it imports next to nothing.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

API_VERSION: Final = "client.authentication.k8s.io/v1beta1"
WORLD: Final = "LOCALCLOUD_WORLD"
"""Environment variable with the folder of the world."""


class Refused(Exception):  # noqa: N818 an answer, told to the user as such
    """No credential is given; the message says why, and never what is in a key."""


def asked(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the cluster that the caller asks about.

    Raises:
        Refused: it does not say.
    """
    try:
        info = json.loads(environment.get("KUBERNETES_EXEC_INFO") or "{}")
        cluster = dict(info["spec"]["cluster"])
        version = info["apiVersion"]
    except (ValueError, KeyError, TypeError):
        raise Refused(
            "KUBERNETES_EXEC_INFO does not say which cluster; fix: provideClusterInfo: true in the"
            " kubeconfig"
        ) from None
    if version != API_VERSION:
        raise Refused(f"found apiVersion {version!r}; allowed: {API_VERSION}")
    return cluster


def plane(cluster: Mapping[str, Any], environment: Mapping[str, str]) -> Path:
    """Return the folder of the plane whose API server a cluster is.

    Raises:
        Refused: it is none of this world.
    """
    world = environment.get(WORLD)
    if not world:
        raise Refused(
            f"{WORLD} is not set: this is the simulated plugin, and gives real tokens to"
            " nobody; fix: run it through make, or set it to .local/world"
        )
    try:
        spec = json.loads((Path(world) / "world.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused(f"there is no world in {world}; fix: make up") from None
    server = cluster.get("server")
    for name, ports in spec["ports"].items():
        if server == f"https://127.0.0.1:{ports['kube-apiserver']}":
            folder = Path(world) / "planes" / str(name)
            authority = (folder / "pki" / "ca.crt").read_bytes()
            # A port may have been another plane's, and its client would be told anything.
            if _decoded(cluster) == authority:
                return folder
            raise Refused(f"the certificate authority of {server} is not that of plane {name}")
    raise Refused(f"{server} is no API server of the world in {world}")


def _decoded(cluster: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(str(cluster.get("certificate-authority-data") or ""))
    except ValueError:
        return b""


def credential(folder: Path) -> dict[str, Any]:
    """Return the administrator's credential of a plane."""
    pki = folder / "pki"
    status = {
        "clientCertificateData": (pki / "admin.crt").read_text(encoding="utf-8"),
        "clientKeyData": (pki / "admin.key").read_text(encoding="utf-8"),
    }
    return {"apiVersion": API_VERSION, "kind": "ExecCredential", "status": status}


def main() -> int:
    """Answer who asks; return the exit code."""
    try:
        found = credential(plane(asked(os.environ), os.environ))
    except (Refused, OSError) as error:
        sys.stderr.write(f"simulated gke-gcloud-auth-plugin: {error}\n")
        return 1
    json.dump(found, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
