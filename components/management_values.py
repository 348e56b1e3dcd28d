"""Values of the chart gloo-platform: files that users edit, and what the program lays over them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from components.config_errors import shown
from components.naming import MANAGEMENT_NAMESPACE
from components.relay import AUTHORITY, MGMT_SERVER, TELEMETRY_AUTHORITY
from components.settings import Settings

FOLDER: Final = Path(__file__).parent.parent / "manifests"
PLANE_FILE: Final = "gloo-platform-values.yaml"
AGENT_FILE: Final = "gloo-platform-agent-values.yaml"

RELAY_PORT: Final = 9900
TELEMETRY_PORT: Final = 4317
LICENSE_SECRET: Final = "gloo-mesh-license"  # noqa: S105 the name of a Secret
LICENSE_KEY: Final = "gloo-mesh-license-key"
"""The key in that Secret that the management server reads for Gloo Mesh."""

CRDS: Final[Mapping[str, Any]] = {"installEnterpriseCrds": False}
"""Of the chart gloo-platform-crds. Both charts must say the same."""

_FILLED: Final[Mapping[str, str]] = {
    "common.cluster": "the cluster's name, which the program fills in",
    "glooAgent.relay": "addresses and certificates, which the program fills in",
    "glooMgmtServer.relay": "certificates, which the program makes",
    "telemetryCollector.config.exporters.otlp.endpoint": "an address that the program fills in",
    "telemetryCollectorCustomization.serverName": "a name that the program's certificates have",
    "telemetryGatewayCustomization.disableCertGeneration": "certificates, which the program makes",
}
_SECRET: Final = "licensing"  # noqa: S105 the name of a key
_OFF: Final[Mapping[str, str]] = {
    "featureGates.ConfigDistribution": (
        "the links of this mesh are static, and the plane would write peers of its own beside them"
    ),
    "glooMgmtServer.registerCluster": "the program registers every cluster",
    "installEnterpriseCrds": "the CRDs of both charts must agree, and the mesh needs none of them",
}


def _at(values: Any, path: str) -> Any:
    """Return the value at a dotted path; None where there is none."""
    for key in path.split("."):
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _nested(path: str, value: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` laid over it, map by map."""
    found = dict(base)
    for key, value in over.items():
        below = found.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        found[key] = merged(below, value) if both else value  # type: ignore[arg-type]
    return found


def _read(file: str, folder: Path) -> Any:
    found = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
    return {} if found is None else found


def _mistakes(file: str, folder: Path) -> Iterator[str]:
    where = f"manifests/{file}"
    try:
        values = _read(file, folder)
    except (OSError, ValueError, yaml.YAMLError) as error:
        # A parser quotes what it read, and a license key may be in it.
        yield (
            f"{where}: found what cannot be read ({type(error).__name__});"
            " allowed: a YAML file of chart values; fix: mend it"
        )
        return
    if not isinstance(values, Mapping):
        yield f"{where}: found no map; allowed: a map of chart values; fix: write key: value"
        return
    if _SECRET in values:
        yield (
            f"{where}: {_SECRET}: found a value in clear text; allowed: a secret; fix: remove it"
            " and run pulumi config set --secret ambientmesh:licenseKey"
        )
    for path, why in _OFF.items():
        if (found := _at(values, path)) not in (None, False):
            yield (
                f"{where}: {path}: found {shown(found)}; allowed: false, because {why};"
                " fix: remove it"
            )
    for path, why in _FILLED.items():
        if _at(values, path) is not None:
            yield f"{where}: {path}: found a value; allowed: none, for it is {why}; fix: remove it"


def problems(settings: Settings, folder: Path = FOLDER) -> list[str]:
    """Return a line for every mistake in the files of values that a stack uses."""
    if settings.management is None:
        return []
    return [line for file in (PLANE_FILE, AGENT_FILE) for line in _mistakes(file, folder)]


def plane(cluster: Any, *, member: bool, licensed: bool) -> dict[str, Any]:
    """Return the values of the management cluster.

    Args:
        cluster: its name; the same as the mesh calls it, or the UI shows two clusters.
        member: whether it is a cluster of the mesh, and has an agent of its own.
        licensed: whether there is a Secret with the license key.
    """
    filled: dict[str, Any] = {
        **CRDS,
        "common": {"cluster": cluster},
        "featureGates": {"ConfigDistribution": False},
        "glooMgmtServer": {
            "relay": {"disableCaCertGeneration": True, "disableTokenGeneration": True}
        },
        "telemetryGatewayCustomization": {"disableCertGeneration": True},
        "telemetryCollectorCustomization": {"serverName": TELEMETRY_AUTHORITY},
        "glooAgent": {"enabled": member},
    }
    if member:
        address = f"{MGMT_SERVER}.{MANAGEMENT_NAMESPACE}:{RELAY_PORT}"
        filled["glooAgent"]["relay"] = {"serverAddress": address, "authority": AUTHORITY}
    if licensed:
        filled["licensing"] = {"licenseSecretName": LICENSE_SECRET}
    return merged(_read(PLANE_FILE, FOLDER), filled)


def agent(cluster: Any, *, relay: Any, telemetry: Any) -> dict[str, Any]:
    """Return the values of another cluster.

    Args:
        cluster: its name.
        relay: address and port of the management server.
        telemetry: address and port of the telemetry gateway.
    """
    filled = {
        **CRDS,
        "common": {"cluster": cluster},
        "glooAgent": {"relay": {"serverAddress": relay, "authority": AUTHORITY}},
        "telemetryCollectorCustomization": {"serverName": TELEMETRY_AUTHORITY},
        **_nested("telemetryCollector.config.exporters.otlp.endpoint", telemetry),
    }
    return merged(_read(AGENT_FILE, FOLDER), filled)
