"""What GKE refuses about clusters and their nodes, addresses aside."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from localcloud.plugins.gcp import names, ranges
from localcloud.plugins.gcp.errors import bad
from localcloud.plugins.gcp.store import Record
from localcloud.plugins.provider import Failure
from localcloud.plugins.values import Unknown

FIXED_RANGES: Final = (
    "clusterIpv4CidrBlock",
    "servicesIpv4CidrBlock",
    "clusterSecondaryRangeName",
    "servicesSecondaryRangeName",
    "stackType",
    "podCidrOverprovisionConfig",
)
FIXED_NODES: Final = (
    "guestAccelerators",
    "localSsdCount",
    "ephemeralStorageLocalSsdConfig",
    "localNvmeSsdBlockConfig",
    "secondaryBootDisks",
    "metadata",
    "minCpuPlatform",
    "oauthScopes",
    "preemptible",
    "reservationAffinity",
    "spot",
    "serviceAccount",
    "shieldedInstanceConfig",
    "sandboxConfig",
    "bootDiskKmsKey",
    "nodeGroup",
    "advancedMachineFeatures",
    "soleTenantConfig",
    "hostMaintenancePolicy",
)
_NOT_WITH_AUTOPILOT: Final = (
    "removeDefaultNodePool",
    "nodePools",
    "networkPolicy",
    "enableShieldedNodes",
    "enableIntranodeVisibility",
    "defaultMaxPodsPerNode",
)
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "datapathProvider": ("DATAPATH_PROVIDER_UNSPECIFIED", "LEGACY_DATAPATH", "ADVANCED_DATAPATH"),
    "networkingMode": ("VPC_NATIVE", "ROUTES"),
    "releaseChannel.channel": ("UNSPECIFIED", "RAPID", "REGULAR", "STABLE", "EXTENDED"),
    "gatewayApiConfig.channel": ("CHANNEL_DISABLED", "CHANNEL_EXPERIMENTAL", "CHANNEL_STANDARD"),
}
ZONES: Final = 3
"""Zones of a region that GKE takes when none are named."""


def at(inputs: Mapping[str, Any], path: str) -> Any:
    """Return a value by its dotted path, or None; what is unknown stays so."""
    found: Any = inputs
    for part in path.split("."):
        if isinstance(found, Unknown):
            return found
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def judge(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield what the plugin refuses of a cluster without asking GKE."""
    if inputs.get("enableAutopilot") is True:
        for field in _NOT_WITH_AUTOPILOT:
            if inputs.get(field) is not None:
                reason = f'"{field}": conflicts with enableAutopilot'
                yield Failure(
                    property=field, reason=f"Conflicting configuration arguments. {reason}"
                )
    for path, allowed in _CHOICES.items():
        value = at(inputs, path)
        if isinstance(value, str) and value not in allowed:
            reason = f"expected {path} to be one of {list(allowed)}, got {value}"
            yield Failure(property=path, reason=reason)
    for field in ("cluster", "services"):
        named = at(inputs, f"ipAllocationPolicy.{field}SecondaryRangeName")
        block = at(inputs, f"ipAllocationPolicy.{field}Ipv4CidrBlock")
        if named is not None and block is not None:
            path = f"ipAllocationPolicy.{field}Ipv4CidrBlock"
            reason = f'Conflicting configuration arguments. "{path}": conflicts with the name'
            yield Failure(property=path, reason=reason)


def refuse_impossible(record: Record) -> None:
    """Refuse a cluster that no network could make possible.

    Raises:
        Refused: with GKE's words.
    """
    given, location = record.given, record.place["location"]
    autopilot = given.get("enableAutopilot") is True
    if autopilot and names.ZONE.fullmatch(location):
        raise bad("Autopilot clusters must be regional clusters.")
    if not autopilot and not given.get("initialNodeCount") and not given.get("nodePools"):
        raise bad("Cluster.initial_node_count must be greater than zero.")
    policy, provider = at(given, "networkPolicy.enabled"), given.get("datapathProvider")
    if policy and provider == "ADVANCED_DATAPATH":
        raise bad(
            "Enabling NetworkPolicy for clusters with DatapathProvider=ADVANCED_DATAPATH is"
            " not allowed."
        )
    pool = at(given, "workloadIdentityConfig.workloadPool")
    wanted = f"{record.project}.svc.id.goog"
    if pool and pool != wanted:
        raise bad(
            f'Currently, the only supported identity namespace for the project is "{wanted}".'
        )
    refuse_zones(record)
    for one in at(given, "masterAuthorizedNetworksConfig.cidrBlocks") or ():
        if ranges.parsed(one["cidrBlock"]) is None:
            raise bad(f'Invalid value for master authorized network: "{one["cidrBlock"]}".')


def refuse_zones(record: Record) -> None:
    """Refuse zones of nodes that are not in the cluster's region.

    Raises:
        Refused: with GKE's words.
    """
    region = names.region_of(record.place["location"])
    for zone in record.given.get("nodeLocations") or ():
        if not names.ZONE.fullmatch(zone) or names.region_of(zone) != region:
            raise bad(f'Node location "{zone}" is not a zone of region "{region}".')


def zones(record: Record) -> list[str]:
    """Return the zones that a cluster or a pool has nodes in; its own, of a zonal one, first."""
    location, given = record.place["location"], record.given.get("nodeLocations") or []
    if names.ZONE.fullmatch(location):
        return [location, *(zone for zone in given if zone != location)]
    return list(given) or [f"{location}-{letter}" for letter in "abc"[:ZONES]]


def accounts(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the service accounts that nodes are to have."""
    for path in (
        "nodeConfig.serviceAccount",
        "clusterAutoscaling.autoProvisioningDefaults.serviceAccount",
    ):
        if email := at(given, path):
            yield email
