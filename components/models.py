"""What a stack file may say, key by key, with defaults.

Secrets are not part of it, so that no value of theirs can appear in a message.
"""

from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from components import topology, versions
from components.fields import (
    DnsLabel,
    Registry,
    Seconds,
    TrustDomain,
    Version,
    is_dns_label,
    wrong,
)

RENEWAL_DAYS = 30
"""An intermediate is issued anew this long before it ends. Under the same root istiod takes it up
without a restart; a root has no such path (istio/istio#47427) and is never renewed by itself."""


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
        return members_of(self.clusters)

    @property
    def operator_chart_version(self) -> str:
        """The chart version to install."""
        return self.operator_version or versions.release(self.mesh_version).operator


def members_of(clusters: Iterable[ClusterSettings]) -> tuple[topology.Member, ...]:
    """Return clusters as the topology sees them."""
    return tuple(
        topology.Member(name=c.name, network=c.network, trust_domain=c.trust_domain)
        for c in clusters
    )
