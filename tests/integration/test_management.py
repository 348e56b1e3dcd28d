"""The management plane by the real engine: on a member of the mesh, and on a cluster of its own."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.result import Result
from tests.integration.rig import CHART, LICENSE, SHORT_WAITS, Rig
from tests.integration.test_life import KEY_MARK, REMAINS, _written
from tests.localcloud.operator.objects import until

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO, THREE = ["cluster1", "cluster2"], ["cluster1", "cluster2", "cluster3"]
CHARTS = {"glooOperator": CHART, "glooPlatform": "localcloud/charts/gloo-platform"}
MEMBER = {"cluster": "cluster1"}
BY_MESHCTL = {"cluster": "cluster1", "mode": "meshctl"}
DEDICATED = {"dedicated": {"name": "mgmt", "context": "local-cluster3"}}
CORE = "/api/v1/namespaces/gloo-mesh"
AGENT = "/apis/apps/v1/namespaces/gloo-mesh/deployments/gloo-mesh-agent"
CLUSTERS = "/apis/admin.gloo.solo.io/v2/namespaces/gloo-mesh/kubernetesclusters"
SERVER = "gloo-mesh-mgmt-server"
GATEWAY = "gloo-telemetry-gateway"
TOKEN = f"{CORE}/secrets/relay-identity-token-secret"
CLIENT = f"{CORE}/secrets/relay-client-tls-secret"


def configured(
    rig: Rig, clusters: list[str], management: dict[str, Any], *, patience: str = "60s"
) -> None:
    rig.configure(
        clusters,
        charts=CHARTS,
        timeouts=SHORT_WAITS | {"management": patience},
        management=management,
        bookinfo={"enabled": False},
    )
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)


def changed(result: Result) -> dict[str, str]:
    """Return what a run did, by the resource's name."""
    done = {urn: op for urn, op in result.operations.items() if op not in ("same", "read")}
    names = {urn.rsplit("::", 1)[1]: op for urn, op in done.items()}
    return {name: op for name, op in names.items() if name != "ambientmesh-test"}


def says(rig: Rig, plane: str) -> str:
    """Return what the simulated agent of a plane has to say."""
    found = rig.api(plane).get(AGENT)["metadata"].get("annotations", {})
    return str(found.get("ambientmesh.dev/relay"))


def address(rig: Rig, plane: str, service: str) -> str:
    found = rig.api(plane).get(f"{CORE}/services/{service}")
    return str(found["status"]["loadBalancer"]["ingress"][0]["ip"])


def registered(rig: Rig, plane: str) -> set[str]:
    return {item["metadata"]["name"] for item in rig.api(plane).items(CLUSTERS)}


def left(before: dict[str, set[str]], after: dict[str, set[str]]) -> set[str]:
    """Return what is in etcd that was not there before and has no reason to be."""
    new = {key for plane, keys in after.items() for key in keys - before[plane]}
    return {key for key in new if not any(re.fullmatch(pattern, key) for pattern in REMAINS)}


def secrets(rig: Rig) -> list[str]:
    """Return what nobody may read: license, token and keys, plain and as a Secret holds them."""
    found = [LICENSE, base64.b64encode(LICENSE.encode()).decode()]
    data = rig.api("cluster1").get(TOKEN)["data"]["token"]
    found += [data, base64.b64decode(data).decode()]
    for name in ("relay-tls-signing-secret", "relay-server-tls-secret"):
        encoded = rig.api("cluster1").get(f"{CORE}/secrets/{name}")["data"]["tls.key"]
        lines = base64.b64decode(encoded).decode().splitlines()
        found += [encoded[200:260], lines[len(lines) // 2]]
    return found


@dataclass
class Story:
    """What each chapter printed, did and left behind."""

    before: dict[str, set[str]]
    preview: Result
    up: Result
    outputs: dict[str, Any]
    said: dict[str, str]
    seen: dict[str, str]
    clusters: set[str]
    hidden: list[str]
    again: Result
    refresh: Result
    wrong: Result
    told: str
    mended: Result
    moved: Result
    moved_said: str
    moved_address: str
    moved_outputs: dict[str, Any]
    grown: Result
    grown_clusters: set[str]
    destroy: Result
    after: dict[str, set[str]]
    written: dict[str, str]


@pytest.fixture(scope="module")
def story(rig: Rig) -> Iterator[Story]:
    scenario = rig.world.directory / "scenario.yaml"
    try:
        yield Story(**_lived(rig))
    finally:
        scenario.unlink(missing_ok=True)


def _lived(rig: Rig) -> dict[str, Any]:
    chapters: dict[str, Any] = {"before": rig.keys(THREE)}
    configured(rig, TWO, MEMBER)
    chapters |= {"preview": rig.run("preview"), "up": rig.run("up")}
    chapters["outputs"] = rig.stack.outputs()["management"]
    chapters["said"] = {plane: says(rig, plane) for plane in TWO}
    chapters["seen"] = {name: address(rig, "cluster1", name) for name in (SERVER, GATEWAY)}
    chapters |= {"clusters": registered(rig, "cluster1"), "hidden": secrets(rig)}
    chapters |= {"again": rig.run("up"), "refresh": rig.run("refresh", "--expect-no-changes")}
    chapters |= _wronged(rig) | _moved(rig)
    configured(rig, THREE, MEMBER)
    chapters["grown"] = rig.run("up")
    chapters["grown_clusters"] = registered(rig, "cluster1")
    chapters["destroy"] = rig.run("destroy")
    written = _written(rig.stack.home) | _written(rig.world.directory / "logs")
    return chapters | {"after": rig.keys(THREE), "written": written}


def _wronged(rig: Rig) -> dict[str, Any]:
    """Give an agent that has no certificate yet a token that is not the plane's; then mend it."""
    api = rig.api("cluster2")
    api.patch(TOKEN, {"data": {"token": base64.b64encode(b"another").decode()}})
    api.delete(CLIENT)
    until(lambda: says(rig, "cluster2") != "connected", "the agent does not notice")
    told = says(rig, "cluster2")
    configured(rig, TWO, MEMBER, patience="6s")
    wrong = rig.fails("up")
    configured(rig, TWO, MEMBER)
    return {"wrong": wrong, "told": told, "mended": rig.run("up", "--refresh")}


def _moved(rig: Rig) -> dict[str, Any]:
    """Give every load balancer of the management cluster another address."""
    before = address(rig, "cluster1", SERVER)
    fault = json.dumps({"faults": {"cluster1": {"loadBalancer": "move"}}})
    (rig.world.directory / "scenario.yaml").write_text(fault)
    until(lambda: address(rig, "cluster1", SERVER) != before, "it keeps its address")
    result = rig.run("up")
    return {
        "moved": result,
        "moved_said": says(rig, "cluster2"),
        "moved_address": address(rig, "cluster1", SERVER),
        "moved_outputs": rig.stack.outputs()["management"],
    }


def test_the_preview_lists_what_up_creates(story: Story) -> None:
    planned, made = changed(story.preview), changed(story.up)

    assert planned == made
    assert {name for name in made if name.startswith("cluster2-agent")} == {
        "cluster2-agent",
        "cluster2-agent-namespace",
        "cluster2-agent-relay-root-tls-secret",
        "cluster2-agent-relay-identity-token-secret",
        "cluster2-agent-crds",
        "cluster2-agent-platform",
        "cluster2-agent-registration",
    }


def test_up_ends_with_every_agent_let_in_by_the_server(story: Story) -> None:
    assert story.said == dict.fromkeys(TWO, "connected")
    assert story.clusters == set(TWO)
    assert story.outputs["clusters"] == dict.fromkeys(TWO, "registered")


def test_outputs_tell_the_addresses_of_the_live_services_and_how_to_open_the_ui(
    story: Story,
) -> None:
    assert story.outputs["relayAddress"] == f"{story.seen[SERVER]}:9900"
    assert story.outputs["telemetryAddress"] == f"{story.seen[GATEWAY]}:4317"
    assert "--context local-cluster1 -n gloo-mesh port-forward" in story.outputs["ui"]


@pytest.mark.parametrize("chapter", ["again", "refresh"])
def test_what_has_not_changed_is_not_changed(story: Story, chapter: str) -> None:
    result: Result = getattr(story, chapter)

    assert set(result.operations.values()) <= {"same", "refresh", "read"}, result.output


def test_an_agent_that_is_not_let_in_fails_the_run_and_is_named(story: Story) -> None:
    assert story.told == "the identity token is another"
    assert "cluster2: agent of the management plane: Secret relay-client-tls-secret" in (
        story.wrong.output
    )
    assert "gave up after 6 s (timeouts.management)" in story.wrong.output
    assert "cluster1: agent" not in story.wrong.output
    assert "Traceback" not in story.wrong.output
    assert "cluster2-agent-relay-identity-token-secret" in changed(story.mended)


def test_a_load_balancer_that_moved_is_followed_by_agents_and_peers_only(story: Story) -> None:
    assert story.moved_address != story.seen[SERVER]
    assert changed(story.moved) == {
        "cluster2-agent-platform": "update",
        "cluster2-to-cluster1-peering-gateway": "update",
    }
    assert story.moved_outputs["relayAddress"] == f"{story.moved_address}:9900"
    assert story.moved_said == "connected"


def test_a_cluster_that_joins_is_registered_and_touches_no_other(story: Story) -> None:
    names = changed(story.grown)

    assert names["cluster3-agent-platform"] == "create"
    assert all("cluster3" in name for name in names), names
    assert story.grown_clusters == set(THREE)


def test_destroy_leaves_nothing(story: Story) -> None:
    assert left(story.before, story.after) == set()


def test_license_token_and_keys_are_in_nothing_that_was_written_or_printed(story: Story) -> None:
    printed = {
        name: value.output + json.dumps(value.events)
        for name, value in vars(story).items()
        if isinstance(value, Result)
    }
    for secret in [*story.hidden, KEY_MARK]:
        for where, text in {**story.written, **printed}.items():
            assert secret not in text, f"a secret is readable in {where}"


def test_a_cluster_of_its_own_has_the_plane_and_nothing_of_a_mesh(story: Story, rig: Rig) -> None:
    assert story.destroy.code == 0
    configured(rig, TWO, DEDICATED)
    up = rig.run("up")
    said = {plane: says(rig, plane) for plane in TWO}
    found = rig.api("cluster3").items("/api/v1/namespaces")
    namespaces = {item["metadata"]["name"] for item in found}
    outputs, names = rig.stack.outputs()["management"], registered(rig, "cluster3")
    agent = rig.api("cluster3").find(AGENT)
    again = rig.run("up")
    rig.run("destroy")

    assert said == dict.fromkeys(TWO, "connected")
    assert outputs["clusters"] == dict.fromkeys(TWO, "registered")
    assert "--context local-cluster3" in outputs["ui"]
    assert names == set(TWO)
    assert agent is None, "it is no cluster of the mesh"
    assert "gloo-mesh" in namespaces
    assert not namespaces & {"istio-system", "istio-gateways", "gloo-system", "bookinfo"}
    assert changed(up)["mgmt-management-platform"] == "create"
    assert changed(again) == {}
    assert left(story.before, rig.keys(THREE)) == set()


def test_by_meshctl_clusters_come_and_go_and_modes_never_mix(
    story: Story, rig: Rig, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    rig.stack.environment = {**rig.stack.environment, "LOCALCLOUD_MESHCTL_CALLS": str(calls)}
    configured(rig, TWO, BY_MESHCTL)
    up, again = rig.run("up"), rig.run("up")
    said = {plane: says(rig, plane) for plane in TWO}
    outputs, names = rig.stack.outputs()["management"], registered(rig, "cluster1")
    configured(rig, TWO, MEMBER)
    refused = rig.fails("preview")
    configured(rig, TWO, BY_MESHCTL)
    rig.run("destroy")

    assert {name for name in changed(up) if name.startswith("cluster2-agent")} == {
        "cluster2-agent",
        "cluster2-agent-namespace",
        "cluster2-agent-registration",
    }
    assert changed(again) == {}
    assert said == dict.fromkeys(TWO, "connected")
    assert outputs["clusters"] == dict.fromkeys(TWO, "registered")
    assert names == set(TWO)
    assert "management.mode: found 'declarative'; allowed: 'meshctl'" in refused.output
    made, undone = (json.loads(line) for line in calls.read_text("utf-8").splitlines())
    assert made[:3] == ["cluster", "register", "cluster2"]
    assert f"{outputs['telemetryAddress']}" in made
    assert undone[:3] == ["cluster", "deregister", "cluster2"]
    assert left(story.before, rig.keys(THREE)) == set()
