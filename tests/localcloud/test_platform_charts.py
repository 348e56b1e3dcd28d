"""The stand-in charts of the management plane: as strict as what is documented, and no stricter."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import management_values
from localcloud.paths import BIN, CHECKOUT

pytestmark = pytest.mark.planes

CHARTS = CHECKOUT / "localcloud" / "charts" / "gloo-platform"
PLANE = management_values.plane("alpha", member=True, licensed=True)
AGENT = management_values.agent("beta", relay="192.0.2.1:9900", telemetry="lb.example:4317")


def rendered(values: dict[str, Any], folder: Path, chart: str = "gloo-platform") -> str:
    """Return the objects of a chart, or what helm says against its values."""
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    result = subprocess.run(  # noqa: S603
        [str(BIN / "helm"), "template", "x", str(CHARTS / chart), "-n", "gloo-mesh", "-f", file],
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout if result.returncode == 0 else result.stderr


def workloads(text: str) -> set[str]:
    objects = [item for item in yaml.safe_load_all(text) if item]
    return {o["metadata"]["name"] for o in objects if o["kind"] in ("Deployment", "DaemonSet")}


def test_the_programs_values_make_the_plane(tmp_path: Path) -> None:
    assert workloads(rendered(PLANE, tmp_path)) == {
        "gloo-mesh-agent",
        "gloo-mesh-mgmt-server",
        "gloo-mesh-redis",
        "gloo-mesh-ui",
        "gloo-telemetry-collector-agent",
        "gloo-telemetry-gateway",
        "prometheus-server",
    }


def test_the_programs_values_make_an_agent(tmp_path: Path) -> None:
    text = rendered(AGENT, tmp_path)

    assert workloads(text) == {"gloo-mesh-agent", "gloo-telemetry-collector-agent"}
    assert "lb.example:4317" in text


def test_the_chart_of_kinds_takes_the_programs_values(tmp_path: Path) -> None:
    text = rendered(dict(management_values.CRDS), tmp_path, "gloo-platform-crds")

    assert "kubernetesclusters.admin.gloo.solo.io" in text


WRONG: dict[str, dict[str, Any]] = {
    "unknown part": {"glooAgents": {"enabled": True}},
    "misspelt switch": {"glooUi": {"enable": True}},
    "address without port": {"glooAgent": {"relay": {"serverAddress": "192.0.2.1"}}},
    "unknown field of the relay": {"glooAgent": {"relay": {"server": "192.0.2.1:9900"}}},
    "unknown type of Service": {"glooMgmtServer": {"serviceType": "Loadbalancer"}},
    "text for a switch": {"featureGates": {"ConfigDistribution": "no"}},
    "no name": {"common": {"cluster": ""}},
    "misplaced endpoint": {"telemetryCollector": {"endpoint": "192.0.2.1:4317"}},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_value_that_no_reference_has_is_refused(case: str, tmp_path: Path) -> None:
    message = rendered(management_values.merged(AGENT, WRONG[case]), tmp_path)

    assert "don't meet the specifications of the schema" in message


def test_an_agent_without_address_is_refused(tmp_path: Path) -> None:
    values = management_values.merged(AGENT, {"glooAgent": {"relay": {"serverAddress": ""}}})

    assert "say where the management server is" in rendered(values, tmp_path)
