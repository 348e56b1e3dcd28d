"""Links to clusters of other stacks: what they hang on, where they are, and what waits."""

from typing import Any

import pulumi
import pytest

from components import plan, program
from components.published import Published
from components.settings import Settings
from tests.engine import Recorder, record
from tests.mesh import OUTPUTS, PUBLISHED, ROOT_KEY, access, build, settings
from tests.roots import make_root

ROOT, _ = make_root()
EAST = {"east": Published(outputs={"clusters": PUBLISHED})}
LINKS = {f"{a}-to-{b}" for a in ("alpha", "beta") for b in ("gamma", "delta")}


def config(**changes: Any) -> Settings:
    delta = {"name": "delta", "network": "net-delta", "trustDomain": "delta.test"}
    gamma = {"name": "gamma", "network": "gamma", "trustDomain": "gamma"}
    remote = {"stack": "east", "clusters": (gamma, delta), **changes}
    return settings(
        ["alpha", "beta"],
        trust={"rootCertificate": ROOT},
        bookinfo={"enabled": False},
        remotes=(remote,),
    )


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(config(), remotes=EAST)


def peers(mesh: Recorder) -> set[str]:
    found = {name for name in mesh.seen if name.endswith("-peering")}
    return {name.removesuffix("-peering") for name in found}


def test_every_cluster_is_linked_to_every_remote_one(mesh: Recorder) -> None:
    assert peers(mesh) == LINKS | {"alpha-to-beta", "beta-to-alpha"}
    assert peers(build(config(**{"from": ("beta",)}), remotes=EAST)) == {
        "alpha-to-beta",
        "beta-to-alpha",
        "beta-to-gamma",
        "beta-to-delta",
    }


@pytest.mark.parametrize("link", sorted(LINKS))
def test_a_link_hangs_on_the_reference_and_sits_on_its_own_provider(
    mesh: Recorder, link: str
) -> None:
    gateway = f"{link}-peering-gateway"

    assert "east-remote-reference" in mesh.edges(gateway)
    assert mesh.parent(gateway) == f"{link}-peering"
    assert mesh.provider(gateway) == f"{link.partition('-')[0]}-kubernetes"


def test_a_link_says_what_its_far_end_is(mesh: Recorder) -> None:
    gateway = mesh.inputs("alpha-to-delta-peering-gateway")
    meta, spec = gateway["metadata"], gateway["spec"]

    assert meta["name"] == "istio-remote-peer-net-delta"
    assert meta["labels"]["topology.istio.io/network"] == "net-delta"
    assert meta["labels"]["topology.istio.io/cluster"] == "delta"
    assert meta["annotations"]["gateway.istio.io/trust-domain"] == "delta.test"
    assert spec["addresses"] == [{"type": "Hostname", "value": "delta.example.com"}]
    assert mesh.inputs("alpha-to-gamma-peering-gateway")["spec"]["addresses"] == [
        {"type": "IPAddress", "value": "192.0.2.7"}
    ]


def test_clusters_of_one_network_there_have_a_peer_each() -> None:
    gamma = {"name": "gamma", "network": "net-delta"}
    delta = {"name": "delta", "network": "net-delta"}

    mesh = build(config(clusters=(gamma, delta)), remotes=EAST)

    for name in ("gamma", "delta"):
        gateway = mesh.inputs(f"alpha-to-{name}-peering-gateway")
        assert gateway["metadata"]["name"] == f"istio-remote-peer-{name}"
        assert gateway["metadata"]["labels"]["topology.istio.io/network"] == "net-delta"


def test_a_stack_is_referred_to_once_and_read_only(mesh: Recorder) -> None:
    assert list(mesh.read) == ["east-remote-reference"]
    assert mesh.read["east-remote-reference"].id == "east"
    assert mesh.parent("east-remote-reference") == "east-remote"
    assert mesh.seen["east-remote"].type == "ambientmesh:index:RemoteStack"


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_the_plan_has_every_link_also_one_that_waits(name: str) -> None:
    planned = {key[2] for key in plan.objects(config(), name) if key[0] == "Gateway"}

    assert {"istio-remote-peer-gamma", "istio-remote-peer-net-delta"} <= planned


@pytest.mark.parametrize(
    ("remotes", "made", "reason"),
    [
        ({}, set(), "publishes nothing"),
        ({"east": Published(exists=False)}, set(), "there is no stack east"),
        ({"east": Published()}, set(), "publishes nothing"),
        (
            {"east": Published(outputs={"clusters": {"gamma": PUBLISHED["gamma"]}})},
            {"alpha-to-gamma", "beta-to-gamma"},
            "publishes no delta (it has gamma)",
        ),
    ],
)
def test_what_is_not_published_is_waited_for(
    remotes: dict[str, Published], made: set[str], reason: str
) -> None:
    outputs: dict[str, Any] = {}
    own = config()

    def run() -> None:
        key = {"rootKey": pulumi.Output.secret(ROOT_KEY)}
        pulumi.Output.all(**program.build(own, access(own), key, remotes)).apply(outputs.update)

    mesh = record(run, outputs=OUTPUTS)

    assert peers(mesh) & LINKS == made
    assert ("east-remote" in mesh.seen) == bool(made)
    waiting = {name for name, state in outputs["links"].items() if state.startswith("waiting: ")}
    assert waiting == LINKS - made
    assert all(reason in outputs["links"][name] for name in waiting)


def test_a_stack_alone_waits_too() -> None:
    own = config().model_copy(update={"clusters": config().clusters[:1]})
    outputs: dict[str, Any] = {}

    def run() -> None:
        key = {"rootKey": pulumi.Output.secret(ROOT_KEY)}
        pulumi.Output.all(**program.build(own, access(own), key)).apply(outputs.update)

    record(run, outputs=OUTPUTS)

    assert set(outputs["links"]) == {"alpha-to-gamma", "alpha-to-delta"}
    assert outputs["contract"] == 1
