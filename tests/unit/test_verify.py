"""`make verify` calls a link green only if everything that it stands on is what it must be."""

import asyncio
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from components.configured import Unasked, configured
from components.naming import OWNER_ANNOTATION as OWNER
from components.readiness import Verdict
from components.topology import Link, Member
from drill.__main__ import main as drill_main
from tests.mesh import CONNECTED, settings
from verify import checks, report, snapshot
from verify.__main__ import judge
from verify.__main__ import main as verify_main
from verify.checks import Result
from verify.snapshot import Snapshot

READY = Verdict("ready")
LINK = Link("alpha", "beta")
STACK = "test"
OTHERS = "organization/ambientmesh/other"


def peer(name: str = "istio-remote-peer-beta", **changes: Any) -> dict[str, Any]:
    values = {"network": "beta", "trust_domain": "beta", "address": "192.0.2.2", **changes}
    return {
        "metadata": {
            "name": name,
            "labels": {"topology.istio.io/network": values["network"]},
            "annotations": {"gateway.istio.io/trust-domain": values["trust_domain"]},
        },
        "spec": {
            "gatewayClassName": "istio-remote",
            "addresses": [{"value": values["address"]}],
        },
        "status": {"conditions": values.get("conditions", CONNECTED)},
    }


def side(name: str, address: str, *peers: dict[str, Any]) -> Snapshot:
    return Snapshot(
        member=Member(name=name, network=name, trust_domain=name),
        network=name,
        root="the root",
        mesh=READY,
        address=address,
        gateway=READY,
        trust_domain=name,
        peers=peers,
    )


ALPHA, BETA = side("alpha", "192.0.2.1", peer()), side("beta", "192.0.2.2")


def with_peers(*peers: dict[str, Any]) -> tuple[Snapshot, Snapshot]:
    return dataclasses.replace(ALPHA, peers=peers), BETA


def with_target(**changes: Any) -> tuple[Snapshot, Snapshot]:
    return ALPHA, dataclasses.replace(BETA, **changes)


def test_a_link_on_which_everything_fits_is_green() -> None:
    assert checks.check(LINK, ALPHA, BETA, STACK) == Result(LINK)


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (with_peers(), "istio-remote-peer-beta does not exist in alpha"),
        (with_peers(peer(conditions=[])), "Programmed is not reported yet"),
        (with_peers(peer(address="192.0.2.9")), "the address is '192.0.2.9', but must be"),
        (with_peers(peer(trust_domain="cluster.local")), "trust-domain is 'cluster.local'"),
        (with_peers(peer(network="elsewhere")), "topology.istio.io/network is 'elsewhere'"),
        (with_peers(peer(), peer("rival")), "2 peer Gateways claim network 'beta'"),
        (with_target(root="another root"), "the two clusters' roots differ"),
        (with_target(root=""), "beta publishes no root certificate"),
        (
            with_target(marked=(("Gateway x", OTHERS),)),
            "beta: the mesh here is not this stack's: Ga",
        ),
        (with_target(unreachable="refused"), "beta does not answer: refused"),
        (with_target(mesh=Verdict("pending", "phase=RUNNING")), "beta: mesh: phase=RUNNING"),
        (with_target(gateway=Verdict("pending", "no address")), "east-west gateway: no address"),
    ],
)
def test_a_link_is_red_for_one_reason_and_says_it(
    ends: tuple[Snapshot, Snapshot], told: str
) -> None:
    [problem] = checks.check(LINK, *ends, STACK).problems

    assert told in problem


def test_a_namespace_that_was_labelled_anew_is_told() -> None:
    problems = checks.check(LINK, *with_target(network="other"), STACK).problems

    assert "the network of istio-system in beta is 'other', but must be 'beta'" in problems


def test_a_link_that_leads_back_is_called_so() -> None:
    source, target = with_peers(peer(address="192.0.2.1"))

    assert (
        "the address 192.0.2.1 is the cluster's own"
        in checks.check(LINK, source, target, STACK).problems
    )


def test_a_cluster_without_peers_is_judged_by_itself() -> None:
    dead = dataclasses.replace(ALPHA, unreachable="refused")

    assert [r.green for r in checks.check_all([], {"alpha": ALPHA}, STACK)] == [True]
    [result] = checks.check_all([], {"alpha": dead}, STACK)
    assert (result.name, result.problems) == ("alpha", ("alpha does not answer: refused",))


def test_the_forms_agree_on_what_is_red() -> None:
    results = [Result(LINK), Result(Link("beta", "alpha"), ("one <reason>", "another"))]

    text = report.text(results)
    assert "FAIL beta -> alpha\n     one <reason>\n     another\n" in text
    assert text.endswith("1 of 2 links are connected")
    found = json.loads(report.as_json(results))
    assert (found["green"], found["links"][1]["problems"]) == (False, ["one <reason>", "another"])
    suite = ET.fromstring(report.junit(results))  # noqa: S314 it is ours
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [failure.get("message") for failure in suite.iter("failure")] == ["one <reason>"]


def test_without_pulumi_nobody_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(Unasked, match=r"no pulumi on the PATH.*; fix: make verify STACK=dev"):
        configured("dev", None)


@pytest.mark.parametrize("asked", [verify_main, drill_main])
def test_what_nobody_could_be_asked_is_an_error_in_one_line(
    asked: Callable[[], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.argv", ["tool", "--stack", "dev"])

    assert asked() == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: there is no pulumi")


class Live:
    """A cluster whose API answers with these objects."""

    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        self.answers = answers

    async def get(self, path: str) -> dict[str, Any] | None:
        return self.answers.get(path.rsplit("/", 1)[-1])

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        raise AssertionError(path)

    async def delete(self, path: str) -> None:
        raise AssertionError(path)


OWN: dict[str, Any] = {
    "metadata": {"name": "istio-eastwest"},
    "spec": {"gatewayClassName": "istio-eastwest"},
    "status": {"conditions": CONNECTED, "addresses": [{"value": "192.0.2.1"}]},
}


def test_a_snapshot_is_what_the_cluster_says_and_no_secret_is_asked_for() -> None:
    answers: dict[str, dict[str, Any]] = {
        "istio-system": {"metadata": {"labels": {"topology.istio.io/network": "alpha"}}},
        "istio-ca-root-cert": {"data": {"root-cert.pem": "the root\n"}},
        "istio": {"spec": {"trustDomain": "alpha"}, "status": {"phase": "SUCCEEDED"}},
        "gateways": {"items": [OWN, peer()]},
    }

    found = asyncio.run(snapshot.take(ALPHA.member, Live(answers), "operator"))

    assert found == ALPHA


def test_the_trust_domain_that_nobody_set_is_the_clusters_name() -> None:
    answers = {"istio": {"spec": {"cluster": "alpha"}}}

    found = asyncio.run(snapshot.take(ALPHA.member, Live(answers), "operator"))

    assert found.trust_domain == "alpha"
    assert (found.mesh.state, found.gateway.state, found.root) == ("pending", "pending", "")


def test_what_carries_a_stacks_mark_is_known_and_only_anothers_is_a_problem() -> None:
    def marked(obj: dict[str, Any], mark: str) -> dict[str, Any]:
        return {**obj, "metadata": {**obj.get("metadata", {}), "annotations": {OWNER: mark}}}

    mine = "organization/ambientmesh/test"
    answers = {
        "istio-system": marked({}, OTHERS),
        "istio": marked({}, OTHERS),
        "gateways": {"items": [marked(OWN, mine), marked(peer(), OTHERS), peer("istio-remote-x")]},
    }

    found = asyncio.run(snapshot.take(ALPHA.member, Live(answers), "operator"))

    assert [what for what, mark in found.marked if mark == mine] == ["Gateway istio-eastwest"]
    [result] = checks.check_all([], {"alpha": found}, STACK)
    [problem] = result.problems
    assert problem == (
        "alpha: the mesh here is not this stack's: Namespace istio-system, ServiceMeshController"
        f" istio, Gateway istio-remote-peer-beta of stack {OTHERS}"
    )


ROLLED: dict[str, Any] = {"status": {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2}}
BY_CHARTS: dict[str, dict[str, Any]] = {
    "istio-system": {"metadata": {"labels": {"topology.istio.io/network": "alpha"}}},
    "istio-ca-root-cert": {"data": {"root-cert.pem": "the root\n"}},
    "istio": {"data": {"mesh": "trustDomain: alpha\nrootNamespace: istio-system\n"}},
    "istiod": {"spec": {"replicas": 1}, "status": {"updatedReplicas": 1, "availableReplicas": 1}},
    "istio-cni-node": {"status": {**ROLLED["status"], "numberAvailable": 2}},
    "ztunnel": {"status": {**ROLLED["status"], "numberAvailable": 2}},
    "gateways": {"items": [OWN, peer()]},
}


def test_a_mesh_by_charts_is_judged_by_its_rollouts() -> None:
    assert asyncio.run(snapshot.take(ALPHA.member, Live(BY_CHARTS), "helm")) == ALPHA


def test_everything_of_a_mesh_by_charts_that_is_not_ready_is_named() -> None:
    answers = {**BY_CHARTS, "ztunnel": ROLLED}
    del answers["istiod"], answers["istio"]

    found = asyncio.run(snapshot.take(ALPHA.member, Live(answers), "helm"))

    assert (found.mesh.state, found.trust_domain) == ("pending", "")
    assert "Deployment istio-system/istiod: the object does not exist" in found.mesh.reason
    assert "DaemonSet istio-system/ztunnel: 2 pods wanted, 2 updated, 0 ava" in found.mesh.reason
    assert "istio-cni-node" not in found.mesh.reason


def marked(found: dict[str, Any], owner: str) -> dict[str, Any]:
    found["metadata"]["annotations"][OWNER] = owner
    return found


OURS = "organization/ambientmesh/test"


def test_a_link_of_this_stack_that_the_topology_lacks_is_red() -> None:
    beta = side("beta", "192.0.2.2", marked(peer("istio-remote-peer-alpha"), OURS))
    beta.peers[0]["metadata"]["labels"]["topology.istio.io/network"] = "alpha"
    taken = {"alpha": ALPHA, "beta": beta}

    good, bad = checks.check_all([LINK], taken, STACK)

    assert good == Result(LINK)
    assert bad.link == Link("beta", "alpha")
    assert (
        "istio-remote-peer-alpha is in beta, but the topology has no such link" in bad.problems[0]
    )


def test_a_link_of_somebody_else_is_none_of_ours() -> None:
    for owner in ("", OTHERS):
        found = marked(peer("istio-remote-peer-gamma"), owner)
        if not owner:
            del found["metadata"]["annotations"][OWNER]
        taken = {"alpha": ALPHA, "beta": side("beta", "192.0.2.2", found)}

        assert len(checks.check_all([LINK], taken, STACK)) == 1


def test_a_cluster_without_links_is_asked_for_itself() -> None:
    gamma = dataclasses.replace(side("gamma", ""), gateway=Verdict("pending", "no address"))
    taken = {"alpha": ALPHA, "beta": BETA, "gamma": gamma}

    results = checks.check_all([LINK], taken, STACK)

    assert [result.name for result in results] == ["alpha -> beta", "gamma"]
    assert results[1].problems == ("gamma: east-west gateway: no address",)
    assert report.text(results).splitlines()[-2:] == [
        "1 of 1 links are connected",
        "0 of 1 clusters without links are ready",
    ]


def flat(name: str, address: str, *peers: dict[str, Any]) -> Snapshot:
    member = Member(name=name, network="net", trust_domain=name, flat=True)
    found = dataclasses.replace(side(name, address, *peers), member=member, network="net")
    for one in peers:
        cluster = one["metadata"]["name"].removeprefix("istio-remote-peer-")
        one["metadata"]["labels"] = {
            "topology.istio.io/network": "net",
            "topology.istio.io/cluster": cluster,
        }
    return found


def test_clusters_of_one_network_are_told_apart_by_their_names() -> None:
    peers = [peer(), peer("istio-remote-peer-gamma", trust_domain="gamma", address="192.0.2.3")]
    alpha, beta = flat("alpha", "192.0.2.1", *peers), flat("beta", "192.0.2.2")

    assert checks.check(LINK, alpha, beta, STACK) == Result(LINK)

    twice = flat("alpha", "192.0.2.1", *peers, peer("another"))
    twice.peers[2]["metadata"]["labels"]["topology.istio.io/cluster"] = "beta"
    [problem] = checks.check(LINK, twice, beta, STACK).problems
    assert problem == "2 peer Gateways claim cluster 'beta': another, istio-remote-peer-beta"


def test_the_exit_code_tells_whether_every_link_is_green(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def found(*_: Any) -> list[Result]:
        return results

    monkeypatch.setattr("verify.__main__._results", found)

    results = [Result(LINK)]
    assert judge(settings(["alpha", "beta"]), "text", STACK) == 0
    results = [Result(LINK), Result(Link("beta", "alpha"), ("red",))]
    assert judge(settings(["alpha", "beta"]), "text", STACK) == 1
    assert "FAIL beta -> alpha" in capsys.readouterr().out


def test_a_context_that_is_missing_is_asked_wrongly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("contexts: []")

    assert judge(settings(["alpha"], kubeconfig=str(path)), "text", STACK) == 2
    assert "clusters: found 'context-alpha'" in capsys.readouterr().err
