"""GKE clusters. Each is a local control plane; what its nodes are like is kept and checked only."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from localcloud.plugins.gcp import gke, gke_networks, gke_ranges, iam, names, ranges
from localcloud.plugins.gcp.errors import bad
from localcloud.plugins.gcp.kind import NETWORK, SUBNETWORK, Kind, number
from localcloud.plugins.gcp.planes import CLUSTER, Planes
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure, Properties, ProviderError
from localcloud.plugins.values import UNKNOWN

VERSION = "1.35.4-gke.0"
"""Kubernetes as it is here, in GKE's form; tools/kubernetes has its version."""


class Cluster(Kind):
    """A cluster.

    Args:
        planes: where its control plane comes from.
    """

    token = CLUSTER
    noun = "cluster"
    path = "projects/{project}/locations/{location}/clusters/{name}"
    api = "https://container.googleapis.com/v1"
    pattern = names.CLUSTER_NAME
    longest = 40
    immutable = frozenset(
        {"name", "project", "location", "network", "subnetwork", "clusterIpv4Cidr", "description"}
        | {"enableKubernetesAlpha", "enableTpu", "enableAutopilot", "initialNodeCount", "nodePools"}
        | {"confidentialNodes", "networkingMode", "defaultMaxPodsPerNode", "datapathProvider"}
        | {"dataplaneOptimizationMode", "masterAuth.clientCertificateConfig"}
        | {f"ipAllocationPolicy.{key}" for key in gke.FIXED_RANGES}
        | {"privateClusterConfig.masterIpv4CidrBlock"}
        | {"privateClusterConfig.privateEndpointSubnetwork"}
        | {f"nodeConfig.{key}" for key in gke.FIXED_NODES}
    )
    sticky = frozenset(
        {"nodeLocations", "addonsConfig", "clusterIpv4Cidr", "loggingConfig", "monitoringConfig"}
        | {"masterAuth", "masterAuthorizedNetworksConfig", "datapathProvider", "nodeVersion"}
        | {"releaseChannel", "workloadIdentityConfig", "privateClusterConfig", "subnetwork"}
        | {"networkingMode", "defaultMaxPodsPerNode", "controlPlaneEndpointsConfig"}
        | {"ipAllocationPolicy", "clusterAutoscaling", "nodePoolAutoConfig", "gatewayApiConfig"}
        | {"enableIntranodeVisibility", "initialNodeCount", "nodeConfig"}
    )
    defaults: ClassVar[Mapping[str, Any]] = {
        "deletionProtection": True,
        "enableKubernetesAlpha": False,
        "enableLegacyAbac": False,
        "enableShieldedNodes": True,
        "network": "default",
    }
    references: ClassVar[Mapping[str, str]] = {"network": NETWORK, "subnetwork": SUBNETWORK}
    labels = "resourceLabels"
    link = ""
    slow = True
    made = (
        "selfLink",
        "endpoint",
        "masterAuth",
        "masterVersion",
        "operation",
        "servicesIpv4Cidr",
        "labelFingerprint",
    )

    def __init__(self, planes: Planes) -> None:
        self.planes = planes

    def where(self, inputs: Mapping[str, Any], scope: names.Scope) -> dict[str, Any]:
        """Return what its path needs; its region is that of its location."""
        place = super().where(inputs, scope)
        location = place["location"]
        region = names.region_of(location) if isinstance(location, str) else location
        return {**place, "region": region}

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield contradictions that need no cloud to be seen."""
        yield from super().judge(inputs, scope)
        yield from gke.judge(inputs)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse what does not fit its network, or its project."""
        gke.refuse_impossible(record)
        if old is None:
            self._refuse_same_plane(store, record)
        network = gke_networks.network_of(store, record)
        subnetwork = gke_networks.subnetwork_of(store, record, network)
        for email in gke.accounts(record.given):
            iam.refuse_unknown(store, email)
        if old is not None:
            # None of its ranges can change.
            record.made = dict(old.made)
            return
        if subnetwork is not None:
            gke_ranges.refuse_wrong(store, record, subnetwork)
        made = gke_ranges.made(store, record, network.path)
        ranges.refuse_conflicts(store, network.path, record, list(made.items()))
        gke_ranges.refuse_too_many(record, record, subnetwork)
        names_used = gke_ranges.secondary(record.given)
        record.made = {
            "_ranges": [str(one) for one in made.values()],
            "_secondary": {subnetwork.path: names_used} if subnetwork and names_used else {},
            "_services": gke_ranges.services(record, subnetwork, made),
        }

    def _refuse_same_plane(self, store: Store, record: Record) -> None:
        for other in store.all(self.token):
            if other.name == record.name and other.path != record.path:
                raise bad(
                    f"the stand-in has one control plane for a cluster's name, and {record.name} is"
                    f" {other.path}: give this cluster another name"
                )

    def outputs(self, record: Record) -> Properties:
        """Return what the state holds of it; its address is that of its plane."""
        given, serving = record.given, self.planes.find(record.name)
        endpoint = serving.endpoint if serving else record.made.get("_endpoint", "")
        authority = serving.authority if serving else record.made.get("_authority", "")
        private = given.get("privateClusterConfig")
        reached = {"privateEndpoint": endpoint, "publicEndpoint": endpoint}
        return {
            "selfLink": f"{self.api}/{record.path}",
            "endpoint": endpoint,
            "location": record.place["location"],
            "nodeLocations": given.get("nodeLocations") or gke.zones(record)[1:],
            "masterVersion": VERSION,
            "nodeVersion": given.get("nodeVersion") or VERSION,
            "operation": "",
            "labelFingerprint": number(record.path)[:8],
            "servicesIpv4Cidr": record.made.get("_services", ""),
            "masterAuth": {
                "clientCertificate": "",
                "clientCertificateConfig": {"issueClientCertificate": False},
                "clientKey": "",
                "clusterCaCertificate": authority,
            },
            **({"privateClusterConfig": {**private, **reached}} if private else {}),
        }

    def unfilled(self, inputs: Properties) -> Properties:
        """Return what a preview does not know of the ways to its control plane."""
        private = inputs.get("privateClusterConfig")
        reached = dict.fromkeys(("privateEndpoint", "publicEndpoint"), UNKNOWN)
        more = {**private, **reached} if isinstance(private, Mapping) else {}
        return {"privateClusterConfig": more} if more else {}

    def replaces(self, path: str, before: Any, after: Any) -> bool:
        """Whether it is a new one; some features cannot be switched off again."""
        if path in {"enableL4IlbSubsetting", "enableFqdnNetworkPolicy"}:
            return before is True and after is not True
        return super().replaces(path, before, after)

    def start(self, record: Record) -> None:
        """Start its control plane, and remember how it is reached."""
        serving = self.planes.start(record.name)
        record.made |= {"_endpoint": serving.endpoint, "_authority": serving.authority}

    def stop(self, record: Record) -> None:
        """Stop its control plane and remove what it had."""
        self.planes.stop(record.name)

    def is_gone(self, record: Record) -> bool:
        """Whether its control plane has been removed behind our back."""
        known = self.planes.find(record.name) or self.planes.is_there(record.name)
        return record.status == "RUNNING" and not known

    def leave(self, store: Store, record: Record) -> None:
        """Refuse to delete a protected cluster; its node pools go with it."""
        if record.given.get("deletionProtection", True):
            raise ProviderError(
                "Cannot destroy cluster because deletion_protection is set to true. Set it to false"
                " to proceed with cluster deletion."
            )
        super().leave(store, record)
