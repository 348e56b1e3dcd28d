"""Whatever is killed, the next `up` finishes, without surgery on the state."""

import signal
import subprocess
import threading
from contextlib import suppress

import psutil
import pytest

from localcloud.stack import LONGEST_RUN
from tests.integration.rig import Rig
from tests.localcloud.operator.objects import until

pytestmark = [pytest.mark.engine, pytest.mark.planes]

ONE, TWO = ["cluster1"], ["cluster1", "cluster2"]


def start(rig: Rig) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603
        [*rig.stack.command("up"), "--yes", "--skip-preview"],
        cwd=rig.stack.checkout,
        env=rig.stack.env(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def programs(rig: Rig) -> list[psutil.Process]:
    """Return the processes that run this stack's program: a killed engine leaves one waiting."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            mine = str(rig.stack.home) in process.environ().get("PULUMI_BACKEND_URL", "")
            if mine:
                found.append(process)
    return found


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    assert process.stdout is not None
    seen = ""
    watchdog = threading.Timer(LONGEST_RUN, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            seen += line
            if text in line:
                return seen
    finally:
        watchdog.cancel()
    raise AssertionError(f"{text!r} never came:\n{seen}")


@pytest.fixture
def empty(rig: Rig) -> Rig:
    rig.configure(TWO)
    rig.run("destroy")
    return rig


@pytest.mark.parametrize(
    ("clusters", "moment"),
    [
        pytest.param(ONE, "cluster1-operator-namespace created", marks=pytest.mark.nightly),
        (ONE, "cluster1-operator-release creating"),
        pytest.param(ONE, "cluster1-trust-cacerts created", marks=pytest.mark.nightly),
        pytest.param(ONE, "cluster1-eastwest-gateway creating", marks=pytest.mark.nightly),
        pytest.param(
            TWO, "cluster2-to-cluster1-peering-gateway creating", marks=pytest.mark.nightly
        ),
    ],
)
def test_an_engine_that_is_killed_is_followed_by_an_up_that_finishes(
    empty: Rig, clusters: list[str], moment: str
) -> None:
    empty.configure(clusters)
    with start(empty) as process:
        read_until(process, moment)
        process.send_signal(signal.SIGKILL)
    empty.stack.unlock()

    empty.run("up")

    assert set(empty.stack.outputs()["links"].values()) <= {"connected"}
    empty.stack.recover()
    until(lambda: not programs(empty), "a program waits for its engine for ever")
    again = empty.run("up")
    assert again.changes == {}, again.output
    assert "pending operations" not in again.output, "a warning that never ends is not read"


def test_an_api_server_that_dies_during_up_is_named_and_the_next_up_finishes(empty: Rig) -> None:
    with start(empty) as process:
        read_until(process, "cluster2-bookinfo-namespace created")
        empty.world.plane("cluster2").kill("kube-apiserver")
        output = process.communicate(timeout=300)[0]
    refused = empty.fails("up")
    empty.world.plane("cluster2").start("kube-apiserver")

    assert "nothing was touched\n" in refused.output
    assert "cluster2 does not answer: " in refused.output
    assert process.returncode != 0
    assert "cluster2" in output
    assert "Traceback" not in output
    empty.run("up")
    assert set(empty.stack.outputs()["links"].values()) == {"connected"}


def test_somebody_elses_object_is_refused_and_left_alone(empty: Rig) -> None:
    namespaces = "/api/v1/namespaces"
    api = empty.api("cluster1")
    body = {"metadata": {"name": "bookinfo", "labels": {"whose": "theirs"}}}
    api.create(namespaces, {"apiVersion": "v1", "kind": "Namespace", **body})
    before = api.get(f"{namespaces}/bookinfo")["metadata"]["resourceVersion"]
    try:
        preview, up = empty.fails("preview"), empty.fails("up")

        for failed in (preview, up):
            assert "cluster1: Namespace bookinfo exists" in failed.output
            assert "Traceback" not in failed.output
        assert api.get(f"{namespaces}/bookinfo")["metadata"]["resourceVersion"] == before
        assert "istio-system" not in str(api.get(namespaces))
    finally:
        api.delete(f"{namespaces}/bookinfo")
        until(lambda: api.find(f"{namespaces}/bookinfo") is None, "the namespace stays")
