"""A failover drill on real API servers: green, refused, interrupted, killed, configured."""

import signal
import subprocess
import sys
from typing import Any

import psutil
import pytest

from localcloud.result import Result
from tests.integration.rig import Rig
from tests.localcloud.operator.objects import until

pytestmark = [pytest.mark.engine, pytest.mark.planes, pytest.mark.nightly]

TWO = ["cluster1", "cluster2"]
DEPLOYMENT = "/apis/apps/v1/namespaces/bookinfo/deployments/productpage-v1"
ENTRY = (
    "/apis/networking.istio.io/v1/namespaces/istio-system/workloadentries"
    "/autogen.cluster2.bookinfo.productpage"
)
NAMESPACES = [{"name": "bookinfo", "services": [{"name": "productpage", "scope": "global"}]}]
DRILL = {"service": "productpage", "cluster": "cluster1"}
MARK = "ambientmesh.dev/drill"
COMMAND = "cluster1-drill-bookinfo.productpage-command"


@pytest.fixture
def mesh(rig: Rig) -> Rig:
    """Return a mesh without a drill, whatever the test before has left."""
    rig.configure(TWO, namespaces=NAMESPACES)
    rig.run("up")
    return rig


def argv(mesh: Rig, *arguments: str) -> list[str]:
    where = ["--stack", mesh.stack.name, "--config-file", str(mesh.stack.config_file)]
    what = ["--service", "productpage", "--cluster", "cluster1"]
    return [sys.executable, "-m", "drill", *where, *what, *arguments]


def drill(mesh: Rig, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603
        argv(mesh, *arguments),
        cwd=mesh.stack.checkout,
        env=mesh.stack.env(),
        capture_output=True,
        text=True,
        check=False,
    )


def spec(mesh: Rig) -> dict[str, Any]:
    found: dict[str, Any] = mesh.api("cluster1").get(DEPLOYMENT)
    return found


def untouched(mesh: Rig) -> bool:
    found = spec(mesh)
    managers = {entry["manager"] for entry in found["metadata"]["managedFields"]}
    return (
        found["spec"]["replicas"] == 1
        and MARK not in (found["metadata"].get("annotations") or {})
        and "ambientmesh-drill" not in managers
    )


def owners(mesh: Rig) -> set[tuple[str, str]]:
    """Return who holds the replicas."""
    return {
        (entry["manager"], entry["operation"])
        for entry in spec(mesh)["metadata"]["managedFields"]
        if "f:replicas" in entry["fieldsV1"].get("f:spec", {})
    }


def changed(result: Result) -> dict[str, str]:
    """Return what happened to every resource that did not stay as it was, by its name."""
    done = {urn.rsplit("::", 1)[1]: op for urn, op in result.operations.items()}
    return {name: op for name, op in done.items() if op not in ("same", "read", "refresh")}


def at_zero(mesh: Rig) -> bool:
    return bool(spec(mesh)["spec"]["replicas"] == 0)


def begun(mesh: Rig) -> "subprocess.Popen[str]":
    """Return a drill that has taken the service away."""
    process = subprocess.Popen(  # noqa: S603
        argv(mesh, "--hold", "600"),
        cwd=mesh.stack.checkout,
        env=mesh.stack.env(),
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: at_zero(mesh) or process.poll() is not None)
    assert process.poll() is None, process.communicate()[0]
    return process


def test_a_drill_is_green_and_leaves_nothing(mesh: Rig) -> None:
    before = owners(mesh)

    done = drill(mesh)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "before  endpoints: cluster1 1, cluster2 1" in done.stdout
    assert "during  endpoints: cluster1 0, cluster2 1" in done.stdout
    assert "after   endpoints: cluster1 1, cluster2 1" in done.stdout
    assert untouched(mesh)
    assert owners(mesh) == before, "the engine still holds what it made"


def test_without_endpoints_elsewhere_nothing_is_touched(mesh: Rig) -> None:
    there, here = mesh.api("cluster2"), mesh.api("cluster1")
    there.patch(DEPLOYMENT, {"spec": {"replicas": 0}})
    until(lambda: here.find(ENTRY) is None)
    before = spec(mesh)["metadata"]["resourceVersion"]
    try:
        done = drill(mesh)

        assert done.returncode == 1
        assert "nothing was touched: no other cluster could carry on" in done.stdout
        assert spec(mesh)["metadata"]["resourceVersion"] == before
    finally:
        there.patch(DEPLOYMENT, {"spec": {"replicas": 1}})
        until(lambda: here.find(ENTRY) is not None)


def test_a_service_that_is_not_global_is_asked_for_wrongly(mesh: Rig) -> None:
    done = drill(mesh, "--service", "ratings")

    assert done.returncode == 2
    assert "found 'ratings' with solo.io/service-scope=nothing" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drill_restores(mesh: Rig, number: signal.Signals) -> None:
    process = begun(mesh)

    process.send_signal(number)
    said, _ = process.communicate()

    assert process.returncode == 130, said
    assert "restored productpage-v1: 1 replicas, as before" in said
    assert untouched(mesh)


def test_what_a_killed_drill_took_the_next_one_restores(mesh: Rig) -> None:
    process = begun(mesh)
    process.kill()
    process.communicate()
    assert at_zero(mesh)
    assert MARK in spec(mesh)["metadata"]["annotations"]

    done = drill(mesh)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "a drill was killed before" in done.stdout
    assert untouched(mesh)


def test_as_configuration_it_is_planned_run_once_and_leaves_no_drift(mesh: Rig) -> None:
    mesh.configure(TWO, namespaces=NAMESPACES, drills=[DRILL])
    assert changed(mesh.run("preview"))[COMMAND] == "create"
    assert untouched(mesh)

    up = mesh.run("up")

    assert "green: productpage.bookinfo.mesh.internal" in up.output
    assert untouched(mesh)
    assert not changed(mesh.run("up"))
    assert not changed(mesh.run("refresh"))
    assert not changed(mesh.run("up"))

    mesh.configure(TWO, namespaces=NAMESPACES, drills=[{**DRILL, "generation": 2}])
    again = mesh.run("up")

    assert changed(again) == {COMMAND: "delete-replaced"}
    assert "during  endpoints: cluster1 0, cluster2 1" in again.output
    assert untouched(mesh)


def test_a_failover_that_does_not_work_fails_up_with_the_report(mesh: Rig) -> None:
    there, here = mesh.api("cluster2"), mesh.api("cluster1")
    there.patch(DEPLOYMENT, {"spec": {"replicas": 0}})
    until(lambda: here.find(ENTRY) is None)
    mesh.configure(TWO, namespaces=NAMESPACES, drills=[DRILL])
    try:
        failed = mesh.fails("up")

        assert "nothing was touched: no other cluster could carry on" in failed.output
        assert untouched(mesh)
    finally:
        there.patch(DEPLOYMENT, {"spec": {"replicas": 1}})
        until(lambda: here.find(ENTRY) is not None)

    assert changed(mesh.run("up"))[COMMAND] == "create", "it is mended: the next `up` drills"


def test_an_up_that_is_killed_while_it_drills_leaves_nothing_taken_away(mesh: Rig) -> None:
    mesh.configure(TWO, namespaces=NAMESPACES, drills=[DRILL])
    engine = subprocess.Popen(  # noqa: S603
        [*mesh.stack.command("up"), "--yes", "--skip-preview"],
        cwd=mesh.stack.checkout,
        env=mesh.stack.env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    until(lambda: at_zero(mesh) or engine.poll() is not None)
    for process in commands():
        process.kill()
    engine.communicate()

    until(lambda: untouched(mesh))
    mesh.stack.recover()


def commands() -> list[psutil.Process]:
    """Return the commands that drill for an engine; the drills behind them are not among them."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if "drill.command" in words and "--guarded" not in words:
            found.append(process)
    return found


def test_nothing_is_left_of_a_drill_and_of_its_mesh(mesh: Rig) -> None:
    mesh.configure(TWO, namespaces=NAMESPACES, drills=[DRILL])
    mesh.run("up")
    mesh.configure(TWO, namespaces=NAMESPACES)

    removed = mesh.run("up")

    assert changed(removed)[COMMAND] == "delete"
    assert untouched(mesh)
    mesh.run("destroy")
    assert mesh.api("cluster1").find(DEPLOYMENT) is None
