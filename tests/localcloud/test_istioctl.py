"""The scripted istioctl: strict about flags, and objects as each version is documented to make."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from components import versions
from components.east_west_gateway import east_west_annotations, east_west_labels
from components.peering import peer_annotations, peer_labels, peer_spec
from localcloud.istioctl import clusters, main
from localcloud.istioctl.commands import version

CONTEXTS = ("alpha", "beta")


class Plane:
    """An API server from memory: a mesh that is ready, as far as istioctl looks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.network = f"net-{name}"
        self.ingress = [{"ip": "192.0.2.1"}]
        self.nodes: list[dict[str, str]] = [{}]
        self.applied: list[tuple[dict[str, Any], str, bool]] = []
        self.conditions: Mapping[str, str] = {
            "Programmed": "True",
            "gloo.solo.io/PeeringSucceeded": "True",
            "gloo.solo.io/PeerConnected": "True",
        }
        self.root = "root"

    def find(self, path: str) -> Any:
        if path.endswith("/namespaces/istio-system"):
            return {"metadata": {"labels": {"topology.istio.io/network": self.network}}}
        assert path.endswith("/configmaps/istio-ca-root-cert")
        return {"data": {"root-cert.pem": self.root}}

    def items(self, path: str) -> list[Any]:
        plain = path.partition("?")[0]
        return self._answers()[plain.rsplit("/", 1)[1]]

    def _answers(self) -> dict[str, list[Any]]:
        env = [{"name": "CLUSTER_ID", "value": self.name}]
        pods = {"template": {"spec": {"containers": [{"env": env}]}}}
        conditions = [{"type": k, "status": v} for k, v in self.conditions.items()]
        gateways = [
            {
                "metadata": {"name": f"{kind}-gateway"},
                "spec": {"gatewayClassName": kind},
                "status": {"conditions": conditions},
            }
            for kind in ("istio-eastwest", "istio-remote")
        ]
        service = {
            "metadata": {"name": "istio-eastwest"},
            "status": {"loadBalancer": {"ingress": self.ingress}},
        }
        mesh = {
            "metadata": {"name": "istio-gloo"},
            "data": {"mesh": f"trustDomain: td-{self.name}"},
        }
        return {
            "deployments": [{"spec": pods, "status": {"availableReplicas": 1}}],
            "configmaps": [{"metadata": {"name": "istio-ca-root-cert"}, "data": {}}, mesh],
            "nodes": [{"metadata": {"labels": labels}} for labels in self.nodes],
            "services": [service],
            "gateways": gateways,
        }

    def apply(self, path: str, body: dict[str, Any], manager: str, *, force: bool) -> None:
        assert path.endswith(f"/namespaces/gw/gateways/{body['metadata']['name']}")
        self.applied.append((body, manager, force))


@pytest.fixture
def planes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Plane]:
    found = {name: Plane(name) for name in CONTEXTS}
    monkeypatch.setattr(
        clusters, "api", lambda call, context="": found[context or call.get("context")]
    )
    return found


@pytest.fixture
def claim(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setenv(version.VARIABLE, f"{text}-solo")


def run(line: str) -> int:
    return main.main(line.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("multicluster expose --wiat", "unknown flag: --wiat"),
        ("multicluster expose --contexts alpha", "unknown flag: --contexts"),
        ("multicluster expose --zone z", "--region must be set"),
        ("multicluster expose --wait=soon", 'invalid argument "soon"'),
        ("multicluster expose -n", "flag needs an argument: -n"),
        ("multicluster expose alpha", "expected zero args, got alpha"),
        ("multicluster link", "at least one of --generate"),
        ("multicluster link --from alpha", "--to requires --from"),
        ("multicluster link --contexts alpha --to beta", "cannot be used together"),
        ("multicluster link --contexts alpha,alpha", "duplicate contexts"),
        ("multicluster link --generate --contexts alpha", "--generate cannot be used"),
        ("multicluster unlink", 'unknown command "multicluster unlink"'),
        ("", "unknown command"),
    ],
)
def test_a_wrong_command_line_is_refused(
    planes: dict[str, Plane], capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    assert run(line) == main.WRONG_USAGE
    assert said in capsys.readouterr().err
    assert not any(plane.applied for plane in planes.values())


@pytest.mark.parametrize("text", ["1.26.2", "1.28.3-patch0"])
def test_expose_makes_what_the_program_makes_for_that_version(
    planes: dict[str, Plane], claim: Callable[[str], None], text: str
) -> None:
    claim(text)
    release = versions.release(text)

    assert run("--context=alpha multicluster expose -n gw") == 0

    [(made, manager, force)] = planes["alpha"].applied
    assert (manager, force) == ("istioctl", False)
    meta = made["metadata"]
    assert meta["labels"] == east_west_labels(release, cluster="alpha", network="net-alpha")
    assert meta.get("annotations", {}) == east_west_annotations(release)
    assert [listener["port"] for listener in made["spec"]["listeners"]] == [15008, 15012]


@pytest.mark.parametrize("text", ["1.26.2", "1.28.3-patch0"])
def test_link_makes_what_the_program_makes_for_that_version(
    planes: dict[str, Plane], claim: Callable[[str], None], text: str
) -> None:
    claim(text)
    release = versions.release(text)

    assert run("multicluster link --from alpha --to beta --namespace gw") == 0

    assert planes["beta"].applied == []
    [(made, _, _)] = planes["alpha"].applied
    meta = made["metadata"]
    assert meta["name"] == "istio-remote-peer-net-beta"
    assert meta["labels"] == peer_labels(release, cluster="beta", network="net-beta")
    assert meta["annotations"] == peer_annotations(release, trust_domain="td-beta")
    assert made["spec"] == peer_spec(release, {"type": "IPAddress", "value": "192.0.2.1"})


def test_contexts_link_every_pair_both_ways(planes: dict[str, Plane]) -> None:
    assert run("multicluster link --contexts=alpha,beta -n gw") == 0

    assert [m["metadata"]["name"] for m, _, _ in planes["alpha"].applied] == [
        "istio-remote-peer-net-beta"
    ]
    assert [m["metadata"]["name"] for m, _, _ in planes["beta"].applied] == [
        "istio-remote-peer-net-alpha"
    ]


def test_a_load_balancer_may_have_a_name_or_nothing_yet(
    planes: dict[str, Plane], capsys: pytest.CaptureFixture[str]
) -> None:
    planes["beta"].ingress = [{"hostname": "lb.example"}]
    assert run("multicluster link --from alpha --to beta -n gw") == 0
    [(made, _, _)] = planes["alpha"].applied
    assert made["spec"]["addresses"] == [{"type": "Hostname", "value": "lb.example"}]

    planes["beta"].ingress = []
    assert run("multicluster link --from alpha --to beta -n gw") == 1
    assert "in cluster beta: services found" in capsys.readouterr().err


def test_a_namespace_without_its_network_cannot_be_exposed(
    planes: dict[str, Plane], capsys: pytest.CaptureFixture[str]
) -> None:
    planes["alpha"].network = ""

    assert run("multicluster expose --context alpha -n gw") == 1
    assert "failed to find network" in capsys.readouterr().err


def test_a_region_that_all_nodes_share_becomes_a_label(planes: dict[str, Plane]) -> None:
    region, zone = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
    planes["alpha"].nodes = [{region: "r1", zone: "a"}, {region: "r1", zone: "b"}]

    run("multicluster expose --context alpha -n gw")

    [(made, _, _)] = planes["alpha"].applied
    assert made["metadata"]["labels"][region] == "r1"
    assert zone not in made["metadata"]["labels"]


def test_generate_prints_and_applies_nothing(
    planes: dict[str, Plane], capsys: pytest.CaptureFixture[str]
) -> None:
    run("multicluster link --generate --context beta -n gw")

    assert json.loads(capsys.readouterr().out)["metadata"]["name"] == "istio-remote-peer-net-beta"
    assert not planes["alpha"].applied + planes["beta"].applied


def test_check_is_green_where_all_is_well(planes: dict[str, Plane]) -> None:
    assert planes
    assert run("multicluster check --contexts alpha,beta") == 0


@pytest.mark.parametrize("kind", ["Programmed", "gloo.solo.io/PeerConnected"])
def test_check_fails_where_a_gateway_is_red(
    planes: dict[str, Plane], capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    planes["beta"].conditions = {**planes["beta"].conditions, kind: "False"}

    assert run("multicluster check --contexts alpha,beta") == 1
    assert "multicluster check found issues" in capsys.readouterr().err


def test_check_compares_the_roots_of_the_clusters_it_is_told(planes: dict[str, Plane]) -> None:
    planes["beta"].root = "another"

    assert run("multicluster check --context alpha") == 0
    assert run("multicluster check --contexts alpha,beta") == 1


def test_1_26_has_no_check(planes: dict[str, Plane], claim: Callable[[str], None]) -> None:
    assert planes
    claim("1.26.2")

    assert run("multicluster check --contexts alpha,beta") == main.WRONG_USAGE


def test_calls_are_recorded_but_for_questions_about_the_version(
    planes: dict[str, Plane], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert planes
    monkeypatch.setenv(main.CALLS, str(tmp_path / "calls"))

    run("version --remote=false --output=json")
    run("multicluster expose --context alpha -n gw")

    lines = (tmp_path / "calls").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        ["multicluster", "expose", "--context", "alpha", "-n", "gw"]
    ]


def test_a_context_is_cut_out_of_a_kubeconfig(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps({"contexts": [{"name": "gamma", "context": {}}]}), "utf-8")

    assert run(f"multicluster expose --kubeconfig {path} --context alpha") == 1
    assert 'context "alpha" does not exist' in capsys.readouterr().err
