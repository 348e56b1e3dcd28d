"""Networks of the stand-in gcp plugin: references, order, ranges, and what is in use."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.plugins.provider import ProviderError
from tests.localcloud.plugins.gcp_kit import (
    ADDRESS,
    ALL_NAT,
    CLUSTER,
    FIREWALL,
    GLOBAL_ADDRESS,
    NAT,
    NET,
    NETWORK,
    REGION,
    ROUTER,
    RULE,
    STANDARD,
    SUB,
    SUBNETWORK,
    Cloud,
)

ROUTER_OF_MESH = {"name": "router", "network": "mesh", "region": REGION}
OTHER = {"name": "other", "region": "us-east1", "network": "mesh", "secondaryIpRanges": None}


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


def test_outputs_are_in_googles_form(cloud: Cloud) -> None:
    network, subnetwork = cloud.network()
    link = "https://www.googleapis.com/compute/v1/projects/localcloud"

    assert network.id == "projects/localcloud/global/networks/mesh"
    assert network.outputs["selfLink"] == f"{link}/global/networks/mesh"
    assert network.outputs["networkId"].isdecimal()
    assert subnetwork.id == f"projects/localcloud/regions/{REGION}/subnetworks/nodes"
    assert subnetwork.outputs["network"] == network.outputs["selfLink"]
    assert subnetwork.outputs["gatewayAddress"] == "10.0.0.1"
    assert subnetwork.outputs["project"] == "localcloud"


@pytest.mark.parametrize(
    "reference",
    [
        "mesh",
        "projects/localcloud/global/networks/mesh",
        "global/networks/mesh",
        "https://www.googleapis.com/compute/v1/projects/localcloud/global/networks/mesh",
    ],
)
def test_a_network_is_found_by_name_path_and_link(cloud: Cloud, reference: str) -> None:
    cloud.make(NETWORK, NET)

    subnetwork = cloud.make(SUBNETWORK, SUB, network=reference)

    assert subnetwork.outputs["network"].endswith("/projects/localcloud/global/networks/mesh")
    assert not subnetwork.diff({**SUB, "network": "mesh"}).changes, "the same in another form"


NETWORK_ID = "projects/localcloud/global/networks/mesh"
SUBNETWORK_ID = f"projects/localcloud/regions/{REGION}/subnetworks/nodes"


def listed(subnetwork: str) -> dict[str, Any]:
    every = {"name": subnetwork, "sourceIpRangesToNats": ["ALL_IP_RANGES"]}
    how = {"sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS", "subnetworks": [every]}
    return {**ALL_NAT, **how}


@pytest.mark.parametrize(
    ("token", "by_id", "by_name"),
    [
        (ROUTER, {**ROUTER_OF_MESH, "name": "other", "network": NETWORK_ID}, {"network": "mesh"}),
        (FIREWALL, {**RULE, "network": NETWORK_ID}, {"network": "mesh"}),
        (NAT, listed(SUBNETWORK_ID), listed("nodes")),
        (
            CLUSTER,
            {**STANDARD, "network": NETWORK_ID, "subnetwork": SUBNETWORK_ID},
            {"network": "mesh", "subnetwork": "nodes"},
        ),
    ],
)
def test_what_was_referred_to_by_id_is_the_same_by_name(
    cloud: Cloud, token: str, by_id: dict[str, Any], by_name: dict[str, Any]
) -> None:
    cloud.network()
    cloud.make(ROUTER, ROUTER_OF_MESH)

    made = cloud.make(token, by_id)

    assert not made.diff({**by_id, **by_name}).changes


def test_another_subnetwork_with_nat_is_a_change(cloud: Cloud) -> None:
    cloud.network()
    cloud.make(ROUTER, ROUTER_OF_MESH)

    made = cloud.make(NAT, listed(SUBNETWORK_ID))

    assert made.diff(listed("others")).changes


@pytest.mark.parametrize(
    ("token", "inputs"),
    [(SUBNETWORK, SUB), (ROUTER, ROUTER_OF_MESH), (FIREWALL, RULE), (NAT, ALL_NAT)],
)
def test_what_is_referred_to_must_be_there(
    cloud: Cloud, token: str, inputs: dict[str, Any]
) -> None:
    with pytest.raises(ProviderError, match=r"Error 404: The resource '.*' was not found"):
        cloud.make(token, inputs)


def test_a_reference_to_another_kind_is_malformed(cloud: Cloud) -> None:
    cloud.network()
    wrong = f"projects/localcloud/regions/{REGION}/subnetworks/nodes"

    with pytest.raises(ProviderError, match='Malformed value for network field: "projects/'):
        cloud.make(FIREWALL, RULE, network=wrong)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ipCidrRange": "10.0.8.0/21"}, "conflicts with existing subnetwork 'nodes' in region"),
        ({"ipCidrRange": "10.4.9.0/24"}, "conflicts with existing subnetwork 'nodes'"),
        ({"ipCidrRange": "10.9.0.0/30"}, "The prefix length must be between 4 and 29"),
        (
            {
                "ipCidrRange": "10.9.0.0/24",
                "secondaryIpRanges": [{"rangeName": "a", "ipCidrRange": "10.8.1.0/24"}],
            },
            r"secondaryIpRanges\[0\].ipCidrRange.*conflicts with existing subnetwork 'nodes'",
        ),
        (
            {
                "ipCidrRange": "10.9.0.0/24",
                "secondaryIpRanges": [{"rangeName": "a", "ipCidrRange": "10.9.0.0/25"}],
            },
            "conflicts with 10.9.0.0/24 of the same resource",
        ),
        (
            {
                "ipCidrRange": "10.9.0.0/24",
                "secondaryIpRanges": [
                    {"rangeName": "a", "ipCidrRange": "10.10.0.0/24"},
                    {"rangeName": "a", "ipCidrRange": "10.11.0.0/24"},
                ],
            },
            "Secondary range names must be unique",
        ),
        (
            {
                "ipCidrRange": "10.9.0.0/24",
                "secondaryIpRanges": [{"rangeName": "A", "ipCidrRange": "10.10.0.0/24"}],
            },
            "Must be a match of regex",
        ),
    ],
)
def test_ranges_of_one_network_do_not_meet(
    cloud: Cloud, changes: dict[str, Any], reason: str
) -> None:
    cloud.network()

    with pytest.raises(ProviderError, match=reason):
        cloud.make(SUBNETWORK, {**SUB, **OTHER, **changes})


def test_another_network_may_have_the_same_ranges(cloud: Cloud) -> None:
    cloud.network()
    cloud.make(NETWORK, NET, name="second")

    cloud.make(SUBNETWORK, SUB, name="twin", network="second")


def test_a_network_in_auto_mode_keeps_its_own_space(cloud: Cloud) -> None:
    cloud.make(NETWORK, {"name": "mesh"})

    with pytest.raises(ProviderError, match=r"cannot overlap with 10.128.0.0/9"):
        cloud.make(SUBNETWORK, SUB, ipCidrRange="10.128.0.0/20")


def test_a_name_that_is_taken_is_a_conflict(cloud: Cloud) -> None:
    cloud.make(NETWORK, NET)

    with pytest.raises(ProviderError, match=r"Error 409: .*networks/mesh' already exists"):
        cloud.resource(NETWORK, "another").create(NET)


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (SUBNETWORK, SUB),
        (ROUTER, ROUTER_OF_MESH),
        (FIREWALL, RULE),
        (
            GLOBAL_ADDRESS,
            {
                "name": "peers",
                "network": "mesh",
                "addressType": "INTERNAL",
                "purpose": "VPC_PEERING",
                "prefixLength": 20,
            },
        ),
    ],
)
def test_a_network_in_use_cannot_be_deleted(
    cloud: Cloud, token: str, inputs: dict[str, Any]
) -> None:
    network = cloud.make(NETWORK, NET)
    user = cloud.make(token, inputs)

    with pytest.raises(ProviderError, match=f"is already being used by '.*/{inputs['name']}'"):
        network.delete()
    user.delete()
    network.delete()
    network.delete()
    assert network.read().id == ""


def test_a_range_grows_in_place_and_shrinks_into_another(cloud: Cloud) -> None:
    _, subnetwork = cloud.network()

    wider, narrower = ({**SUB, "ipCidrRange": text} for text in ("10.0.0.0/19", "10.0.0.0/21"))

    assert subnetwork.diff(wider).replaces == []
    assert subnetwork.diff(narrower).replaces == ["ipCidrRange"]
    assert subnetwork.update(wider)["ipCidrRange"] == "10.0.0.0/19"
    with pytest.raises(ProviderError, match="conflicts with"):
        subnetwork.update({**SUB, "ipCidrRange": "10.0.0.0/13"})


def test_nat_needs_its_router_and_goes_with_it(cloud: Cloud) -> None:
    cloud.network()
    router = cloud.make(ROUTER, ROUTER_OF_MESH)
    nat = cloud.make(NAT, ALL_NAT)

    assert nat.id == f"localcloud/{REGION}/router/nat"
    assert nat.read().properties["icmpIdleTimeoutSec"] == 30
    router.delete()
    assert nat.read().id == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "again"}, "all subnetworks of this network and region have NAT by"),
        ({"name": "by-hand", "natIpAllocateOption": "MANUAL_ONLY"}, "natIps do not go with MANUAL"),
        ({"name": "mixed", "natIps": ["out"]}, "natIps do not go with AUTO_ONLY"),
        ({"name": "silent", "natIpAllocateOption": None}, "Required field is missing"),
        (
            {"name": "lost", "natIpAllocateOption": "MANUAL_ONLY", "natIps": ["out"]},
            "addresses/out' was not found",
        ),
        (
            {
                "name": "listed",
                "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
                "subnetworks": [{"name": "none", "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
            },
            "subnetworks/none' was not found",
        ),
    ],
)
def test_nat_that_cannot_be_is_refused(cloud: Cloud, changes: dict[str, Any], reason: str) -> None:
    cloud.network()
    cloud.make(ROUTER, ROUTER_OF_MESH)
    cloud.make(NAT, ALL_NAT)

    with pytest.raises(ProviderError, match=reason):
        cloud.make(NAT, {**ALL_NAT, **changes})


def test_an_address_of_nat_stays_as_long_as_nat(cloud: Cloud) -> None:
    cloud.network()
    cloud.make(ROUTER, ROUTER_OF_MESH)
    address = cloud.make(ADDRESS, {"name": "out", "region": REGION})
    cloud.make(NAT, ALL_NAT, natIpAllocateOption="MANUAL_ONLY", natIps=["out"])

    with pytest.raises(ProviderError, match=r"The address resource .* is already being used by"):
        address.delete()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sourceRanges": ["10.0.0.1/8"]}, "Must be a valid CIDR address range"),
        ({"allows": [{"protocol": "htp"}]}, r"allowed\[0\].IPProtocol.*Protocol is not known"),
        ({"allows": [{"protocol": "icmp", "ports": ["1"]}]}, "icmp has no ports"),
        ({"allows": [{"protocol": "tcp", "ports": ["9-1"]}]}, "Must be a port or a range of ports"),
        ({"allows": [{"protocol": "tcp", "ports": ["http"]}]}, "Must be a port or a range"),
        (
            {"targetTags": ["a"], "targetServiceAccounts": ["a@b.c"]},
            "Target tags and target service accounts cannot be used in one rule",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    cloud: Cloud, changes: dict[str, Any], reason: str
) -> None:
    cloud.make(NETWORK, NET)

    with pytest.raises(ProviderError, match=reason):
        cloud.make(FIREWALL, {**RULE, **changes})


def test_the_order_of_a_rules_parts_means_nothing(cloud: Cloud) -> None:
    cloud.make(NETWORK, NET)
    rule = cloud.make(FIREWALL, RULE, sourceRanges=["10.0.0.0/20", "10.4.0.0/16"])

    assert not rule.diff({**RULE, "sourceRanges": ["10.4.0.0/16", "10.0.0.0/20"]}).changes
    assert rule.diff({**RULE, "sourceRanges": ["10.4.0.0/16"]}).diffs == ["sourceRanges"]


def test_addresses_are_free_ones_of_their_range(cloud: Cloud) -> None:
    cloud.network()
    inside = {"region": REGION, "addressType": "INTERNAL", "subnetwork": "nodes"}
    first = cloud.make(ADDRESS, {"name": "a", **inside})
    second = cloud.make(ADDRESS, {"name": "b", **inside})
    outside = cloud.make(ADDRESS, {"name": "c", "region": REGION, "labels": {"team": "mesh"}})

    assert first.outputs["address"] == "10.0.0.2"
    assert second.outputs["address"] == "10.0.0.3"
    assert outside.outputs["address"] == "198.18.0.2"
    assert outside.outputs["effectiveLabels"] == {"team": "mesh", "goog-pulumi-provisioned": "true"}
    assert outside.update({"name": "c", "region": REGION})["address"] == "198.18.0.2"
    for wanted, reason in (("10.0.0.2", "already reserved"), ("10.9.0.2", "is not in 10.0.0.0/20")):
        with pytest.raises(ProviderError, match=reason):
            cloud.make(ADDRESS, {"name": "d", **inside, "address": wanted})


def test_an_internal_address_needs_a_subnetwork(cloud: Cloud) -> None:
    with pytest.raises(ProviderError, match="An internal address needs a subnetwork"):
        cloud.make(ADDRESS, {"name": "a", "region": REGION, "addressType": "INTERNAL"})


def test_a_global_address_is_one_that_nobody_has(cloud: Cloud) -> None:
    first = cloud.make(GLOBAL_ADDRESS, {"name": "a"})

    assert first.outputs["address"] == "198.18.0.2"
    with pytest.raises(ProviderError, match="already reserved"):
        cloud.make(GLOBAL_ADDRESS, {"name": "b", "address": "198.18.0.2"})
