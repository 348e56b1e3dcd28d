"""A wrong mesh stays red: `up` names the right link and the reason, and mending it converges."""

import base64
from collections.abc import Iterator

import pytest

from tests.integration.rig import SHORT_WAITS, Rig
from tests.localcloud.operator.authorities import Root

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO = ["cluster1", "cluster2"]
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-gateways/gateways"
PEER = f"{GATEWAYS}/istio-remote-peer-cluster2"
CACERTS = "/api/v1/namespaces/istio-system/secrets/cacerts"
IMPATIENT = SHORT_WAITS | {"link": "6s"}


@pytest.fixture(scope="module")
def mesh(rig: Rig) -> Rig:
    rig.configure(TWO, timeouts=SHORT_WAITS)
    rig.run("up")
    rig.configure(TWO, timeouts=IMPATIENT)
    return rig


@pytest.fixture(autouse=True)
def _green_again(mesh: Rig) -> Iterator[None]:
    yield
    mesh.configure(TWO, timeouts=SHORT_WAITS)
    mesh.run("up", "--refresh")
    mesh.configure(TWO, timeouts=IMPATIENT)


def foreign_authority() -> dict[str, str]:
    """Return the four files of an authority that chains to nobody's root but its own."""
    files = Root("foreign root").signer.files()
    return {file: base64.b64encode(content).decode() for file, content in files.items()}


def test_a_wrong_root_on_one_side_is_named_on_its_links(mesh: Rig) -> None:
    mesh.api("cluster2").patch(CACERTS, {"data": foreign_authority()})

    failed = mesh.fails("up")

    assert "link cluster1 -> cluster2" in failed.output
    assert "root" in failed.output.lower()


@pytest.mark.nightly
def test_a_wrong_network_label_is_named_on_the_link_that_has_it(mesh: Rig) -> None:
    label = {"metadata": {"labels": {"topology.istio.io/network": "elsewhere"}}}
    mesh.api("cluster1").patch(PEER, label)

    failed = mesh.fails("up")

    assert "link cluster1 -> cluster2" in failed.output
    assert "link cluster2 -> cluster1" not in failed.output
    assert "elsewhere" in failed.output


@pytest.mark.nightly
def test_a_stale_address_is_named_on_the_link_that_has_it(mesh: Rig) -> None:
    stale = {"spec": {"addresses": [{"type": "IPAddress", "value": "127.250.0.9"}]}}
    mesh.api("cluster1").patch(PEER, stale)

    failed = mesh.fails("up")

    assert "link cluster1 -> cluster2" in failed.output
    assert "127.250.0.9" in failed.output
    verified = mesh.verify()
    assert verified.returncode == 1
    assert "FAIL cluster1 -> cluster2" in verified.stdout
    assert "ok   cluster2 -> cluster1" in verified.stdout
    assert "127.250.0.9" in verified.stdout
    assert "link cluster2 -> cluster1" not in failed.output


@pytest.mark.nightly
def test_a_broken_link_can_be_previewed_and_is_warned_of(mesh: Rig) -> None:
    stale = {"spec": {"addresses": [{"type": "IPAddress", "value": "127.250.0.9"}]}}
    mesh.api("cluster1").patch(PEER, stale)
    mesh.fails("up")

    preview = mesh.run("preview")

    assert "cluster1-to-cluster2" in preview.output
    assert "not connected" in preview.output


def test_a_load_balancer_that_moved_is_followed_by_its_peers_only(mesh: Rig) -> None:
    service = "/api/v1/namespaces/istio-gateways/services/istio-eastwest"
    api = mesh.api("cluster2")
    before = api.get(service)["status"]["loadBalancer"]["ingress"][0]["ip"]
    api.delete(service)
    mesh.configure(TWO, timeouts=SHORT_WAITS)

    result = mesh.run("up")

    after = mesh.stack.outputs()["clusters"]["cluster2"]["eastWestAddress"]
    if after == before:
        pytest.fail("the simulated load balancer kept its address: the test proves nothing")
    changed = {u.rsplit("::", 1)[1]: op for u, op in result.operations.items() if op != "same"}
    changed.pop("ambientmesh-test", None)
    assert changed == {"cluster1-to-cluster2-peering-gateway": "update"}
