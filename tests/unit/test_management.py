"""The management plane's values, verdicts and refusals, without an engine."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import (
    charts,
    gloo_platform,
    management_agent,
    management_gates,
    management_plane,
    management_values,
    relay,
)
from components.access import Access
from components.management_values import AGENT_FILE, PLANE_FILE
from components.naming import OWNER_ANNOTATION
from components.ownership import Inventory
from tests.mesh import OWNER, Memory, settings

MEMBER = settings(["alpha", "beta"], management={"cluster": "alpha"})


def at(values: Any, path: str) -> Any:
    for key in path.split("."):
        values = values[key]
    return values


def test_the_planes_values_are_the_users_with_the_programs_on_top() -> None:
    values = management_values.plane("alpha", member=True, licensed=True)

    expected = {
        "common.cluster": "alpha",
        "installEnterpriseCrds": False,
        "featureGates.ConfigDistribution": False,
        "licensing.licenseSecretName": "gloo-mesh-license",
        "glooMgmtServer.enabled": True,
        "glooMgmtServer.serviceType": "LoadBalancer",
        "glooMgmtServer.relay.disableCaCertGeneration": True,
        "glooMgmtServer.relay.disableTokenGeneration": True,
        "telemetryGateway.service.type": "LoadBalancer",
        "telemetryGatewayCustomization.disableCertGeneration": True,
        "telemetryCollectorCustomization.serverName": "gloo-telemetry-gateway.gloo-mesh",
        "glooUi.serviceType": "ClusterIP",
        "glooAgent.enabled": True,
        "glooAgent.relay.serverAddress": "gloo-mesh-mgmt-server.gloo-mesh:9900",
        "glooAgent.relay.authority": "gloo-mesh-mgmt-server.gloo-mesh",
    }
    assert {path: at(values, path) for path in expected} == expected


def test_a_plane_outside_the_mesh_has_no_agent_and_one_without_license_names_no_secret() -> None:
    values = management_values.plane("mgmt", member=False, licensed=False)

    assert values["glooAgent"] == {"enabled": False}
    assert "licensing" not in values


def test_an_agents_values_lead_to_the_plane() -> None:
    values = management_values.agent("beta", relay="192.0.2.1:9900", telemetry="192.0.2.2:4317")

    assert values["common"] == {"cluster": "beta"}
    assert values["installEnterpriseCrds"] is False
    assert values["glooAgent"] == {
        "enabled": True,
        "relay": {
            "serverAddress": "192.0.2.1:9900",
            "authority": "gloo-mesh-mgmt-server.gloo-mesh",
        },
    }
    endpoint = at(values, "telemetryCollector.config.exporters.otlp.endpoint")
    assert endpoint == "192.0.2.2:4317"
    assert at(values, "telemetryCollectorCustomization.pipelines.traces/istio.enabled") is True


def test_the_files_in_the_repository_are_right() -> None:
    assert management_values.problems(MEMBER) == []


WRONG: dict[str, tuple[str, str, str]] = {
    "peers of the plane's own": (
        "featureGates: {ConfigDistribution: true}",
        "featureGates.ConfigDistribution: found true; allowed: false, because the links",
        "remove it",
    ),
    "license in clear": (
        "licensing: {glooMeshLicenseKey: canary-key}",
        "licensing: found a value in clear text",
        "pulumi config set --secret ambientmesh:licenseKey",
    ),
    "another name": ("common: {cluster: other}", "common.cluster: found a value", "remove it"),
    "other certificates": (
        "glooMgmtServer: {relay: {disableCa: true}}",
        "glooMgmtServer.relay: found a value",
        "remove it",
    ),
    "registration by the chart": (
        "glooMgmtServer: {registerCluster: true}",
        "glooMgmtServer.registerCluster: found true; allowed: false, because the program",
        "remove it",
    ),
    "CRDs of one chart": (
        "installEnterpriseCrds: true",
        "installEnterpriseCrds: found true; allowed: false",
        "remove it",
    ),
    "no YAML": ("a: [canary-key", "found what cannot be read (ParserError)", "mend it"),
    "a list": ("[1]", "found no map", "write key: value"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("file", [PLANE_FILE, AGENT_FILE])
def test_a_wrong_file_of_values_is_one_line_with_its_key(
    case: str, file: str, tmp_path: Path
) -> None:
    text, found, fix = WRONG[case]
    for name in (PLANE_FILE, AGENT_FILE):
        (tmp_path / name).write_text(text if name == file else "", encoding="utf-8")

    [line] = management_values.problems(MEMBER, tmp_path)

    assert line.startswith(f"manifests/{file}: ")
    assert found in line
    assert "allowed: " in line
    assert fix in line.partition("fix: ")[2]
    assert "canary" not in line


def test_a_file_of_values_that_is_not_there_is_a_line_and_no_traceback(tmp_path: Path) -> None:
    assert len(management_values.problems(MEMBER, tmp_path)) == 2


def test_nobody_reads_the_files_of_a_plane_that_is_off(tmp_path: Path) -> None:
    assert management_values.problems(settings(["alpha"]), tmp_path) == []


@pytest.mark.parametrize(
    ("service", "state"),
    [
        (None, "pending"),
        ({"status": {"loadBalancer": {}}}, "pending"),
        ({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}, "ready"),
        ({"status": {"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}}}, "ready"),
        ({"spec": {"type": "ClusterIP"}}, "failed"),
    ],
)
def test_a_service_is_ready_when_its_load_balancer_has_an_address(service: Any, state: str) -> None:
    assert management_gates.service_verdict(service).state == state


@pytest.mark.parametrize(
    ("address", "dialled"),
    [
        ("192.0.2.1", "192.0.2.1:9900"),
        ("lb.example.com", "lb.example.com:9900"),
        ("2001:db8::1", "[2001:db8::1]:9900"),
    ],
)
def test_an_address_is_dialled_with_its_port(address: str, dialled: str) -> None:
    assert management_gates.endpoint(address, 9900) == dialled


def test_an_agent_without_certificate_is_told_where_to_look() -> None:
    verdict = management_gates.certificate_verdict(None)

    assert verdict.state == "pending"
    assert "relay-client-tls-secret" in verdict.reason
    assert "kubectl -n gloo-mesh logs deploy/gloo-mesh-agent" in verdict.reason
    assert management_gates.certificate_verdict({"name": "x"}).state == "ready"


def test_a_token_is_told_by_its_key_and_does_not_tell_it() -> None:
    assert relay.token_of("one") == relay.token_of("one") != relay.token_of("two")
    assert len(relay.token_of("one")) == 64


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("charts", {"chart": "charts/gloo-platform", "version": None}),
        ("oci://mirror/x", {"chart": "oci://mirror/x/gloo-platform", "version": "2.10.1"}),
        (
            "https://mirror/x",
            {
                "chart": "gloo-platform",
                "repository_opts": {"repo": "https://mirror/x"},
                "version": "2.10.1",
            },
        ),
    ],
)
def test_a_chart_is_found_in_a_folder_a_registry_or_a_repository(
    base: str, expected: dict[str, Any]
) -> None:
    assert charts.located(base, "gloo-platform", "2.10.1") == expected


def test_both_local_charts_are_looked_for_and_a_repository_is_named_once() -> None:
    def addresses(base: str) -> list[str]:
        config = settings(["alpha"], management={"cluster": "alpha"}, charts={"glooPlatform": base})
        found = charts.sources(config)
        return [source.address for source in found if source.key == "glooPlatform"]

    assert addresses("folder") == ["folder/gloo-platform-crds", "folder/gloo-platform"]
    assert addresses("https://charts.example") == ["https://charts.example"]


def refused(found: str, wanted: str, *, owner: str = OWNER) -> list[str]:
    """Return what is said of a cluster that is registered in one way and is to be in another."""
    config = settings(["alpha", "beta"], management={"cluster": "alpha", "mode": wanted})
    annotations = {OWNER_ANNOTATION: owner, gloo_platform.MODE_ANNOTATION: found}
    inventory = Inventory(
        cluster="beta",
        owner=OWNER,
        found={("Namespace", "", "gloo-mesh"): {"annotations": annotations}},
    )
    access = {"beta": Access(kubeconfig={}, reader=Memory(), inventory=inventory)}
    return asyncio.run(management_agent.check_modes(config, access))


@pytest.mark.parametrize("mode", ["declarative", "meshctl"])
def test_a_cluster_that_is_registered_in_one_way_is_not_registered_in_the_other(mode: str) -> None:
    other = {"declarative": "meshctl", "meshctl": "declarative"}[mode]

    assert refused(mode, mode) == []
    [line] = refused(mode, other)
    assert f"management.mode: found '{other}'; allowed: '{mode}', because beta is" in line
    assert "fix: take management out" in line
    # Somebody else's namespace is refused as every object in the way is.
    assert refused(mode, other, owner="somebody") == []


def test_the_stand_in_charts_call_themselves_simulated() -> None:
    for name in charts.PLATFORM_CHARTS:
        folder = Path("localcloud/charts/gloo-platform") / name
        content = yaml.safe_load((folder / "Chart.yaml").read_text(encoding="utf-8"))
        assert content["annotations"] == {charts.SIMULATED_ANNOTATION: "true"}
        assert content["name"] == name


@pytest.mark.parametrize(
    ("kubeconfig", "start"),
    [
        (None, "kubectl --context plane -n gloo-mesh port-forward "),
        ("my files/c", "kubectl --kubeconfig 'my files/c' --context plane -n gloo-mesh "),
    ],
)
def test_the_ui_is_opened_with_the_stacks_own_kubeconfig(
    kubeconfig: str | None, start: str
) -> None:
    assert management_plane.ui_command("plane", kubeconfig).startswith(start)
