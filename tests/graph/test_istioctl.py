"""Links by istioctl: the same components and edges, commands in place of Gateways."""

from typing import Any

import pytest

from components import plan
from components.settings import Settings
from tests.engine import STACK, Recorder
from tests.mesh import build, settings

PATH = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-gateways/gateways"
GATEWAYS = {
    "alpha-eastwest-gateway",
    "beta-eastwest-gateway",
    "alpha-to-beta-peering-gateway",
    "beta-to-alpha-peering-gateway",
}


def config(**values: Any) -> Settings:
    return settings(["alpha", "beta"], links={"mode": "istioctl"}, **values)


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(config())


def test_only_the_gateways_become_commands_and_a_check_is_added(mesh: Recorder) -> None:
    declarative = build(settings(["alpha", "beta"]))

    def others(found: Recorder) -> dict[str, str]:
        return {name: r.type for name, r in found.seen.items() if name not in {*GATEWAYS, STACK}}

    added = {"link-check": "ambientmesh:index:LinkCheck"}
    added["link-check-command"] = "command:local:Command"
    assert others(mesh) == others(declarative) | added
    assert {mesh.seen[name].type for name in GATEWAYS} == {"command:local:Command"}


@pytest.mark.parametrize(
    ("name", "create", "delete"),
    [
        (
            "alpha-eastwest-gateway",
            "istioctl multicluster expose --namespace istio-gateways --context alpha",
            f"api delete alpha {PATH}/istio-eastwest",
        ),
        (
            "alpha-to-beta-peering-gateway",
            "istioctl multicluster link --namespace istio-gateways --from alpha --to beta",
            f"api delete alpha {PATH}/istio-remote-peer-beta",
        ),
        ("link-check-command", "istioctl multicluster check --contexts alpha,beta", None),
    ],
)
def test_each_command_is_undone_by_what_it_made(
    mesh: Recorder, name: str, create: str, delete: str | None
) -> None:
    assert mesh.inputs(name)["create"] == create
    assert mesh.inputs(name).get("delete") == delete


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("alpha-eastwest-gateway", "alpha-mesh-controller"),
        ("alpha-eastwest-gateway", "alpha-eastwest-namespace"),
        ("alpha-to-beta-peering-gateway", "beta-eastwest-gateway"),
        ("alpha-to-beta-peering-gateway", "alpha-eastwest-gateway"),
        ("link-check-command", "alpha-to-beta-peering-gateway"),
        ("link-check-command", "beta-to-alpha-peering-gateway"),
    ],
)
def test_up_waits_and_destroy_runs_backwards(mesh: Recorder, later: str, earlier: str) -> None:
    assert earlier in mesh.reachable(later)


def test_no_credential_is_in_a_command_in_clear(mesh: Recorder) -> None:
    for name in [*GATEWAYS, "link-check-command"]:
        assert mesh.is_secret(name, "stdin")
        clear = {key: value for key, value in mesh.inputs(name).items() if key != "stdin"}
        assert "canary" not in str(clear)


def test_the_same_plan_is_previewed() -> None:
    assert set(build(config(), preview=True).seen) == set(build(config()).seen)


def test_what_is_planned_is_what_the_graph_makes(mesh: Recorder) -> None:
    registered = {
        (inputs["kind"], inputs["metadata"].get("namespace", ""), inputs["metadata"]["name"])
        for name, request in mesh.seen.items()
        if request.type.startswith("kubernetes:") and "helm.sh" not in request.type
        if mesh.provider(name) == "alpha-kubernetes"
        for inputs in [mesh.inputs(name)]
    }

    assert registered == plan.objects(config(), "alpha")


def test_a_cluster_alone_is_exposed_and_not_checked() -> None:
    alone = build(settings(["alpha"], links={"mode": "istioctl"}))

    assert "alpha-eastwest-gateway" in alone.seen
    assert "link-check" not in alone.seen


def test_where_istioctl_has_no_check_none_is_run() -> None:
    old = build(config(meshVersion="1.26.2"))

    assert "link-check" not in old.seen
    assert "istioctl=1.26.2-solo" in old.inputs("alpha-eastwest-gateway")["interpreter"]
