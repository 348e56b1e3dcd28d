"""The stand-in under the real engine, with a program that knows nothing of stand-ins."""

from pathlib import Path

import psutil
import pytest
import yaml

from localcloud.paths import BIN, CHECKOUT
from localcloud.plugins.install import install
from localcloud.stack import Stack
from localcloud.world import World

pytestmark = [pytest.mark.planes, pytest.mark.engine]

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s

config = pulumi.Config()
with open(config.require("kubeconfig")) as file:
    kubeconfig = pulumi.Output.secret(file.read())
provider = k8s.Provider("one", kubeconfig=kubeconfig, cluster_identifier="one")
opts = pulumi.ResourceOptions(provider=provider)
space = k8s.core.v1.Namespace("space", metadata={"name": "engine"}, opts=opts)
meta = {"namespace": space.metadata.name}
for number in range(config.require_int("count")):
    k8s.core.v1.ConfigMap(f"settings-{number}", metadata=meta, data={"k": "v"}, opts=opts)
k8s.core.v1.Secret(
    "secret", metadata=meta, string_data={"password": config.require_secret("password")}, opts=opts
)
pod = {"host_network": False, "containers": [{"name": "c", "image": "i"}]}
k8s.apps.v1.Deployment(
    "web",
    metadata={**meta, "name": "web", "labels": {"colour": config.require("colour")}},
    spec={
        "replicas": 2,
        "selector": {"match_labels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
    },
    opts=opts,
)
service = k8s.core.v1.Service(
    "web", metadata=meta, spec={"selector": {"app": "web"}, "ports": [{"port": 80}]}, opts=opts
)
condition = config.get("condition")
if condition:
    k8s.core.v1.ServiceAccount(
        "waiter",
        metadata={**meta, "name": "waiter", "annotations": {"pulumi.com/waitFor": condition}},
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create="2s", update="2s")
            ),
        ),
    )
pulumi.export("ip", service.spec.cluster_ip)
"""


@pytest.fixture
def stack(planes: World, tmp_path: Path) -> Stack:
    """Return a stack of the program above, with all plugins stand-ins."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "__main__.py").write_text(PROGRAM)
    runtime = {"name": "python", "options": {"virtualenv": str(CHECKOUT / ".local" / "venv")}}
    project = {"name": "ambientmesh", "runtime": runtime}
    (program / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    install("standin", BIN / "pulumi", tmp_path / "pulumi")
    made = Stack(
        name="test",
        checkout=program,
        home=tmp_path / "home",
        tools=BIN,
        pulumi_home=tmp_path / "pulumi",
    )
    made.init()
    set_up(made, planes)
    return made


def set_up(stack: Stack, planes: World, **more: str) -> None:
    plain = {
        "kubeconfig": str(planes.plane("one").kubeconfig),
        "colour": "red",
        "count": "3",
        **more,
    }
    stack.configure({f"ambientmesh:{key}": value for key, value in plain.items()})
    stack.set_secret("password", "canary-5521")


def test_a_stack_lives_and_leaves_nothing(stack: Stack, planes: World) -> None:
    preview = stack.run("preview")
    up = stack.run("up")
    assert up.code == 0, up.output
    assert set(preview.operations) == set(up.operations), "a preview lists what an up makes"
    assert stack.outputs()["ip"]
    state = stack.state_file.read_text()
    for canary in ("canary-5521", "Y2FuYXJ5LTU1MjE", "client-key-data"):
        assert canary not in state
        assert canary not in up.output

    assert stack.run("up").changes == {}
    refreshed = stack.run("refresh")
    assert (refreshed.code, refreshed.changes) == (0, {})

    set_up(stack, planes, colour="blue")
    assert stack.run("up").changes == {"update": 1}

    destroyed = stack.run("destroy")
    assert destroyed.code == 0, destroyed.output
    assert not [p for p in psutil.process_iter(["cmdline"]) if _is_plugin(p, stack)]


def test_a_wait_in_vain_is_kept_and_tried_again(stack: Stack, planes: World) -> None:
    set_up(stack, planes, count="0", condition="condition=Ready")
    failed = stack.run("up")
    assert failed.code != 0
    assert "failed to fully initialize or become live" in failed.output
    assert "waiter" in stack.state_file.read_text(), "what exists must stay in the state"
    again = stack.run("up")
    assert again.code != 0, "an object that is not ready is waited for again"
    set_up(stack, planes, count="0", condition="jsonpath={.metadata.name}=waiter")
    fixed = stack.run("up")
    assert fixed.code == 0, fixed.output
    assert fixed.changes == {"update": 1}
    assert stack.run("destroy").code == 0


def _is_plugin(process: psutil.Process, stack: Stack) -> bool:
    return str(stack.pulumi_home) in " ".join(process.info["cmdline"] or ())
