"""A mesh that is taken away from a real API server: in which order, and what is left of it."""

import pytest

from localcloud.operator.mesh import FINALIZER
from localcloud.world import World
from tests.localcloud.operator.conftest import Scenario
from tests.localcloud.operator.mesh import CONTROLLERS, DAEMON_SETS, ISTIOD, Pair
from tests.localcloud.operator.objects import until

pytestmark = pytest.mark.planes

CLASSES = "/apis/gateway.networking.k8s.io/v1/gatewayclasses"
STAYS = (
    "customresourcedefinitions/",
    "apiregistration.k8s.io/",
    "/events/",
    "/leases/",
    "/ranges/",
)
"""What may be in etcd after a removal: CRDs, which the operator leaves, and what expires."""


def test_a_controller_is_held_until_the_last_workload_is_gone(pair: Pair) -> None:
    cluster = pair.two
    cluster.hold(ISTIOD)
    cluster.api.delete(f"{CONTROLLERS}/istio")
    until(lambda: not cluster.api.items(DAEMON_SETS), "the agents do not go")
    assert cluster.api.get(f"{CONTROLLERS}/istio")["metadata"]["finalizers"] == [FINALIZER]

    cluster.let_go(ISTIOD)

    cluster.gone(f"{CONTROLLERS}/istio")
    assert cluster.api.find(ISTIOD) is None
    assert cluster.api.items(CLASSES) == []


def test_a_finalizer_that_is_stuck_is_all_that_is_left(pair: Pair, scenario: Scenario) -> None:
    cluster = pair.two
    scenario("faults: {cluster2: {peer: never, finalizer: stuck}}")
    cluster.api.delete(f"{CONTROLLERS}/istio")
    until(lambda: not cluster.api.items(CLASSES), "the classes do not go")
    assert cluster.api.find(ISTIOD) is None
    assert cluster.api.get(f"{CONTROLLERS}/istio")["metadata"]["finalizers"] == [FINALIZER]

    scenario("{}")

    cluster.gone(f"{CONTROLLERS}/istio")


def test_a_mesh_that_is_removed_leaves_no_trace(
    pair: Pair, world: World, before: dict[str, set[str]]
) -> None:
    def left() -> list[str]:
        new = world.plane("cluster2").etcd_keys() - before["cluster2"]
        return sorted(key for key in new if not any(part in key for part in STAYS))

    assert left()
    pair.two.remove()

    until(lambda: not left(), lambda: "\n".join(left()))
