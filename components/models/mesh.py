"""The mesh itself: clusters, installation, links, trust, charts, waits."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from components import versions
from components.fields import DnsLabel, Registry, Seconds, TrustDomain, is_dns_label, wrong
from components.given_root import RootCertificate
from components.models.base import Model, Site
from components.models.gke import GkeSettings

RENEWAL_DAYS = 30
"""An intermediate is issued anew this long before it ends. Under the same root istiod takes it up
without a restart; a root has no such path (istio/istio#47427) and is never renewed by itself."""


class ClusterSettings(Site):
    """One cluster of the mesh. Its ``name`` is its identity: renaming it makes another cluster."""

    context: str = Field(default="", min_length=1)
    gke: GkeSettings | None = None
    """Makes the cluster; in place of ``context``."""
    network: DnsLabel = ""
    """``topology.istio.io/network`` of the cluster; default: its name."""
    trust_domain: TrustDomain = ""
    """SPIFFE trust domain of its workloads; default: its name."""
    platform: Literal["gke", "k3d", "k3s", "microk8s", "minikube", "openshift"] | None = None
    """What Istio's charts must know of the nodes, on the Helm route: those that need nothing have
    no name. Default: that of a cluster which the stack makes. The operator finds out by itself."""

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, data: Any) -> Any:
        if isinstance(data, dict) and is_dns_label(data.get("name")):
            return {"network": data["name"], "trustDomain": data["name"]} | data
        return data

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if bool(self.context) == (self.gke is not None):
            raise wrong("exactly one of context and gke", "say which cluster it is, or make one")
        if self.gke and self.kubeconfig:
            raise wrong("no kubeconfig beside gke", "remove it: the cluster's own is used")
        return self

    @property
    def nodes(self) -> str | None:
        """Whose nodes they are, as far as the mesh must know: ``platform``, or what is made."""
        return self.platform or ("gke" if self.gke else None)


class MeshSettings(Model):
    """How Istio gets into a cluster."""

    install: Literal["operator", "helm"] = "operator"
    """``operator``: the Gloo operator acts on a ServiceMeshController. ``helm``: Istio's own charts
    (base, istiod, cni, ztunnel). Never both, and never switched on a running mesh."""
    hub: Registry = versions.ISTIO_HUB
    """Where the images of Istio are, on the Helm route, and of a machine's ztunnel on either; their
    tag is the mesh version's."""


class LinkSettings(Model):
    """How clusters are joined."""

    mode: Literal["declarative", "istioctl"] = "declarative"
    """``declarative``: Gateways in the graph. ``istioctl``: its ``multicluster`` commands."""


class ChartSettings(Model):
    """Where charts come from. Point these at a mirror in an air-gapped installation."""

    gloo_operator: str = Field(default=versions.GLOO_OPERATOR_CHART, min_length=1)
    """An ``oci://`` or ``https://`` address, or the path of a chart directory or archive."""
    istio: str = Field(default=versions.ISTIO_CHARTS, min_length=1)
    """What has the charts base, istiod, cni and ztunnel of the Helm route: an ``oci://`` address
    or a folder."""
    gateway_api: str = Field(default=versions.GATEWAY_API_FILES, min_length=1)
    """Where the CRDs of the Gateway API are, on the Helm route: the address of the repository's raw
    files, or the folder that has those of the standard channel."""
    gloo_platform: str = Field(default=versions.GLOO_PLATFORM_CHARTS, min_length=1)
    """What has the charts gloo-platform-crds and gloo-platform of the management plane: an
    ``https://`` repository or a folder."""


class TrustSettings(Model):
    """How the root and the intermediate certificate authorities are made."""

    algorithm: Literal["RSA", "ECDSA"] = "RSA"
    """RSA keys have 4096 bits, ECDSA keys are on curve P-256: both are parsed by istiod."""
    root_validity_days: int = Field(default=3650, ge=RENEWAL_DAYS + 2, le=36500)
    """Of the root; it is never renewed by itself."""
    intermediate_validity_days: int = Field(default=1825, ge=RENEWAL_DAYS + 1, le=36500)
    """Above the days of ``RENEWAL_DAYS``, or every run would issue it anew."""
    root_certificate: RootCertificate | None = None
    """A root in PEM format, in place of one that the stack makes: stacks whose clusters link have
    the same. Its private key is the secret ``rootKey``. Never changed on a running mesh."""

    @model_validator(mode="after")
    def _one_root(self) -> Self:
        if self.root_certificate and "root_validity_days" in self.model_fields_set:
            raise wrong("no rootValidityDays beside rootCertificate", "remove it: it has its own")
        return self

    @model_validator(mode="after")
    def _nested_validity(self) -> Self:
        if self.root_certificate:
            return self
        if self.intermediate_validity_days >= self.root_validity_days:
            raise wrong(
                f"intermediateValidityDays below rootValidityDays ({self.root_validity_days})",
                "shorten the intermediates or lengthen the root",
            )
        return self


class Timeouts(Model):
    """How long each wait may last before ``up`` fails with the last thing it saw."""

    operator: Seconds = 300
    """Until the Gloo operator's Deployment is available."""
    mesh: Seconds = 600
    """Until the ServiceMeshController's phase is SUCCEEDED; also until it is gone on destroy."""
    gateway: Seconds = 600
    """Until a gateway or waypoint is programmed, has its address, and takes what is bound to it."""
    link: Seconds = 300
    """Until every link is connected. Hostname addresses need 30 to 90 s of DNS alone."""
    workload: Seconds = 300
    """Until a Deployment or Service of the sample application is ready."""
    vm: Seconds = 300
    """Until a machine's ztunnel is ready and reaches the product page; on Compute Engine also until
    the machine has said its host key."""
    management: Seconds = 600
    """Until a chart of the management plane is rolled out, its load balancers have addresses, and
    an agent has its certificate; each on its own."""
    deletion: Seconds = 600
    """Until a namespace or an object with finalizers is really gone."""
