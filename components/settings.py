"""The configuration of one stack: what may be said, its defaults, and every mistake at once.

``load`` is the only reader of ``pulumi.Config``. Secrets are top-level scalar keys and are not
part of the model, so that no value of theirs can appear in a message.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

import pulumi
import pulumi.runtime
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from components import config_errors, topology, versions
from components.fields import (
    DnsLabel,
    Registry,
    Seconds,
    TrustDomain,
    Version,
    is_dns_label,
    wrong,
)

SECRETS = ("licenseKey",)
"""Keys that are read with ``Config.get_secret`` only."""

RENEWAL_DAYS = 30
"""An intermediate is issued anew this long before it ends. Under the same root istiod takes it up
without a restart; a root has no such path (istio/istio#47427) and is never renewed by itself."""

SCALARS = ("meshVersion", "operatorVersion", "scalingProfile", "distribution", "kubeconfig")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


class ClusterSettings(_Model):
    """One cluster of the mesh. Its ``name`` is its identity: renaming it makes another cluster."""

    name: DnsLabel
    context: str = Field(min_length=1)
    """Context of the kubeconfig. Always explicit, so that no current context is ever trusted."""
    kubeconfig: str | None = Field(default=None, min_length=1)
    """Path of the kubeconfig that has the context; default: the stack's ``kubeconfig``."""
    network: DnsLabel = ""
    """``topology.istio.io/network`` of the cluster; default: its name."""
    trust_domain: TrustDomain = ""
    """SPIFFE trust domain of its workloads; default: its name."""

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, data: Any) -> Any:
        if isinstance(data, dict) and is_dns_label(data.get("name")):
            return {"network": data["name"], "trustDomain": data["name"]} | data
        return data


class ChartSettings(_Model):
    """Where charts come from. Point these at a mirror in an air-gapped installation."""

    gloo_operator: str = Field(default=versions.GLOO_OPERATOR_CHART, min_length=1)
    """An ``oci://`` or ``https://`` address, or the path of a chart directory or archive."""


class TrustSettings(_Model):
    """How the root and the intermediate certificate authorities are made."""

    algorithm: Literal["RSA", "ECDSA"] = "RSA"
    """RSA keys have 4096 bits, ECDSA keys are on curve P-256: both are parsed by istiod."""
    root_validity_days: int = Field(default=3650, ge=RENEWAL_DAYS + 2, le=36500)
    intermediate_validity_days: int = Field(default=1825, ge=RENEWAL_DAYS + 1, le=36500)
    """Above the days of ``RENEWAL_DAYS``, or every run would issue it anew."""

    @model_validator(mode="after")
    def _nested_validity(self) -> Self:
        if self.intermediate_validity_days >= self.root_validity_days:
            raise wrong(
                f"intermediateValidityDays below rootValidityDays ({self.root_validity_days})",
                "shorten the intermediates or lengthen the root",
            )
        return self


class BookinfoSettings(_Model):
    """The sample application."""

    enabled: bool = True
    registry: Registry = "docker.io/istio"
    """Image registry and path that hold ``examples-bookinfo-*``."""


class Timeouts(_Model):
    """How long each wait may last before ``up`` fails with the last thing it saw."""

    operator: Seconds = 300
    """Until the Gloo operator's Deployment is available."""
    mesh: Seconds = 600
    """Until the ServiceMeshController's phase is SUCCEEDED; also until it is gone on destroy."""
    gateway: Seconds = 600
    """Until the east-west gateway is programmed and has an address."""
    link: Seconds = 300
    """Until every link is connected. Hostname addresses need 30 to 90 s of DNS alone."""
    workload: Seconds = 300
    """Until a Deployment or Service of the sample application is ready."""
    deletion: Seconds = 600
    """Until a namespace or an object with finalizers is really gone."""


class Settings(_Model):
    """Everything a stack file may say, secrets excepted."""

    clusters: tuple[ClusterSettings, ...] = Field(min_length=1)
    kubeconfig: str | None = Field(default=None, min_length=1)
    """Path of the kubeconfig; default: what kubectl would read ($KUBECONFIG, ~/.kube/config)."""
    mesh_version: Version = versions.DEFAULT_MESH_VERSION
    operator_version: Version | None = None
    """Version of the ``gloo-operator`` chart; default: the one that belongs to the mesh version."""
    scaling_profile: Literal["Default", "Demo", "Large"] = "Default"
    distribution: Literal["Standard", "FIPS"] = "Standard"
    charts: ChartSettings = ChartSettings()
    trust: TrustSettings = TrustSettings()
    bookinfo: BookinfoSettings = BookinfoSettings()
    timeouts: Timeouts = Timeouts()

    @property
    def members(self) -> tuple[topology.Member, ...]:
        """The clusters as the topology sees them."""
        return _members(self.clusters)

    @property
    def operator_chart_version(self) -> str:
        """The chart version to install."""
        return self.operator_version or versions.release(self.mesh_version).operator


def _members(clusters: Iterable[ClusterSettings]) -> tuple[topology.Member, ...]:
    return tuple(
        topology.Member(name=c.name, network=c.network, trust_domain=c.trust_domain)
        for c in clusters
    )


class ConfigurationError(Exception):
    """The stack's configuration is wrong. ``lines`` holds one line for every mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _shared_contexts(clusters: Iterable[ClusterSettings], kubeconfig: object) -> list[str]:
    """Return a line for every context that stands for two clusters, which would own each other."""
    places: dict[tuple[object, str], list[int]] = {}
    for index, cluster in enumerate(clusters):
        where = (cluster.kubeconfig or kubeconfig, cluster.context)
        places.setdefault(where, []).append(index)
    return [
        f"{', '.join(f'clusters[{index}].context' for index in indexes)}: found {context!r}"
        f" {len(indexes)} times; allowed: once, because two clusters of a mesh are two clusters;"
        " fix: give each its own context"
        for (_, context), indexes in places.items()
        if len(indexes) > 1
    ]


def _between(clusters: Iterable[ClusterSettings], kubeconfig: object) -> list[str]:
    """Return a line for every mistake that only several clusters together make."""
    listed = tuple(clusters)
    return topology.problems(_members(listed)) + _shared_contexts(listed, kubeconfig)


def _clusters(data: Mapping[str, Any]) -> tuple[ClusterSettings, ...]:
    """Return the clusters of a file that is wrong elsewhere; none, if one of them is wrong."""
    try:
        only = Settings.model_validate_json(json.dumps({"clusters": data.get("clusters")}))
    except ValidationError:
        return ()
    return only.clusters


def parse(raw: Mapping[str, str]) -> Settings:
    """Return the settings that the raw values of a stack file describe.

    Args:
        raw: value of every key of the project's namespace as Pulumi hands it over: scalars as
            text, structures as JSON.

    Raises:
        ConfigurationError: with one line for every mistake in the whole file.
    """
    data: dict[str, Any] = {}
    for key, text in raw.items():
        if key in SECRETS:
            continue
        if key in SCALARS:
            data[key] = text
            continue
        try:
            data[key] = json.loads(text)
        except (ValueError, RecursionError):
            data[key] = text
    try:
        settings = Settings.model_validate_json(json.dumps(data))
    except ValidationError as error:
        lines = config_errors.lines(error, Settings, SECRETS)
        raise ConfigurationError(
            lines + _between(_clusters(data), data.get("kubeconfig"))
        ) from None
    if lines := _between(settings.clusters, settings.kubeconfig):
        raise ConfigurationError(lines)
    return settings


def _secrecy(prefix: str, names: Iterable[str]) -> list[str]:
    """Return a line for every key that is in clear text and must not be, or the other way round.

    A value that somebody thought worth encrypting must not turn up in a message.
    """
    lines = []
    for name in sorted(names):
        encrypted = pulumi.runtime.is_config_secret(f"{prefix}{name}")
        if name in SECRETS and not encrypted:
            lines.append(
                f"{name}: found a value in clear text; allowed: a secret;"
                f" fix: pulumi config set --secret {prefix}{name}"
            )
        if name not in SECRETS and encrypted:
            lines.append(
                f"{name}: found a secret; allowed: a plain value, only {', '.join(SECRETS)} is"
                " secret; fix: set it again without --secret"
            )
    return lines


def load() -> tuple[Settings, pulumi.Output[str] | None]:
    """Read the stack's configuration and its license key.

    Raises:
        pulumi.RunError: naming every mistake, before any resource is registered.
    """
    config = pulumi.Config()
    prefix = f"{config.name}:"
    keys = [key for key in pulumi.runtime.get_config_env() if key.startswith(prefix)]
    names = [key.removeprefix(prefix) for key in keys]
    raw = {name: config.get(name) or "" for name in names if name not in SECRETS}
    license_key = config.get_secret("licenseKey")
    lines = _secrecy(prefix, names)
    try:
        settings = parse(raw)
    except ConfigurationError as error:
        hidden = tuple(f"{line.partition(':')[0]}{end}" for line in lines for end in ".[:")
        lines += [line for line in error.lines if not line.startswith(hidden)]
    if lines:
        raise pulumi.RunError(config_errors.report(pulumi.get_stack(), lines))
    if not versions.is_known(settings.mesh_version):
        known = ", ".join(versions.RELEASES)
        pulumi.log.warn(
            f"meshVersion {settings.mesh_version} is not in the table of known versions ({known});"
            " the objects of the newest one are used"
        )
    return settings, license_key


__all__ = [
    "BookinfoSettings",
    "ChartSettings",
    "ClusterSettings",
    "ConfigurationError",
    "Settings",
    "Timeouts",
    "TrustSettings",
    "load",
    "parse",
]
