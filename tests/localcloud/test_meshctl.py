"""The scripted meshctl: strict about flags, and what it copies and makes on the two sides."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.istioctl import clusters
from localcloud.istioctl.flags import Call
from localcloud.meshctl import helm, main

SECRETS = "/api/v1/namespaces/gloo-mesh/secrets"
KIND = "/apis/admin.gloo.solo.io/v2/namespaces/gloo-mesh/kubernetesclusters"
WHERE = ["--kubecontext", "plane", "--remote-context", "beta"]
REGISTER = ["cluster", "register", "beta", *WHERE, "--profiles", "gloo-mesh-agent"]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Cluster:
    """An API server from memory, by path."""

    def __init__(self, **objects: Any) -> None:
        self.objects: dict[str, Any] = objects

    def find(self, path: str) -> Any:
        return self.objects.get(path)

    def apply(self, path: str, body: Mapping[str, Any], manager: str) -> None:
        assert manager == "meshctl"
        self.objects[path] = body

    def create(self, path: str, body: Mapping[str, Any]) -> None:
        self.objects[f"{path}/{body['metadata']['name']}"] = body

    def delete(self, path: str) -> None:
        del self.objects[path]


class Sides:
    """The management cluster, another one, and what helm was asked for."""

    def __init__(self) -> None:
        self.plane = Cluster(
            **{
                f"{SECRETS}/relay-root-tls-secret": {"data": {"ca.crt": "root", "tls.key": "no"}},
                f"{SECRETS}/relay-identity-token-secret": {"data": {"token": encoded("token")}},
                "/api/v1/namespaces/gloo-mesh/services/gloo-mesh-mgmt-server": {
                    "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
                },
            }
        )
        self.beta = Cluster()
        self.releases: dict[str, Any] = {}

    def api(self, call: Call, context: str) -> Cluster:
        del call
        return {"plane": self.plane, "beta": self.beta}[context]

    def install(self, call: Call, context: str, chart: str, values: Mapping[str, Any]) -> None:
        assert (context, call.get("kubecontext")) == ("beta", "plane")
        self.releases[chart] = values

    def uninstall(self, call: Call, context: str, chart: str) -> None:
        del call
        assert context == "beta"
        del self.releases[chart]


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch) -> Sides:
    found = Sides()
    monkeypatch.setattr(clusters, "api", found.api)
    monkeypatch.setattr(helm, "install", found.install)
    monkeypatch.setattr(helm, "uninstall", found.uninstall)
    return found


def test_it_announces_the_cluster_and_copies_root_and_token_and_no_key(sides: Sides) -> None:
    assert main.main([*REGISTER, "--telemetry-server-address", "192.0.2.2:4317"]) == 0

    assert sides.plane.objects[f"{KIND}/beta"]["spec"] == {"clusterDomain": "cluster.local"}
    copied = {path.rsplit("/", 1)[1]: o.get("data") for path, o in sides.beta.objects.items()}
    assert copied == {
        "gloo-mesh": None,
        "relay-root-tls-secret": {"ca.crt": "root"},
        "relay-identity-token-secret": {"token": encoded("token")},
    }


def test_it_installs_the_agent_with_the_planes_addresses(sides: Sides) -> None:
    main.main([*REGISTER, "--telemetry-server-address", "192.0.2.2:4317"])

    assert list(sides.releases) == ["gloo-platform-crds", "gloo-platform"]
    values = sides.releases["gloo-platform"]
    assert values["common"] == {"cluster": "beta"}
    assert values["glooAgent"]["relay"] == {"serverAddress": "192.0.2.1:9900"}
    assert values["telemetryCollector"]["config"]["exporters"]["otlp"] == {
        "endpoint": "192.0.2.2:4317"
    }


def test_an_address_that_is_given_is_taken(sides: Sides) -> None:
    main.main([*REGISTER, "--relay-server-address", "192.0.2.9:9900"])

    relay = sides.releases["gloo-platform"]["glooAgent"]["relay"]
    assert relay == {"serverAddress": "192.0.2.9:9900"}


def test_to_deregister_undoes_it(sides: Sides) -> None:
    main.main(REGISTER)

    assert main.main(["cluster", "deregister", "beta", *WHERE]) == 0
    assert sides.releases == {}
    assert f"{KIND}/beta" not in sides.plane.objects
    assert set(sides.beta.objects) == {"/api/v1/namespaces/gloo-mesh"}


WRONG: dict[str, tuple[list[str], str]] = {
    "unknown flag": ([*REGISTER, "--context", "x"], "unknown flag: --context"),
    "no context": (
        ["cluster", "register", "beta", "--profiles", "gloo-mesh-agent"],
        "required flag --kubecontext",
    ),
    "unknown profile": (
        ["cluster", "register", "beta", *WHERE, "--profiles", "gloo-core-agent"],
        "unknown profile",
    ),
    "no name": (
        ["cluster", "register", *WHERE, "--profiles", "gloo-mesh-agent"],
        "accepts 1 arg(s), received 0",
    ),
    "underscore": (
        ["cluster", "register", "b_a", *WHERE, "--profiles", "gloo-mesh-agent"],
        "underscores",
    ),
    "unknown command": (["install"], "unknown command"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_command_line_is_refused(
    case: str, sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, told = WRONG[case]

    assert main.main(arguments) == 1
    assert told in capsys.readouterr().err
    assert sides.releases == {}


def test_a_plane_without_its_secrets_is_named(
    sides: Sides, capsys: pytest.CaptureFixture[str]
) -> None:
    del sides.plane.objects[f"{SECRETS}/relay-identity-token-secret"]

    assert main.main(REGISTER) == 1
    assert "relay-identity-token-secret" in capsys.readouterr().err


def test_it_says_which_version_it_is_and_records_every_other_call(
    sides: Sides,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    del sides
    calls = tmp_path / "calls"
    monkeypatch.setenv(main.CALLS, str(calls))
    monkeypatch.setenv(main.VERSION, "2.8.0")

    assert main.main(["version"]) == 0
    assert json.loads(capsys.readouterr().out) == {"client": {"version": "2.8.0"}}
    main.main(REGISTER)
    assert [json.loads(line) for line in calls.read_text().splitlines()] == [REGISTER]
