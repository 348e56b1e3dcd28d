"""What `make verify` says of links to clusters of other stacks."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from components import remote_links
from components.readiness import Verdict
from components.topology import Member
from tests.mesh import CONNECTED, settings
from tests.roots import make_root
from verify import checks, remotes, report
from verify.snapshot import Snapshot

ROOT, _ = make_root()
NAME = "alpha-to-gamma"
WAITING = {NAME: "waiting: stack east publishes nothing"}
CONFIG = settings(
    ["alpha"],
    trust={"rootCertificate": ROOT},
    remotes=(
        {
            "stack": "east",
            "clusters": ({"name": "gamma", "network": "net-c", "trustDomain": "c.test"},),
        },
    ),
)
MARK = {"ambientmesh.dev/owner": "organization/ambientmesh/test"}


def gateway(**changes: Any) -> dict[str, Any]:
    """Return the peer Gateway of the link."""
    found = {
        "name": "istio-remote-peer-net-c",
        "network": "net-c",
        "domain": "c.test",
        "address": "192.0.2.7",
        "conditions": CONNECTED,
        **changes,
    }
    return {
        "metadata": {
            "name": found["name"],
            "labels": {"topology.istio.io/network": found["network"]},
            "annotations": {**MARK, "gateway.istio.io/trust-domain": found["domain"]},
        },
        "spec": {"addresses": [{"value": found["address"]}]},
        "status": {"conditions": found["conditions"]},
    }


def verified(
    *peers: dict[str, Any], told: Mapping[str, str] | None = None, **changes: Any
) -> checks.Result:
    ready = Verdict("ready")
    found = Snapshot(
        member=Member(name="alpha", network="alpha", trust_domain="alpha"),
        mesh=ready,
        gateway=ready,
        address="192.0.2.1",
        peers=peers,
    )
    here = dataclasses.replace(found, **changes)
    (result,) = remotes.check_all(CONFIG, {"alpha": here}, "test", lambda: told or {})
    return result


def test_a_connected_link_is_green_whatever_was_said_of_it() -> None:
    for told in ({}, {NAME: "connected"}, WAITING):
        result = verified(gateway(), told=told)
        assert result.green
        assert not result.note
        assert report.text([result]).startswith("ok   alpha -> gamma")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"conditions": []}, "Programmed is not reported yet"),
        ({"address": "192.0.2.1"}, "the cluster's own"),
        ({"network": "gamma"}, "must be 'net-c'"),
        ({"domain": "gamma"}, "must be 'c.test'"),
    ],
)
def test_a_peer_that_is_wrong_is_red(changes: dict[str, Any], problem: str) -> None:
    result = verified(gateway(**changes))

    assert [problem in found for found in result.problems] == [True]


def test_a_second_claim_on_its_network_is_red() -> None:
    (problem,) = verified(gateway(), gateway(name="by-hand")).problems

    assert problem == "2 peer Gateways claim network 'net-c'"


def test_a_link_that_waits_is_no_failure_and_one_that_was_lost_is() -> None:
    waits = verified(told=WAITING)
    lost = verified(told={NAME: "connected"})

    assert waits.green
    assert report.text([waits]) == (
        f"wait alpha -> gamma: {WAITING[NAME]}"
        " (that was found by the last up of stack test; another one looks again)"
    )
    assert lost.problems == (
        "Gateway istio-gateways/istio-remote-peer-net-c does not exist in alpha",
    )


def test_a_cluster_that_does_not_answer_is_red() -> None:
    assert verified(gateway(), unreachable="refused").problems == (
        "alpha does not answer: refused",
    )


def test_a_stack_without_remotes_is_not_asked_for_its_outputs() -> None:
    def told() -> Mapping[str, str]:
        raise AssertionError("the engine is not there to be asked")

    assert remotes.check_all(settings(["alpha"]), {}, "test", told) == []


def test_peers_of_other_stacks_clusters_are_expected() -> None:
    found = Snapshot(
        member=Member(name="alpha", network="alpha", trust_domain="alpha"),
        mesh=Verdict("ready"),
        gateway=Verdict("ready"),
        peers=(gateway(),),
    )
    stray = checks.check_all([], {"alpha": found}, "test")
    links = checks.check_all([], {"alpha": found}, "test", remote_links.links(CONFIG))

    assert [result.green for result in stray] == [False, True]
    assert [result.green for result in links] == [True]
