"""The stand-in gcp plugin takes the inputs that pulumi-gcp's SDK has, and no others."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.plugins.gcp import generate
from localcloud.plugins.gcp.instances import Instance
from localcloud.plugins.gcp.kind import Kind
from localcloud.plugins.gcp.kinds import kinds
from localcloud.plugins.gcp.planes import Planes
from localcloud.plugins.values import UNKNOWN
from tests.localcloud.plugins.gcp_kit import (
    CLUSTER,
    FIREWALL,
    MEMBER,
    NET,
    NETWORK,
    POOL,
    RULE,
    STANDARD,
    SUB,
    SUBNETWORK,
    Cloud,
)


def _kinds(folder: Path) -> dict[str, Kind]:
    return kinds(Planes(folder), Instance(folder))


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


def test_the_types_are_those_of_the_installed_sdk() -> None:
    said = "run python -m localcloud.plugins.gcp.generate"
    assert generate.FILE.read_text(encoding="utf-8") == generate.text(), said


def test_every_kind_has_its_types(tmp_path: Path) -> None:
    assert set(generate.TOKENS) == set(_kinds(tmp_path))


@pytest.mark.parametrize("token", generate.TOKENS)
def test_every_immutable_input_is_one_of_the_sdk(token: str, tmp_path: Path) -> None:
    kind, types = _kinds(tmp_path)[token], generate.content()
    for path in kind.immutable:
        known = types["types"][types["resources"][token]]
        for part in path.split("."):
            assert part in known, f"{path} of {token} is not in the SDK"
            known = types["types"].get(known[part].strip("[]{}!"), {})
    assert kind.sticky | set(kind.defaults) <= set(types["types"][types["resources"][token]])


@pytest.mark.parametrize(
    ("token", "inputs", "reason"),
    [
        (NETWORK, {**NET, "autoCreateSubnets": False}, "autoCreateSubnets: unknown property"),
        (NETWORK, {**NET, "autoCreateSubnetworks": "no"}, "expected boolean type, got str type"),
        (NETWORK, {**NET, "mtu": True}, "mtu: expected integer type, got bool type"),
        (SUBNETWORK, {"name": "a", "region": "us-east1"}, 'The argument "network" is required'),
        (
            SUBNETWORK,
            {**SUB, "secondaryIpRanges": [{"name": "pods"}]},
            'The argument "rangeName" is required',
        ),
        (SUBNETWORK, {**SUB, "secondaryIpRanges": {}}, "secondaryIpRanges: expected array type"),
        (FIREWALL, {**RULE, "allows": [{"protocol": "tcp", "ports": [15008]}]}, "got int type"),
        (CLUSTER, {**STANDARD, "releaseChannel": "REGULAR"}, "expected object type"),
        (CLUSTER, {**STANDARD, "resourceLabels": {"team": 1}}, "resourceLabels.team: expected str"),
        (
            CLUSTER,
            {**STANDARD, "privateClusterConfig": {"enablePrivateNode": True}},
            "enablePrivateNode: unknown property",
        ),
        (POOL, {"location": "us-east1"}, 'The argument "cluster" is required'),
        (MEMBER, {"role": "roles/viewer"}, 'The argument "member" is required'),
    ],
)
def test_inputs_that_the_sdk_does_not_have_are_refused(
    cloud: Cloud, token: str, inputs: dict[str, Any], reason: str
) -> None:
    found = cloud.resource(token).failures(inputs)
    assert any(reason in one for one in found), found


def test_what_a_preview_does_not_know_is_believed(cloud: Cloud) -> None:
    unknown = {
        "network": UNKNOWN,
        "subnetwork": UNKNOWN,
        "nodeConfig": UNKNOWN,
        "resourceLabels": {"team": UNKNOWN},
        "masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": UNKNOWN}]},
    }
    assert cloud.resource(CLUSTER).failures({**STANDARD, **unknown}) == []
    assert cloud.resource(SUBNETWORK).failures({**SUB, "ipCidrRange": UNKNOWN}) == []


def test_a_type_that_the_plugin_does_not_have_is_named(cloud: Cloud) -> None:
    with pytest.raises(Exception, match=r"gcp:storage/bucket:Bucket is not in the stand-in"):
        cloud.resource("gcp:storage/bucket:Bucket").failures({})
