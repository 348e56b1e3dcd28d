"""Machines in the graph: their order, what travels as a secret, and what each of them touches."""

import shlex
from typing import Any

import pulumi
import pytest

from components import plan, program
from components.settings import Settings
from tests.engine import Recorder, record
from tests.mesh import HOST_KEY, OUTPUTS, PEM, SSH_KEY, TOKEN, Memory, access, build, settings

HUB = "us-docker.pkg.dev/soloio-img/istio"
SHARED = {"name": "vm2", "cluster": "alpha", "namespace": "vm1"}


def ssh(**changes: Any) -> dict[str, Any]:
    return {"ssh": {"host": "vm.example.com", "hostKey": HOST_KEY, **changes}}


def config(*vms: dict[str, Any], **values: Any) -> Settings:
    listed = vms or ({"name": "vm1", "cluster": "alpha", **ssh()},)
    return settings(["alpha", "beta"], vms=listed, **values)


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(config())


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("alpha-vm.vm1-account", "alpha-vms.vm1-namespace"),
        ("alpha-vm.vm1-token", "alpha-vm.vm1-account"),
        ("alpha-vm.vm1-token", "alpha-eastwest-gateway"),
        ("alpha-vm.vm1-token", "root-authority-certificate"),
        ("alpha-vm.vm1-ztunnel", "alpha-vm.vm1-token"),
        ("alpha-vm.vm1-probe", "alpha-vm.vm1-ztunnel"),
        ("alpha-vm.vm1-probe", "alpha-bookinfo-productpage-service"),
        ("alpha-mesh-controller", "alpha-operator-extensions"),
    ],
)
def test_up_waits_and_destroy_runs_backwards(mesh: Recorder, later: str, earlier: str) -> None:
    assert earlier in mesh.reachable(later), f"{later} may outlive or precede {earlier}"


def test_a_machine_waits_for_its_own_cluster_only(mesh: Recorder) -> None:
    foreign = {name for name in mesh.reachable("alpha-vm.vm1-probe") if name.startswith("beta")}

    assert not foreign


def test_the_token_is_asked_for_by_name_in_the_machines_cluster(mesh: Recorder) -> None:
    inputs = mesh.inputs("alpha-vm.vm1-token")

    assert inputs["create"] == (
        "istioctl bootstrap --namespace vm1 --service-account vm1 --context alpha"
    )
    assert inputs["delete"] == (
        "api delete alpha /api/v1/namespaces/vm1/secrets/vm1-istio-bootstrap"
    )


def test_the_token_and_the_key_travel_as_secrets_and_are_never_arguments(mesh: Recorder) -> None:
    token = mesh.seen["alpha-vm.vm1-token"]
    assert {"stdout", "stderr"} <= set(token.additionalSecretOutputs)
    assert mesh.inputs("alpha-vm.vm1-token")["logging"] == "none"
    inputs = mesh.inputs("alpha-vm.vm1-ztunnel")
    assert inputs["stdin"].startswith(f"{TOKEN}\n")
    assert mesh.is_secret("alpha-vm.vm1-ztunnel", "stdin")
    for name in ("alpha-vm.vm1-ztunnel", "alpha-vm.vm1-probe"):
        assert mesh.inputs(name)["connection"]["privateKey"] == SSH_KEY
        assert mesh.is_secret(name, "connection", "privateKey")
        assert mesh.inputs(name)["logging"] == "none"
    for name in mesh.seen:
        for key, value in mesh.inputs(name).items():
            if key != "stdin":
                assert TOKEN not in str(value), f"{name}.{key}"


def test_every_connection_names_the_key_of_the_host_it_expects(mesh: Recorder) -> None:
    for name, request in mesh.seen.items():
        if request.type.startswith("command:remote:"):
            assert mesh.inputs(name)["connection"]["hostKey"] == HOST_KEY, name


def test_the_container_is_of_the_meshs_version(mesh: Recorder) -> None:
    words = shlex.split(mesh.inputs("alpha-vm.vm1-ztunnel")["create"])

    image = "us-docker.pkg.dev/soloio-img/istio/ztunnel:1.28.3-patch0-solo-distroless"
    assert words[-4:] == ["run", "organization/ambientmesh/test/vm1", "alpha/vm1/vm1", image]


@pytest.mark.parametrize(
    ("values", "image"),
    [
        ({"distribution": "FIPS"}, f"{HUB}/ztunnel:1.28.3-patch0-solo-fips-distroless"),
        (
            {"mesh": {"hub": "mirror.example/i"}},
            "mirror.example/i/ztunnel:1.28.3-patch0-solo-distroless",
        ),
        ({"meshVersion": "1.26.2"}, f"{HUB}/ztunnel:1.26.2-solo-distroless"),
    ],
)
def test_the_container_follows_the_meshs_images(values: dict[str, Any], image: str) -> None:
    words = shlex.split(build(config(**values)).inputs("alpha-vm.vm1-ztunnel")["create"])

    assert words[-1] == image


def test_istiods_own_chart_takes_a_machines_token() -> None:
    mesh = build(config(mesh={"install": "helm"}))

    for cluster, expected in (("alpha", "false"), ("beta", None)):
        values = mesh.inputs(f"{cluster}-mesh-istiod")["values"]
        assert values["env"].get("REQUIRE_3P_TOKEN") == expected


def test_another_user_than_root_asks_sudo_without_a_password() -> None:
    mesh = build(config({"name": "vm1", "cluster": "alpha", **ssh(user="admin")}))

    for key in ("create", "delete"):
        assert mesh.inputs("alpha-vm.vm1-ztunnel")[key].startswith("sudo -n sh -c ")


def test_another_generation_concerns_the_token_alone() -> None:
    first, second = (
        build(config({"name": "vm1", "cluster": "alpha", "tokenGeneration": n, **ssh()}))
        for n in (1, 2)
    )

    changed = {name for name in first.seen if first.inputs(name) != second.inputs(name)}
    assert changed == {"alpha-vm.vm1-token"}
    assert second.inputs("alpha-vm.vm1-token")["triggers"] == [2, "vm1/vm1"]


def test_a_token_is_made_again_for_another_root_and_another_address(mesh: Recorder) -> None:
    rerun = mesh.inputs("alpha-vm.vm1-token")["environment"]["AMBIENTMESH_RERUN_ON"]

    assert "192.0.2.1" in rerun
    assert PEM.splitlines()[1] in rerun


def test_another_address_of_the_machine_is_another_container(mesh: Recorder) -> None:
    assert mesh.inputs("alpha-vm.vm1-ztunnel")["triggers"] == ["vm.example.com", 22]


@pytest.mark.parametrize(
    ("values", "urls"),
    [
        ({"bookinfo": {"enabled": False}}, []),
        ({}, ["productpage.bookinfo"]),
        (
            {"namespaces": ({"name": "bookinfo", "scope": "global"},)},
            ["productpage.bookinfo", "productpage.bookinfo.mesh.internal"],
        ),
    ],
)
def test_the_probe_asks_for_the_names_that_there_are(
    values: dict[str, Any], urls: list[str]
) -> None:
    words = shlex.split(build(config(**values)).inputs("alpha-vm.vm1-probe")["create"])

    assert words[:3] == ["sh", "-s", "--"]
    assert words[4:] == ["300", *(f"http://{url}:9080/productpage" for url in urls)]


def test_machines_share_a_namespace_but_no_account() -> None:
    mesh = build(config({"name": "vm1", "cluster": "alpha", **ssh()}, {**SHARED, **ssh(port=23)}))

    assert [name for name in mesh.seen if name.endswith("-vms.vm1-namespace")] == [
        "alpha-vms.vm1-namespace"
    ]
    assert mesh.inputs("alpha-vm.vm2-account")["metadata"]["name"] == "vm2"


def test_a_machine_is_told_to_be_of_its_clusters_own_trust_domain() -> None:
    clusters = ({"name": "alpha", "context": "a", "trustDomain": "alpha.test"},)
    vms = ({"name": "vm1", "cluster": "alpha", **ssh()},)
    own = Settings.model_validate({"clusters": clusters, "vms": vms})
    told: dict[str, Any] = {}

    def run() -> None:
        told.update(program.build(own, access(own), {"sshPrivateKey": pulumi.Output.secret("k")}))

    record(run, outputs=OUTPUTS)

    assert told["vms"]["vm1"]["identity"] == "spiffe://alpha.test/ns/vm1/sa/vm1"


def test_a_namespace_that_the_stack_makes_anyway_is_not_made_twice() -> None:
    mesh = build(config({"name": "vm1", "cluster": "alpha", "namespace": "bookinfo", **ssh()}))

    assert not [name for name in mesh.seen if "-vms." in name]
    assert "alpha-bookinfo-namespace" in mesh.reachable("alpha-vm.vm1-account")


def test_the_plan_names_what_is_registered() -> None:
    found = config(
        {"name": "vm1", "cluster": "alpha", **ssh()},
        {"name": "vm2", "cluster": "alpha", "namespace": "bookinfo", **ssh(port=23)},
    )

    objects = plan.objects(found, "alpha")

    assert ("Namespace", "", "vm1") in objects
    assert ("ServiceAccount", "vm1", "vm1") in objects
    assert ("ServiceAccount", "bookinfo", "vm2") in objects
    assert ("ConfigMap", "gloo-system", "gloo-extensions-config") in objects
    assert ("ConfigMap", "gloo-system", "gloo-extensions-config") not in plan.objects(found, "beta")


def test_istiod_is_told_to_take_a_machines_token(mesh: Recorder) -> None:
    data = mesh.inputs("alpha-operator-extensions")["data"]

    assert data == {"values.istiod": "env:\n  REQUIRE_3P_TOKEN: 'false'\n"}
    assert "beta-operator-extensions" not in mesh.seen


def test_a_root_that_is_not_published_yet_is_unknown_to_a_preview() -> None:
    stack = config()
    nothing_there = access(stack)
    for cluster in nothing_there.values():
        assert isinstance(cluster.reader, Memory)
        cluster.reader.address = None

    planned = build(stack, preview=True, found=nothing_there)

    assert {name for name in planned.seen if "-vm.vm1-" in name} == {
        f"alpha-vm.vm1-{part}" for part in ("account", "token", "ztunnel", "probe")
    }
