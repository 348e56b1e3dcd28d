"""Whether a link is green, and what it says when it is red."""

from typing import Any

import pytest

from localcloud.operator.peering import judge
from tests.localcloud.operator.links import (
    CLUSTER,
    OWN,
    REMOTE,
    SERVICE_ACCOUNT,
    THERE,
    THIRD,
    Wrong,
    moved,
    peer,
)
from tests.localcloud.operator.wrong_links import WRONG

RIGHT = {
    "of 1.28": peer(),
    "of 1.26, without a cluster label": peer(labels={CLUSTER: None}),
    "without a service account": peer(annotations={SERVICE_ACCOUNT: None}),
    "without a listener called xds-tls": peer(listeners=[("hbone", 15008)]),
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_a_red_link_says_what_was_found_and_what_was_expected(wrong: Wrong) -> None:
    answer = judge(wrong.gateway, wrong.own, [THIRD, wrong.remote])

    assert (answer.connected, answer.reason, answer.message) == (
        False,
        wrong.reason,
        wrong.message,
    )


@pytest.mark.parametrize("gateway", RIGHT.values(), ids=RIGHT)
def test_a_peer_that_matches_the_other_side_is_connected(gateway: dict[str, Any]) -> None:
    answer = judge(gateway, OWN, [THIRD, REMOTE])

    assert (answer.connected, answer.reason) == (True, "Connected")
    assert answer.message == f"connected to two at {THERE}"


def test_a_peer_is_judged_by_who_answers_at_its_address_and_not_by_its_labels() -> None:
    answer = judge(peer(THIRD.gateways[0].addresses[0]), OWN, [THIRD, REMOTE])

    assert answer.reason == "NetworkMismatch"
    assert "three has 'three-net'" in answer.message


def test_the_port_of_the_listener_for_xds_is_dialled() -> None:
    gateway = peer(listeners=[("xds-tls", 25012)])

    assert judge(gateway, OWN, [moved(REMOTE, ports=(25012,))]).connected


def test_of_two_mistakes_the_one_that_hides_the_other_is_told() -> None:
    gateway = peer("127.65.9.9", annotations={"gateway.istio.io/trust-domain": "cluster.local"})

    assert judge(gateway, OWN, [REMOTE]).reason == "NoAnswer"
