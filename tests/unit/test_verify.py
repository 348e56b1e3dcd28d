"""`make verify` calls a link green only if everything that it stands on is what it must be."""

import dataclasses
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from components.readiness import Verdict
from components.topology import Link, Member
from tests.mesh import CONNECTED
from verify import checks, report
from verify.__main__ import Unasked, _configured
from verify.checks import Result
from verify.snapshot import Snapshot

READY = Verdict("ready")
LINK = Link("alpha", "beta")


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
    assert checks.check(LINK, ALPHA, BETA) == Result(LINK)


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
        (with_target(unreachable="refused"), "beta does not answer: refused"),
        (with_target(mesh=Verdict("pending", "phase=RUNNING")), "beta: mesh: phase=RUNNING"),
        (with_target(gateway=Verdict("pending", "no address")), "east-west gateway: no address"),
    ],
)
def test_a_link_is_red_for_one_reason_and_says_it(
    ends: tuple[Snapshot, Snapshot], told: str
) -> None:
    [problem] = checks.check(LINK, *ends).problems

    assert told in problem


def test_a_namespace_that_was_labelled_anew_is_told() -> None:
    problems = checks.check(LINK, *with_target(network="other")).problems

    assert "the network of istio-system in beta is 'other', but must be 'beta'" in problems


def test_a_link_that_leads_back_is_called_so() -> None:
    source, target = with_peers(peer(address="192.0.2.1"))

    assert (
        "the address 192.0.2.1 is the cluster's own" in checks.check(LINK, source, target).problems
    )


def test_a_cluster_without_peers_is_judged_by_itself() -> None:
    dead = dataclasses.replace(ALPHA, unreachable="refused")

    assert [r.green for r in checks.check_all([], {"alpha": ALPHA})] == [True]
    [result] = checks.check_all([], {"alpha": dead})
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

    with pytest.raises(Unasked, match="no pulumi on the PATH"):
        _configured("dev", None)
