"""Links by istioctl, scripted: up, nothing again, a third cluster, the other mode, and nothing.

The story runs once; every test asks it one question.
"""

import base64
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.result import Result
from tests.integration.argv import watched
from tests.integration.rig import Rig
from tests.integration.test_life import REMAINS

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO, THREE = ["cluster1", "cluster2"], ["cluster1", "cluster2", "cluster3"]
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-gateways/gateways"
SWITCH = ("--target", "**-eastwest-gateway", "--target-dependents")
UPGRADE = "1.28.4"
BY_ISTIOCTL = {"mode": "istioctl"}
DECLARATIVE = {"mode": "declarative"}


@dataclass
class Story:
    """What each chapter did, called and left behind."""

    before: dict[str, set[str]]
    wrong_version: Result
    no_tool: Result
    refused_keys: dict[str, set[str]]
    preview: Result
    up: Result
    verified: "subprocess.CompletedProcess[str]"
    outputs: dict[str, Any]
    gateways: dict[str, list[Any]]
    second_up: Result
    refused_declarative: Result
    grown: Result
    switched_off: Result
    between: dict[str, list[Any]]
    declarative: Result
    refused_istioctl: Result
    upgraded: Result
    destroy: Result
    after: dict[str, set[str]]
    calls: dict[str, list[list[str]]]
    arguments: set[str]
    secrets: list[str]
    state: str


class Calls:
    """The file in which the scripted istioctl records what it was called with."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def taken(self) -> list[list[str]]:
        """Return the calls since the last time."""
        if not self._path.exists():
            return []
        lines = self._path.read_text("utf-8").splitlines()
        self._path.unlink()
        return [json.loads(line) for line in lines]


def gateways(rig: Rig) -> dict[str, list[Any]]:
    return {plane: rig.api(plane).items(GATEWAYS) for plane in TWO}


def secrets(rig: Rig) -> list[str]:
    """Return the middle of every credential in the world's kubeconfig, as it is and as PEM."""
    found = []
    for user in yaml.safe_load(rig.world.kubeconfig.read_text("utf-8"))["users"]:
        for value in user["user"].values():
            found.append(value[len(value) // 2 :][:60])
            lines = base64.b64decode(value).decode().splitlines()
            found.append(lines[len(lines) // 2])
    return found


@pytest.fixture(scope="module")
def story(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Story:
    path = tmp_path_factory.mktemp("calls") / "calls.jsonl"
    rig.stack.environment = {**rig.stack.environment, "LOCALCLOUD_ISTIOCTL_CALLS": str(path)}
    with watched() as arguments:
        return _lived(rig, Calls(path), arguments)


def _lived(rig: Rig, record: Calls, arguments: set[str]) -> Story:
    before, calls = rig.keys(THREE), {}
    own = rig.stack.environment
    rig.configure(TWO, links=BY_ISTIOCTL)
    rig.stack.environment = {**own, "LOCALCLOUD_ISTIOCTL_VERSION": "1.26.2-solo"}
    wrong_version = rig.fails("up")
    rig.stack.environment = own
    rig.configure(TWO, links=BY_ISTIOCTL, cli={"istioctl": "nowhere/istioctl"})
    no_tool = rig.fails("up")
    refused_keys = rig.keys(THREE)
    rig.configure(TWO, links=BY_ISTIOCTL)
    preview = rig.run("preview")
    calls["preview"] = record.taken()
    up = rig.run("up")
    calls["up"] = record.taken()
    verified = rig.verify()
    made, outputs = gateways(rig), rig.stack.outputs()
    second_up = rig.run("up")
    calls["second_up"] = record.taken()
    state = rig.stack.state_file.read_text("utf-8")
    rig.configure(TWO, links=DECLARATIVE)
    refused_declarative = rig.fails("preview")
    rig.configure(THREE, links=BY_ISTIOCTL)
    grown = rig.run("up")
    calls["grown"] = record.taken()
    switched_off = rig.run("destroy", *SWITCH)
    calls["switched_off"] = record.taken()
    between = gateways(rig)
    rig.configure(TWO, links=DECLARATIVE)
    declarative = rig.run("up")
    calls["declarative"] = record.taken()
    rig.configure(TWO, links=BY_ISTIOCTL)
    refused_istioctl = rig.fails("preview")
    rig.run("destroy", *SWITCH)
    rig.run("up")
    record.taken()
    rig.configure(TWO, links=BY_ISTIOCTL, meshVersion=UPGRADE)
    upgraded = rig.run("up")
    calls["upgraded"] = record.taken()
    return Story(
        before=before,
        wrong_version=wrong_version,
        no_tool=no_tool,
        refused_keys=refused_keys,
        preview=preview,
        up=up,
        verified=verified,
        outputs=outputs,
        gateways=made,
        second_up=second_up,
        refused_declarative=refused_declarative,
        grown=grown,
        switched_off=switched_off,
        between=between,
        declarative=declarative,
        refused_istioctl=refused_istioctl,
        upgraded=upgraded,
        destroy=rig.run("destroy"),
        after=rig.keys(THREE),
        calls=calls,
        arguments=arguments,
        secrets=secrets(rig),
        state=state,
    )


def touched(result: Result) -> set[str]:
    urns = {urn for urn, op in result.operations.items() if op not in ("same", "read")}
    return {urn.rsplit("::", 1)[1] for urn in urns} - {"ambientmesh-test"}


def test_up_ends_with_every_link_connected_and_the_same_outputs(story: Story) -> None:
    assert story.outputs["links"] == {
        "cluster1-to-cluster2": "connected",
        "cluster2-to-cluster1": "connected",
    }
    addresses = {c["eastWestAddress"] for c in story.outputs["clusters"].values()}
    assert len(addresses) == 2


def test_verify_finds_the_links_of_istioctl_green(story: Story) -> None:
    assert story.verified.returncode == 0, story.verified.stdout + story.verified.stderr
    assert "2 of 2 links are connected" in story.verified.stdout


def test_a_tool_of_another_version_or_none_is_refused_and_nothing_is_touched(story: Story) -> None:
    wanted = "allowed: istioctl 1.28.3-patch0-solo"
    assert "cli.istioctl: found version 1.26.2-solo at " in story.wrong_version.output
    assert "cli.istioctl: found nowhere/istioctl (No such file" in story.no_tool.output
    for refused in (story.wrong_version, story.no_tool):
        assert wanted in refused.output
        assert "1 obstacle in the way; nothing was touched" in refused.output
        assert "Traceback" not in refused.output
    for plane, keys in story.refused_keys.items():
        grown = keys - story.before[plane]
        assert not [k for k in grown if not any(re.fullmatch(p, k) for p in REMAINS)]


def test_another_mesh_version_runs_the_commands_of_its_own_istioctl_in_place(story: Story) -> None:
    done = {
        urn.rsplit("::", 1)[1]: op for urn, op in story.upgraded.operations.items() if op != "same"
    }
    commands = {name for name in done if name.endswith(("-gateway", "-check-command"))}

    assert len(commands) == 5
    assert {done[name] for name in commands} == {"update"}
    verbs = [call[1] for call in story.calls["upgraded"]]
    assert sorted(verbs) == ["check", "expose", "expose", "link", "link"]


def test_every_step_is_one_call_with_its_contexts(story: Story) -> None:
    into = ["--namespace", "istio-gateways"]
    calls = story.calls["up"]

    assert story.calls["preview"] == []
    assert sorted(calls[:2]) == [
        ["multicluster", "expose", *into, "--context", name] for name in TWO
    ]
    assert sorted(calls[2:4]) == [
        ["multicluster", "link", *into, "--from", "cluster1", "--to", "cluster2"],
        ["multicluster", "link", *into, "--from", "cluster2", "--to", "cluster1"],
    ]
    assert calls[4:] == [["multicluster", "check", "--contexts", "cluster1,cluster2"]]


def test_the_gateways_are_istioctls(story: Story) -> None:
    for plane, found in story.gateways.items():
        other = "cluster2" if plane == "cluster1" else "cluster1"
        assert {item["metadata"]["name"] for item in found} == {
            "istio-eastwest",
            f"istio-remote-peer-{other}",
        }
        for item in found:
            writers = {entry["manager"] for entry in item["metadata"]["managedFields"]}
            assert writers == {"istioctl", "istiod"}


def test_a_second_up_changes_nothing_and_calls_nothing(story: Story) -> None:
    assert set(story.second_up.operations.values()) <= {"same", "read"}
    assert story.calls["second_up"] == []


def test_a_third_cluster_touches_its_own_its_links_and_the_check(story: Story) -> None:
    names = touched(story.grown)

    assert "link-check-command" in names
    assert all("cluster3" in name for name in names - {"link-check-command"}), names
    links = [call for call in story.calls["grown"] if call[1] == "link"]
    assert len(links) == 4
    assert all("cluster3" in call for call in links)


def test_the_modes_are_not_mixed(story: Story) -> None:
    assert "istio-eastwest exists and was made by istioctl" in story.refused_declarative.output
    assert "made with links.mode: declarative" in story.refused_istioctl.output
    for refused in (story.refused_declarative, story.refused_istioctl):
        assert "nothing was touched" in refused.output
        assert "run pulumi destroy --target '**-eastwest-gateway' --target-dep" in refused.output
        assert "Traceback" not in refused.output


def test_the_way_from_one_mode_to_the_other_is_the_one_that_is_told(story: Story) -> None:
    assert story.between == {"cluster1": [], "cluster2": []}
    assert story.calls["switched_off"] == []
    assert story.calls["declarative"] == []
    # The third cluster left with the same run; of the two that stay, only links were touched.
    stayed = {name for name in touched(story.declarative) if "cluster3" not in name}
    assert stayed
    assert all("eastwest" in n or "peering" in n for n in stayed - {"link-check"}), stayed


def test_destroy_leaves_etcd_as_it_was(story: Story) -> None:
    for plane, keys in story.after.items():
        left = {
            key
            for key in keys - story.before[plane]
            if not any(re.fullmatch(pattern, key) for pattern in REMAINS)
        }
        assert not left, f"{plane}: {sorted(left)}"


def test_no_credential_is_in_the_arguments_of_a_process(story: Story) -> None:
    assert any("components.cli_run" in line for line in story.arguments), "nothing was watched"
    assert any("multicluster" in line for line in story.arguments)
    for secret in story.secrets:
        assert not [line for line in story.arguments if secret in line]


def test_no_credential_is_readable_in_the_state_or_in_what_was_printed(story: Story) -> None:
    printed = [
        value.output + json.dumps(value.events)
        for value in vars(story).values()
        if isinstance(value, Result)
    ]
    for secret in story.secrets:
        for text in [story.state, *printed]:
            assert secret not in text
