"""The scripts, run by a real sshd as the command plugin runs them."""

import base64
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.scripts import text as script
from components.virtual_machine import as_root, told
from localcloud.machines import runtime
from localcloud.machines.keys import key_pair
from localcloud.plugins.command import remote
from localcloud.plugins.command.output import Collector
from localcloud.plugins.provider import ProviderError
from tests.integration.argv import watched
from tests.machines.conftest import Opened

OWNER, IDENTITY = "organization/ambientmesh/test/vm1", "cluster1/vm1/vm1"
IMAGE = "registry.example/ztunnel:1.28.3-solo-distroless"
NAME = "ambientmesh-ztunnel"
WORDS = {"url": "https://1", "caCert": "x", "namespace": "vm1", "serviceAccount": "vm1"}


def token(secret: str = "canary-one") -> str:  # noqa: S107 of no account
    return base64.b64encode(json.dumps({**WORDS, "token": secret}).encode()).decode()


Run = Callable[..., str]


@pytest.fixture
def ssh(opened: Opened) -> Run:
    """Return what runs a command on the machine and returns what it printed."""

    def run(command: str, stdin: str, **changes: Any) -> str:
        connection = {
            **opened.machine.settings(),
            "privateKey": opened.private_key,
            "dialErrorLimit": 1,
            **changes,
        }
        collector = Collector("none", print)
        made = remote.run(
            command,
            {"connection": connection, "stdin": stdin, "addPreviousOutputInEnv": False},
            {},
            collector,
            threading.Event(),
            print,
        )
        return str(made["stdout"])

    return run


@pytest.fixture
def ztunnel(ssh: Run, opened: Opened) -> Run:
    """Return what runs the container's script with a token."""

    def run(*words: str, secret: str = "canary-one", **changes: Any) -> str:  # noqa: S107
        text = f"{token(secret)}\n{script('ztunnel')}"
        return ssh(as_root(opened.machine.user, *words), text, **changes)

    return run


def container(opened: Opened) -> dict[str, Any]:
    found: dict[str, Any] = opened.machine.place.containers()[NAME]
    return found


def test_the_container_runs_as_documented(ztunnel: Run, opened: Opened) -> None:
    digest = ztunnel("run", OWNER, IDENTITY, IMAGE)

    found = container(opened)
    assert found["image"] == IMAGE
    assert found["env"] == {
        "BOOTSTRAP_TOKEN": token(),
        "ALWAYS_TRAVERSE_NETWORK_GATEWAY": "true",
    }
    assert found["options"] == {"--network": "host", "--restart": "unless-stopped"}
    assert found["labels"]["ambientmesh.dev/digest"] == digest
    assert runtime.is_running(found)


def test_a_second_run_changes_nothing(ztunnel: Run, opened: Opened) -> None:
    first = ztunnel("run", OWNER, IDENTITY, IMAGE)
    process = container(opened)["pid"]

    assert ztunnel("run", OWNER, IDENTITY, IMAGE) == first
    assert container(opened)["pid"] == process


def test_a_container_that_has_ended_runs_again(ztunnel: Run, opened: Opened) -> None:
    ztunnel("run", OWNER, IDENTITY, IMAGE)
    runtime.stop(container(opened))

    ztunnel("run", OWNER, IDENTITY, IMAGE)

    assert runtime.is_running(container(opened))


@pytest.mark.parametrize("changed", ["token", "image"])
def test_another_token_or_image_is_another_container(
    ztunnel: Run, opened: Opened, changed: str
) -> None:
    first = ztunnel("run", OWNER, IDENTITY, IMAGE)
    image = f"{IMAGE}-2" if changed == "image" else IMAGE
    secret = "canary-two" if changed == "token" else "canary-one"

    second = ztunnel("run", OWNER, IDENTITY, image, secret=secret)

    assert first != second
    assert container(opened)["image"] == image
    assert container(opened)["env"]["BOOTSTRAP_TOKEN"] == token(secret)


def test_the_old_container_runs_on_while_the_new_image_cannot_be_pulled(
    ztunnel: Run, opened: Opened
) -> None:
    ztunnel("run", OWNER, IDENTITY, IMAGE)
    (opened.machine.place.folder / "fail-pull").touch()

    with pytest.raises(ProviderError, match=r"image .*-2 cannot be pulled"):
        ztunnel("run", OWNER, IDENTITY, f"{IMAGE}-2")

    assert container(opened)["image"] == IMAGE
    assert runtime.is_running(container(opened))


def test_a_container_that_does_not_start_is_not_left_behind(ztunnel: Run, opened: Opened) -> None:
    (opened.machine.place.folder / "fail-run").touch()

    with pytest.raises(ProviderError, match="does not start"):
        ztunnel("run", OWNER, IDENTITY, IMAGE)

    assert opened.machine.place.containers() == {}


def test_somebody_elses_container_is_refused_and_stays(ztunnel: Run, opened: Opened) -> None:
    ztunnel("run", "organization/ambientmesh/other/vm1", IDENTITY, IMAGE)

    with pytest.raises(ProviderError, match="belongs to organization/ambientmesh/other/vm1"):
        ztunnel("run", OWNER, IDENTITY, IMAGE)
    ztunnel("remove", OWNER, IDENTITY)

    assert runtime.is_running(container(opened))


def test_removal_takes_the_container_and_may_be_repeated(ztunnel: Run, opened: Opened) -> None:
    ztunnel("run", OWNER, IDENTITY, IMAGE)
    found = container(opened)

    ztunnel("remove", OWNER, IDENTITY)
    ztunnel("remove", OWNER, IDENTITY)

    assert opened.machine.place.containers() == {}
    assert not runtime.is_running(found)


def test_what_a_machine_was_elsewhere_does_not_take_what_it_is_now(
    ztunnel: Run, opened: Opened
) -> None:
    ztunnel("run", OWNER, "cluster2/vm1/vm1", IMAGE)

    ztunnel("remove", OWNER, "cluster1/vm1/vm1")

    assert runtime.is_running(container(opened))


def test_a_runtime_that_does_not_answer_is_named(ztunnel: Run, opened: Opened) -> None:
    (opened.machine.place.folder / "fail-info").touch()

    with pytest.raises(ProviderError, match=r"docker does not answer .*start its service"):
        ztunnel("run", OWNER, IDENTITY, IMAGE)


def test_a_machine_without_a_runtime_is_told_so(ssh: Run, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    command = f"PATH={tmp_path}/bare /bin/sh -s -- run {OWNER} {IDENTITY} {IMAGE}"

    with pytest.raises(ProviderError, match="neither docker nor podman; fix: install one"):
        ssh(command, script("ztunnel"))


def test_a_machine_without_curl_is_told_so(ssh: Run, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()

    with pytest.raises(ProviderError, match="curl is missing on the machine"):
        ssh(f"PATH={tmp_path}/bare /bin/sh -s -- digest 5", script("probe"))


def test_a_wrong_host_key_is_refused_before_anything_is_said(ztunnel: Run, opened: Opened) -> None:
    _, another = key_pair()

    with pytest.raises(ProviderError, match="host key mismatch"):
        ztunnel("run", OWNER, IDENTITY, IMAGE, hostKey=another)

    assert opened.machine.place.calls() == []
    assert "Accepted publickey" not in opened.machine.logged()


def test_the_probe_waits_for_ztunnel_and_asks_through_it(ztunnel: Run, ssh: Run) -> None:
    ztunnel("run", OWNER, IDENTITY, IMAGE)
    url = "http://productpage.bookinfo.mesh.internal:9080/productpage"

    assert told(ssh(f"sh -s -- digest 20 {url}", script("probe"))) == {
        "ready": True,
        "reachable": {url: 200},
    }


def test_the_probe_gives_up_and_says_what_it_heard_last(ssh: Run) -> None:
    with pytest.raises(ProviderError, match=r"ztunnel is not ready; .*gave up after 0 s \(timeou"):
        ssh("sh -s -- digest 0", script("probe"))


def test_no_secret_is_in_an_argument_a_log_or_another_file(ztunnel: Run, opened: Opened) -> None:
    with watched() as arguments:
        ztunnel("run", OWNER, IDENTITY, IMAGE)

    secret = token()
    place = opened.machine.place
    assert not [line for line in arguments if secret in line]
    assert not [call for call in place.calls() if secret in str(call)]
    [run] = [call for call in place.calls() if call["argv"][0] == "run"]
    assert "BOOTSTRAP_TOKEN" in run["env"], "or nobody was given it"
    holders = [path for path in place.folder.rglob("*") if path.is_file()]
    holders = [path for path in holders if secret in path.read_text("utf-8", errors="replace")]
    assert [path.name for path in holders] == ["containers.json"], "the runtime's own file"
    assert holders[0].stat().st_mode & 0o077 == 0
