"""Node pools. Nothing runs in them here: a control plane has its simulated nodes by itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from localcloud.plugins.gcp import gke, gke_ranges, iam, names
from localcloud.plugins.gcp.clusters import VERSION
from localcloud.plugins.gcp.errors import bad, not_found
from localcloud.plugins.gcp.kind import CLUSTER, SUBNETWORK, Kind
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import Failure, Properties

_MACHINE = re.compile(r"[a-z][a-z0-9]*-[a-z0-9-]+")


class NodePool(Kind):
    """A node pool of a Standard cluster; it goes with its cluster."""

    token = "gcp:container/nodePool:NodePool"  # noqa: S105 a type
    noun = "node pool"
    path = "projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}"
    api = ""
    pattern = names.CLUSTER_NAME
    longest = 40
    immutable = frozenset(
        {"name", "namePrefix", "project", "location", "cluster", "initialNodeCount"}
        | {"maxPodsPerNode", "placementPolicy", "queuedProvisioning"}
        | {"networkConfig.createPodRange", "networkConfig.podRange"}
        | {"networkConfig.podIpv4CidrBlock", "networkConfig.podCidrOverprovisionConfig"}
        | {"networkConfig.additionalNodeNetworkConfigs", "networkConfig.subnetwork"}
        | {f"nodeConfig.{key}" for key in gke.FIXED_NODES}
    )
    sticky = frozenset(
        {"initialNodeCount", "nodeCount", "nodeLocations", "maxPodsPerNode", "version"}
        | {"networkConfig", "upgradeSettings"}
    )
    references: ClassVar[Mapping[str, str]] = {"cluster": CLUSTER}
    made = ("instanceGroupUrls", "managedInstanceGroupUrls", "operation", "version")

    def where(self, inputs: Mapping[str, Any], scope: names.Scope) -> dict[str, Any]:
        """Return what its path needs, its cluster's name included."""
        cluster = inputs.get("cluster")
        name = names.relative(cluster).rpartition("/")[2] if isinstance(cluster, str) else cluster
        return {**super().where(inputs, scope), "cluster": name}

    def judge(self, inputs: Mapping[str, Any], scope: names.Scope) -> Iterator[Failure]:
        """Yield impossible numbers and types of machines."""
        yield from super().judge(inputs, scope)
        least, most = (gke.at(inputs, f"autoscaling.{key}NodeCount") for key in ("min", "max"))
        if isinstance(least, int) and isinstance(most, int) and least > most:
            reason = f"minNodeCount {least} is more than maxNodeCount {most}"
            yield Failure(property="autoscaling", reason=reason)
        machine = gke.at(inputs, "nodeConfig.machineType")
        if isinstance(machine, str) and not _MACHINE.fullmatch(machine):
            reason = f'machine type "{machine}" is none'
            yield Failure(property="nodeConfig.machineType", reason=reason)

    def admit(self, store: Store, record: Record, old: Record | None) -> None:
        """Refuse a pool of no cluster, or one that its cluster cannot have."""
        place = {**record.place, "region": names.region_of(record.place["location"])}
        cluster = self._cluster(store, record)
        record.within = cluster.path
        if cluster.given.get("enableAutopilot"):
            raise bad("Autopilot clusters do not support mutating node pools.")
        channel = gke.at(cluster.given, "releaseChannel.channel")
        for field in ("autoUpgrade", "autoRepair"):
            said = gke.at(record.given, f"management.{field}")
            if said is False and channel not in {None, "UNSPECIFIED"}:
                word = "Auto_upgrade" if field == "autoUpgrade" else "Auto_repair"
                raise bad(f"{word} must be true when release_channel {channel} is set.")
        gke.refuse_zones(record)
        for email in gke.accounts(record.given):
            iam.refuse_unknown(store, email)
        subnetwork = self._subnetwork(store, cluster, place)
        if pods := gke.at(record.given, "networkConfig.podRange"):
            if subnetwork is None or pods not in gke_ranges.blocks(subnetwork):
                raise bad(f'Pod secondary range "{pods}" not found in the cluster\'s subnetwork.')
            record.made["_secondary"] = {subnetwork.path: [pods]}
        elif old is None:
            pools = [one for one in store.all(self.token) if one.within == cluster.path]
            kept = 0 if cluster.given.get("removeDefaultNodePool") else gke_ranges.nodes(cluster)
            there = kept + sum(gke_ranges.nodes(pool) for pool in pools)
            gke_ranges.refuse_too_many(record, cluster, subnetwork, there)

    def _cluster(self, store: Store, record: Record) -> Record:
        path = names.referred(CLUSTER, record.given["cluster"], record.place, "cluster")
        found = store.find(path)
        if found is None or found.token != "gcp:container/cluster:Cluster":  # noqa: S105 a type
            raise not_found(path)
        if found.status != "RUNNING":
            raise bad(f"Cluster {path} is {found.status}: no node pool can be made now.")
        return found

    @staticmethod
    def _subnetwork(store: Store, cluster: Record, place: Mapping[str, str]) -> Record | None:
        text = cluster.given.get("subnetwork")
        where = {**place, "project": cluster.project}
        return store.find(names.referred(SUBNETWORK, text, where, "subnetwork")) if text else None

    def outputs(self, record: Record) -> Properties:
        """Return what the state holds of it; its groups of instances are names only."""
        project, given = record.project, record.given
        groups = [
            f"https://www.googleapis.com/compute/v1/projects/{project}/zones/{zone}/%s/"
            f"gke-{record.within.rpartition('/')[2]}-{record.name}"
            for zone in gke.zones(record)
        ]
        return {
            "location": record.place["location"],
            "nodeLocations": gke.zones(record),
            "instanceGroupUrls": [group % "instanceGroupManagers" for group in groups],
            "managedInstanceGroupUrls": [group % "instanceGroups" for group in groups],
            "nodeCount": given.get("nodeCount") or given.get("initialNodeCount") or 0,
            "operation": "",
            "version": given.get("version") or VERSION,
        }
