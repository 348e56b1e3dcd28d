"""What the stand-in gcp plugin refuses before anything exists: names, places, contradictions."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.plugins.provider import Check
from tests.localcloud.plugins.gcp_kit import (
    ACCOUNT,
    ADDRESS,
    ALL_NAT,
    CLUSTER,
    FIREWALL,
    MEMBER,
    NAT,
    NET,
    NETWORK,
    POOL,
    REGION,
    ROUTER,
    RULE,
    SERVICE,
    STANDARD,
    SUB,
    SUBNETWORK,
    Cloud,
)

POOL_OF_ALPHA = {"name": "pool", "cluster": "alpha", "location": REGION}

VIEWER = {"project": "localcloud", "role": "roles/viewer", "member": "user:a@b.c"}


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


@pytest.mark.parametrize(
    ("token", "inputs", "reason"),
    [
        (NETWORK, {"name": "Mesh"}, '"name" ("Mesh") doesn\'t match regexp'),
        (NETWORK, {"name": "a" * 64}, "doesn't match regexp"),
        (NETWORK, {"name": "mesh-"}, "doesn't match regexp"),
        (CLUSTER, {**STANDARD, "name": "a" * 41}, "doesn't match regexp"),
        (ACCOUNT, {"accountId": "nodes"}, '"accountId" ("nodes") doesn\'t match regexp'),
        (ACCOUNT, {"accountId": "n" * 31}, "doesn't match regexp"),
        (NAT, {**ALL_NAT, "name": "n"}, "doesn't match regexp"),
        (NETWORK, {**NET, "project": "acme-prod"}, "makes nothing in project acme-prod"),
        (NETWORK, {**NET, "project": "localcloudy"}, "makes nothing in project localcloudy"),
        (SUBNETWORK, {**SUB, "region": "europe-4"}, "region is 'europe-4', which is no region"),
        (SUBNETWORK, {**SUB, "region": ""}, "Cannot determine region"),
        (CLUSTER, {**STANDARD, "location": "europe-west4-x"}, "which is no location"),
        (CLUSTER, {**STANDARD, "location": None}, "Cannot determine location"),
        (SUBNETWORK, {**SUB, "ipCidrRange": "10.0.0.1/20"}, "is not a valid IP CIDR range"),
        (
            SUBNETWORK,
            {**SUB, "secondaryIpRanges": [{"rangeName": "a", "ipCidrRange": "10/8"}]},
            "is not a valid IP CIDR range",
        ),
        (
            CLUSTER,
            {**STANDARD, "enableAutopilot": True},
            '"removeDefaultNodePool": conflicts with enableAutopilot',
        ),
        (CLUSTER, {**STANDARD, "datapathProvider": "V2"}, "expected datapathProvider to be one of"),
        (CLUSTER, {**STANDARD, "releaseChannel": {"channel": "FAST"}}, "expected releaseChannel"),
        (
            CLUSTER,
            {
                **STANDARD,
                "ipAllocationPolicy": {
                    "clusterSecondaryRangeName": "pods",
                    "clusterIpv4CidrBlock": "/16",
                },
            },
            "conflicts with",
        ),
        (CLUSTER, {**STANDARD, "resourceLabels": {"Team": "a"}}, "field 'resourceLabels': Team=a"),
        (CLUSTER, {**STANDARD, "resourceLabels": {"team": "A B"}}, "team=A B. Labels are small"),
        (POOL, {**POOL_OF_ALPHA, "nodeConfig": {"machineType": "e2"}}, 'machine type "e2" is none'),
        (
            POOL,
            {**POOL_OF_ALPHA, "autoscaling": {"minNodeCount": 3, "maxNodeCount": 1}},
            "minNodeCount 3 is more than maxNodeCount 1",
        ),
        (FIREWALL, {**RULE, "allows": None}, "one of `allow,deny` must be specified"),
        (FIREWALL, {**RULE, "denies": [{"protocol": "udp"}]}, '"deny": conflicts with allow'),
        (FIREWALL, {**RULE, "sourceRanges": []}, "one of source_tags, source_ranges"),
        (FIREWALL, {**RULE, "priority": 70000}, "in the range (0 - 65535), got 70000"),
        (
            NAT,
            {**ALL_NAT, "sourceSubnetworkIpRangesToNat": "ALL"},
            "expected sourceSubnetworkIpRangesToNat to be one of",
        ),
        (ADDRESS, {"name": "a", "region": REGION, "addressType": "LOCAL"}, "expected address_type"),
        (MEMBER, {**VIEWER, "role": "owner"}, '"role" ("owner") doesn\'t match'),
        (MEMBER, {**VIEWER, "member": "a@b.c"}, "invalid value for member"),
        (SERVICE, {"service": "container"}, "doesn't match regexp"),
    ],
)
def test_a_check_says_what_a_plan_would_refuse(
    cloud: Cloud, token: str, inputs: dict[str, Any], reason: str
) -> None:
    found = cloud.resource(token).failures(inputs)
    assert any(reason in one for one in found), found


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (NETWORK, NET),
        (SUBNETWORK, SUB),
        (CLUSTER, STANDARD),
        (CLUSTER, {"name": "a", "location": "us-east1-b", "initialNodeCount": 3}),
        (CLUSTER, {"name": "a", "location": "northamerica-northeast1", "enableAutopilot": True}),
        (POOL, POOL_OF_ALPHA),
        (FIREWALL, RULE),
        (FIREWALL, {**RULE, "direction": "EGRESS", "sourceRanges": None}),
        (NAT, ALL_NAT),
        (ROUTER, {"name": "router", "network": "mesh", "region": "me-central1"}),
        (MEMBER, {**VIEWER, "member": "principalSet://iam.googleapis.com/x/y"}),
        (SERVICE, {"service": "container.googleapis.com"}),
        (NETWORK, {**NET, "project": "localcloud-two"}),
    ],
)
def test_what_google_takes_passes(cloud: Cloud, token: str, inputs: dict[str, Any]) -> None:
    assert cloud.resource(token).failures(inputs) == []


def test_a_project_must_be_said_somewhere(cloud: Cloud) -> None:
    cloud.provider = cloud.run(project="")

    assert cloud.resource(NETWORK).failures(NET) == ["project: required field is not set"]


def test_a_zone_of_the_provider_gives_a_region(cloud: Cloud) -> None:
    cloud.provider = cloud.run(zone="us-east1-b")
    cloud.make(NETWORK, NET)

    made = cloud.make(SUBNETWORK, {**SUB, "region": None})

    assert made.outputs["region"] == "us-east1"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"project": "acme-prod"}, "makes nothing in project acme-prod: it plays localcloud"),
        ({"project": "localcloud", "zone": "here"}, "zone is 'here', which is no zone"),
        ({"project": "localcloud", "containerCustomEndpoint": "http://x"}, "is no setting of"),
    ],
)
def test_settings_that_the_stand_in_cannot_follow_are_refused(
    cloud: Cloud, settings: dict[str, str], reason: str
) -> None:
    urn = "urn:pulumi:test::project::pulumi:providers:gcp::gcp"
    checked = cloud.provider.check_config(Check(urn=urn, old={}, new=settings))

    assert any(reason in one.reason for one in checked.failures), checked.failures


def test_a_name_that_nobody_gave_stays_as_it_is(cloud: Cloud) -> None:
    resource = cloud.resource(CLUSTER, "Gke-" + "alpha" * 10)
    seed = Check(urn=resource.urn, old={}, new={}, random_seed=bytes(range(16)))
    first = cloud.provider.check(seed).inputs

    again = cloud.provider.check(
        Check(urn=resource.urn, old=first, new={}, random_seed=bytes(range(5, 21)))
    ).inputs

    assert first["name"].startswith("gke-alphaalpha")
    assert first["name"].endswith("-0001020")
    assert len(first["name"]) == 40
    assert again == first
