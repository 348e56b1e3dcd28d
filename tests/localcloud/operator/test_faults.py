"""What a scenario makes go wrong and late on real API servers, and that it passes."""

import pytest

from localcloud.operator.loadbalancer import FINALIZER
from localcloud.world import World
from tests.localcloud.operator.conftest import Scenario
from tests.localcloud.operator.mesh import GATEWAYS, SERVICES, Pair
from tests.localcloud.operator.objects import until

pytestmark = pytest.mark.planes

APART = "faults: {cluster1: {peer: never}}"


def test_a_load_balancer_outlives_its_service_by_what_its_deletion_takes(
    pair: Pair, scenario: Scenario
) -> None:
    scenario(f"{{delays: {{loadBalancerDeletion: 3600}}, {APART}}}")
    pair.one.service("first")
    assert pair.one.served("first")["metadata"]["finalizers"] == [FINALIZER]
    pair.one.api.delete(f"{SERVICES}/first")

    # Whoever serves it has seen the deletion before: both came by the same watch.
    pair.one.service("second")
    second = pair.one.served("second")

    left = pair.one.api.get(f"{SERVICES}/first")
    assert left["metadata"]["finalizers"] == [FINALIZER]
    assert left["status"]["loadBalancer"] != second["status"]["loadBalancer"]
    scenario("{}")
    pair.one.gone(f"{SERVICES}/first")
    pair.one.delete(f"{SERVICES}/second")


def test_a_mesh_that_fails_says_why_and_recovers(pair: Pair, scenario: Scenario) -> None:
    scenario("faults: {cluster1: {meshPhase: FAILED, message: no quota}}")
    until(lambda: pair.one.phase() == ("FAILED", "no quota"), lambda: str(pair.one.phase()))
    assert pair.two.phase()[0] == "SUCCEEDED"

    scenario("{}")
    pair.one.succeeded()


def test_a_gateway_without_a_load_balancer_waits_for_its_address(
    pair: Pair, scenario: Scenario
) -> None:
    scenario("faults: {cluster1: {peer: never, loadBalancer: never}}")
    pair.one.gateway("ingress", "istio", {"name": "http", "port": 80, "protocol": "HTTP"})

    def told() -> tuple[str, str, str]:
        return pair.one.condition("ingress", "Programmed")

    why = "Service ingress-istio has no load balancer address yet"
    until(lambda: told() == ("False", "AddressNotAssigned", why), lambda: str(told()))
    pair.one.held("ingress-istio")
    # What holds this one would have served the other before: a look takes them by name.
    pair.one.service("later")
    pair.one.held("later")
    assert pair.one.api.get(f"{SERVICES}/ingress-istio")["status"]["loadBalancer"] == {}
    scenario("{}")
    pair.one.served("later")
    pair.one.delete(f"{SERVICES}/later")
    until(lambda: told()[0] == "True", lambda: str(told()))
    pair.one.delete(f"{GATEWAYS}/ingress")


def test_a_load_balancer_that_moved_leaves_its_peers_behind(pair: Pair, scenario: Scenario) -> None:
    before = pair.two.address()
    scenario("faults: {cluster2: {loadBalancer: move}}")

    message = pair.one.broken("cluster2", "NoAnswer")

    after = pair.two.address()
    assert after != before
    assert f"nothing answers at {before}:15012" in message
    assert f"the gateway of network cluster2 is at {after} now" in message
    pair.one.peer(pair.two, after)
    pair.connected()
    scenario("{}")
    until(lambda: pair.two.address() == before, "the load balancer did not move back")


def test_peers_that_are_kept_apart_are_so_on_one_side(pair: Pair, scenario: Scenario) -> None:
    scenario(APART)

    assert "the scenario keeps" in pair.one.link("cluster2")[2]
    assert pair.two.link("cluster1")[0] == "True"
    scenario("{}")
    pair.connected()


def test_a_control_plane_that_does_not_answer_is_told_by_its_peers(
    pair: Pair, world: World
) -> None:
    plane = world.plane("cluster2")
    plane.kill("kube-apiserver")
    try:
        message = pair.one.broken("cluster2", "PeerUnreachable")
    finally:
        plane.start("kube-apiserver")

    assert message == "the control plane of cluster2 does not answer"
    pair.connected()
