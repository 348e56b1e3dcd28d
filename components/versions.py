"""The mesh versions this program knows, and what each of them brings along.

Sources: Solo's installation pages and its table of supported versions, and the public workshop
built on them; Gateway API versions are those of ``go.mod`` on Istio's release branches.
"""

from dataclasses import dataclass
from typing import Final

GLOO_OPERATOR_CHART: Final = "oci://us-docker.pkg.dev/solo-public/gloo-operator-helm/gloo-operator"
GLOO_OPERATOR_IMAGE: Final = "us-docker.pkg.dev/solo-public/gloo-operator/gloo-operator"
ISTIO_CHARTS: Final = "oci://us-docker.pkg.dev/soloio-img/istio-helm"
"""Solo's charts of Istio, without the key that older versions have in their address."""
ISTIO_HUB: Final = "us-docker.pkg.dev/soloio-img/istio"
"""Solo's images of Istio; their tags end with ``-solo``."""
GATEWAY_API_FILES: Final = "https://raw.githubusercontent.com/kubernetes-sigs/gateway-api"
"""Files of the Gateway API as its tags have them; ``gateway_crds`` pins each."""
GLOO_PLATFORM_CHARTS: Final = "https://storage.googleapis.com/gloo-platform/helm-charts"

CHECKSUMS: Final[tuple[tuple[str, str], ...]] = ()
"""SHA-256 of the files of istioctl and meshctl, by name. None is documented, so that whoever wants
a download writes it to ``cli.checksums``; one that is verified once belongs here."""


@dataclass(frozen=True, kw_only=True)
class MeshRelease:
    """What belongs to one minor version of Solo's Istio."""

    operator: str
    """Version of the ``gloo-operator`` chart that installs it."""
    oldest_operator: str
    """Minor version of the oldest operator that installs it: Solo's table of supported versions."""
    oldest_platform: str
    """Minor version of the oldest management plane that it was documented with."""
    gateway_api: str
    """Version of the Gateway API CRDs that it is built against."""
    remote_secrets: bool = True
    """Whether istiod finds clusters by remote secrets too, unless told not to: from 1.27 the
    documented Helm values turn that off (``DISABLE_LEGACY_MULTICLUSTER``)."""
    cluster_labels: bool
    """Whether east-west and peer Gateways carry ``topology.istio.io/cluster`` and the
    ``peering.solo.io`` annotations, and a peer declares its xDS listener only (from 1.28)."""
    check: bool = True
    """Whether istioctl has ``multicluster check``, which is not documented for 1.26."""


RELEASES: Final[dict[str, MeshRelease]] = {
    "1.26": MeshRelease(
        operator="0.2.4",
        oldest_operator="0.2",
        oldest_platform="2.8",
        gateway_api="v1.3.0",
        remote_secrets=False,
        cluster_labels=False,
        check=False,
    ),
    "1.27": MeshRelease(
        operator="0.4.0",
        oldest_operator="0.3",
        oldest_platform="2.10",
        gateway_api="v1.3.0",
        cluster_labels=False,
    ),
    "1.28": MeshRelease(
        operator="0.4.0",
        oldest_operator="0.4",
        oldest_platform="2.10",
        gateway_api="v1.4.1",
        cluster_labels=True,
    ),
    "1.29": MeshRelease(
        operator="0.5.0",
        oldest_operator="0.5",
        oldest_platform="2.12",
        gateway_api="v1.4.1",
        cluster_labels=True,
    ),
}

DEFAULT_MESH_VERSION: Final = "1.28.3-patch0"
"""The newest version that the workshop documents step by step."""


def minor(version: str) -> str:
    """Return ``"1.28"`` for ``"1.28.3-patch0"``."""
    return ".".join(version.split(".")[:2])


def is_known(version: str) -> bool:
    """Whether the table has the minor version of ``version``."""
    return minor(version) in RELEASES


def release(version: str) -> MeshRelease:
    """Return the table's row for ``version``.

    For a minor version that is not in the table: the newest row, or the oldest if it is older.
    """
    known = {_numbers(key): row for key, row in RELEASES.items()}
    wanted = _numbers(minor(version))
    return known.get(wanted) or known[min(known) if wanted < min(known) else max(known)]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
