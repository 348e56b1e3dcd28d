"""The management plane's graph: on whose provider, after what, and what of it is secret."""

from typing import Any

import pytest

from components import plan
from components.settings import Settings
from tests.engine import STACK, UNKNOWN, Recorder
from tests.mesh import LICENSE, Memory, access, build, settings

NAMES = ["alpha", "beta"]
MEMBER: dict[str, Any] = {"cluster": "alpha"}
DEDICATED: dict[str, Any] = {"dedicated": {"name": "mgmt", "context": "m"}}
TOKENS = {
    "ambientmesh:index:ManagementAgent",
    "ambientmesh:index:ManagementPlane",
    "ambientmesh:index:RelayAuthority",
}


def config(management: dict[str, Any], **values: Any) -> Settings:
    return settings(NAMES, management=management, bookinfo={"enabled": False}, **values)


@pytest.fixture(scope="module")
def member() -> Recorder:
    return build(config(MEMBER))


@pytest.fixture(scope="module")
def dedicated() -> Recorder:
    return build(config(DEDICATED))


def managed(mesh: Recorder) -> list[str]:
    """Return the names of everything that the plane adds."""
    marks = ("-management", "-agent", "relay-authority")
    return [name for name in mesh.seen if any(mark in name for mark in marks)]


def test_component_tokens_are_the_published_ones(member: Recorder) -> None:
    without = {r.type for r in build(settings(NAMES, bookinfo={"enabled": False})).seen.values()}
    used = {r.type for r in member.seen.values() if r.type.startswith("ambientmesh:")}

    assert used - without == TOKENS
    assert not without & TOKENS, "it is off until it is asked for"


def test_every_object_sits_on_the_provider_of_the_cluster_it_is_in(
    member: Recorder, dedicated: Recorder
) -> None:
    for mesh, home in ((member, "alpha"), (dedicated, "mgmt")):
        for name in managed(mesh):
            if mesh.seen[name].type.startswith("kubernetes:"):
                own = home if name.endswith("-registration") else name.split("-")[0]
                assert mesh.provider(name) == f"{own}-kubernetes", name


def test_every_resource_carries_its_components_name(dedicated: Recorder) -> None:
    for name in managed(dedicated):
        if (parent := dedicated.parent(name)) != STACK:
            assert name.startswith(f"{parent}-"), name


def test_a_cluster_outside_the_mesh_has_a_provider_and_nothing_of_a_mesh(
    dedicated: Recorder,
) -> None:
    own = {n for n in dedicated.seen if n.split("-")[0] == "mgmt"}

    assert "mgmt-kubernetes" in own
    assert all(n in ("mgmt", "mgmt-kubernetes") or n.startswith("mgmt-management") for n in own)
    assert not [n for n in dedicated.seen if "peering" in n and "mgmt" in n]


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("alpha-management-platform", "alpha-management-crds"),
        ("alpha-management-platform", "alpha-management-relay-server-tls-secret"),
        ("alpha-management-platform", "alpha-management-gloo-mesh-license"),
        ("alpha-management-platform", "alpha-management-registration"),
        ("alpha-management-platform", "alpha-mesh-controller"),
        ("alpha-management-registration", "alpha-management-crds"),
        ("alpha-management-crds", "alpha-management-namespace"),
        ("beta-agent-registration", "alpha-management-crds"),
        ("beta-agent-platform", "beta-agent-registration"),
        ("beta-agent-platform", "beta-agent-relay-root-tls-secret"),
        ("beta-agent-platform", "beta-agent-relay-identity-token-secret"),
        ("beta-agent-platform", "beta-agent-crds"),
        ("beta-agent-platform", "alpha-management-platform"),
        ("beta-agent-platform", "beta-mesh-controller"),
    ],
)
def test_up_waits_and_destroy_runs_backwards(member: Recorder, later: str, earlier: str) -> None:
    assert earlier in member.reachable(later)


def test_what_needs_no_mesh_does_not_wait_for_one(member: Recorder) -> None:
    for name in ("alpha-management-crds", "alpha-management-relay-root-tls-secret"):
        assert "alpha-mesh-controller" not in member.reachable(name)


def test_the_mesh_does_not_wait_for_its_management(member: Recorder) -> None:
    for name in set(member.seen) - set(managed(member)) - {STACK}:
        assert not member.reachable(name) & set(managed(member)), name


SECRETS = {
    "alpha-management-gloo-mesh-license": ["gloo-mesh-license-key"],
    "alpha-management-relay-tls-signing-secret": ["tls.key"],
    "alpha-management-relay-server-tls-secret": ["tls.key"],
    "alpha-management-gloo-telemetry-gateway-tls-secret": ["tls.key"],
    "alpha-management-relay-identity-token-secret": ["token"],
    "beta-agent-relay-identity-token-secret": ["token"],
}


@pytest.mark.parametrize("name", SECRETS)
def test_license_keys_and_token_travel_as_secrets(member: Recorder, name: str) -> None:
    for key in SECRETS[name]:
        assert member.is_secret(name, "data", key), key


def test_the_license_is_in_a_secret_and_in_no_value_of_a_chart(member: Recorder) -> None:
    values = member.inputs("alpha-management-platform")["values"]

    assert values["licensing"] == {"licenseSecretName": "gloo-mesh-license"}
    assert LICENSE not in str(values)
    assert LICENSE not in str(member.inputs("beta-agent-platform"))


def test_an_agent_gets_the_root_without_its_key_and_the_planes_token(member: Recorder) -> None:
    plane, agent = "alpha-management-relay", "beta-agent-relay"

    assert list(member.inputs(f"{agent}-root-tls-secret")["data"]) == ["ca.crt"]
    tokens = [member.inputs(f"{n}-identity-token-secret")["data"] for n in (plane, agent)]
    assert tokens[0] == tokens[1]
    assert "canary-private-key" not in str(tokens)


def test_an_agent_knows_the_plane_by_its_live_addresses(member: Recorder) -> None:
    values = member.inputs("beta-agent-platform")["values"]

    assert values["common"]["cluster"] == "beta"
    assert values["glooAgent"]["relay"]["serverAddress"] == "192.0.2.1:9900"
    otlp = values["telemetryCollector"]["config"]["exporters"]["otlp"]
    assert otlp == {"endpoint": "192.0.2.1:4317"}


def test_the_server_has_the_names_that_agents_and_collectors_expect(member: Recorder) -> None:
    request = member.inputs("relay-authority-server-request")

    assert request["dnsNames"] == [
        "gloo-mesh-mgmt-server.gloo-mesh",
        "gloo-telemetry-gateway.gloo-mesh",
    ]


def test_every_cluster_of_the_mesh_is_registered_under_its_own_name(
    member: Recorder, dedicated: Recorder
) -> None:
    for mesh in (member, dedicated):
        found = {
            mesh.inputs(name)["metadata"]["name"]
            for name, request in mesh.seen.items()
            if request.type.endswith(":KubernetesCluster")
        }
        assert found == set(NAMES)


@pytest.mark.parametrize("management", [MEMBER, DEDICATED, {**MEMBER, "mode": "meshctl"}])
def test_the_plan_names_every_object_that_is_registered(management: dict[str, Any]) -> None:
    settings_ = config(management)
    mesh = build(settings_)

    for site in settings_.sites:
        registered = set()
        releases = set()
        for name, request in mesh.seen.items():
            if mesh.provider(name) != f"{site.name}-kubernetes":
                continue
            if request.type.endswith(":Release"):
                releases.add(name)
            elif request.type.startswith("kubernetes:"):
                inputs = mesh.inputs(name)
                where = inputs["metadata"].get("namespace", "")
                registered.add((inputs["kind"], where, inputs["metadata"]["name"]))
        assert registered == plan.objects(settings_, site.name)
        assert releases == {item.resource for item in plan.releases(settings_, site.name)}


def test_releases_and_deletions_wait_no_longer_than_configured() -> None:
    mesh = build(config(MEMBER, timeouts={"management": "66s", "deletion": "77s"}))

    for name in ("alpha-management", "beta-agent"):
        assert mesh.inputs(f"{name}-platform")["timeout"] == 66
        assert mesh.inputs(f"{name}-crds")["timeout"] == 66
        assert mesh.seen[f"{name}-namespace"].customTimeouts.delete == "77s"


def test_the_first_preview_plans_what_up_registers_and_knows_no_address_yet(
    member: Recorder,
) -> None:
    settings_ = config(MEMBER)
    nothing_there = access(settings_)
    for cluster in nothing_there.values():
        assert isinstance(cluster.reader, Memory)
        cluster.reader.address = None

    planned = build(settings_, preview=True, found=nothing_there)

    assert set(member.seen) - {STACK} == set(planned.seen) - {STACK}
    assert UNKNOWN in str(planned.inputs("beta-agent-platform"))
    assert UNKNOWN not in str(planned.inputs("alpha-management-platform"))


def test_by_meshctl_a_cluster_is_registered_and_deregistered_by_name_and_context() -> None:
    mesh = build(config({**MEMBER, "mode": "meshctl"}))
    inputs = mesh.inputs("beta-agent-registration")

    assert inputs["create"].split() == [
        *("meshctl", "cluster", "register", "beta"),
        *("--kubecontext", "alpha", "--remote-context", "beta"),
        *("--profiles", "gloo-mesh-agent"),
        *("--relay-server-address", "192.0.2.1:9900"),
        *("--telemetry-server-address", "192.0.2.1:4317"),
    ]
    assert inputs["delete"].split() == [
        *("meshctl", "cluster", "deregister", "beta"),
        *("--kubecontext", "alpha", "--remote-context", "beta"),
    ]
    assert mesh.is_secret("beta-agent-registration", "stdin"), "kubeconfigs are credentials"
    names = [name for name in mesh.seen if name.startswith("beta-agent")]
    assert sorted(names) == ["beta-agent", "beta-agent-namespace", "beta-agent-registration"]
    for earlier in ("alpha-management-platform", "beta-mesh-controller", "beta-agent-namespace"):
        assert earlier in mesh.reachable("beta-agent-registration")


def test_a_cluster_costs_seven_resources_to_be_managed(member: Recorder) -> None:
    assert len([name for name in member.seen if name.startswith("beta-agent")]) == 7
