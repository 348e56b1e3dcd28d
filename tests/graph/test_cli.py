"""A command as a resource: what it runs is in clear, what it knows is not."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
import yaml

from components import cli
from components.access import Access
from components.cli import CliArgs
from components.cli_binary import CHECKOUT, Tool
from components.cluster import Cluster, ClusterArgs
from components.ownership import Inventory
from tests.engine import Recorder, record
from tests.mesh import OWNER, Memory

TOOL = Tool(name="istioctl", version="1.28.3-solo", path="~/istioctl")
COMMAND = "alpha-made"


def cluster(name: str) -> Cluster:
    user = {"token": f"canary-{name}"}
    kubeconfig = {
        "contexts": [{"name": "same", "context": {"cluster": "same", "user": "same"}}],
        "clusters": [{"name": "same", "cluster": {"server": f"https://{name}"}}],
        "users": [{"name": "same", "user": user}],
    }
    return Cluster(
        name,
        ClusterArgs(
            access=Access(
                kubeconfig=kubeconfig,
                inventory=Inventory(cluster=name, owner=OWNER),
                reader=Memory(),
            ),
            network=name,
            trust_domain=name,
        ),
    )


def registered(make: Callable[[], Mapping[str, Any]] = dict) -> Recorder:
    """Register a command. ``make`` runs inside the program, where outputs can be made."""

    def program() -> None:
        alpha, beta = cluster("alpha"), cluster("beta")
        given = {
            "tool": TOOL,
            "clusters": (alpha, beta),
            "create": ["istioctl", "multicluster", "link", "--contexts", "alpha,beta"],
            "delete": cli.deletion(alpha, "/apis/x/y"),
            **make(),
        }
        cli.command(COMMAND, CliArgs(**given), parent=alpha)

    return record(program)


def test_it_runs_words_through_the_runner_and_is_undone_by_others() -> None:
    inputs = registered().inputs(COMMAND)

    assert inputs["create"] == "istioctl multicluster link --contexts alpha,beta"
    assert inputs["delete"] == "api delete alpha /apis/x/y"
    assert inputs["interpreter"][:3] == [cli.PYTHON, "-m", "components.cli_run"]
    assert inputs["interpreter"][3:] == ["--tool", "istioctl=1.28.3-solo", "--path", "~/istioctl"]


def test_the_runner_is_the_programs_own_python() -> None:
    project = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text("utf-8"))

    assert f"{project['runtime']['options']['virtualenv']}/bin/python" == cli.PYTHON


def test_clusters_become_contexts_of_their_names_and_travel_as_a_secret() -> None:
    mesh = registered(lambda: {"environment": {"RELAY": pulumi.Output.secret("canary-relay")}})
    payload = json.loads(mesh.inputs(COMMAND)["stdin"])

    assert mesh.is_secret(COMMAND, "stdin")
    assert [entry["name"] for entry in payload["kubeconfig"]["contexts"]] == ["alpha", "beta"]
    assert [entry["user"]["token"] for entry in payload["kubeconfig"]["users"]] == [
        "canary-alpha",
        "canary-beta",
    ]
    assert payload["environment"] == {"RELAY": "canary-relay"}
    others = {key: value for key, value in mesh.inputs(COMMAND).items() if key != "stdin"}
    assert "canary" not in str(others)


def test_it_is_undone_before_it_is_done_anew() -> None:
    assert registered().seen[COMMAND].deleteBeforeReplace


def test_what_it_prints_may_be_a_secret() -> None:
    request = registered(lambda: {"secret_output": True})

    assert set(request.seen[COMMAND].additionalSecretOutputs) == {"stdout", "stderr"}
    assert request.inputs(COMMAND)["logging"] == "none"
    assert "--secret-output" in request.inputs(COMMAND)["interpreter"]


def test_a_change_that_only_runs_it_again_is_no_trigger() -> None:
    inputs = registered(lambda: {"rerun_on": [pulumi.Output.from_input("192.0.2.1")]}).inputs(
        COMMAND
    )

    assert inputs["environment"] == {cli.RERUN: '["192.0.2.1"]'}
    assert inputs["triggers"] == []


def test_a_secret_word_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="a word of a command is secret"):
        registered(lambda: {"create": ["istioctl", pulumi.Output.secret("canary")]})
