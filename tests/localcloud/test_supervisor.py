"""Processes: what is surely ours is stopped, and nothing else; without control planes."""

import json
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud import prepare
from localcloud.processes import Identity, spawn, stop, tail, wait_gone
from localcloud.spec import Spec, all_free, free_ports, indexes, read_spec, write_spec
from localcloud.world import NotRunning, World, WorldError

SLEEP = "import time; time.sleep(60)"


def python(code: str, **options: Any) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.Popen(argv, text=True, **options)  # noqa: S603 the code is this file's


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[str]"]:
    with python(SLEEP) as process:
        yield process
        process.kill()


def leave_behind(world: Path, supervisor: Identity, etcd: Identity) -> None:
    state = supervisor.as_dict() | {"processes": {"cluster1": {"etcd": etcd.as_dict()}}}
    (world / "supervisor.json").write_text(json.dumps(state), encoding="utf-8")


def fake_binaries(folder: Path, **scripts: str) -> Path:
    folder.mkdir()
    for name in ("etcd", "kube-apiserver"):
        script = scripts.get(name.replace("-", "_"), "while :; do sleep 0.1; done")
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
    return folder


def test_a_process_is_known_by_its_start_too(stranger: "subprocess.Popen[str]") -> None:
    identity = Identity.of(stranger.pid)
    assert identity.process() is not None
    assert Identity(identity.pid, identity.started - 5).process() is None


def test_a_stranger_under_a_recycled_pid_is_left_alone(
    tmp_path: Path, stranger: "subprocess.Popen[str]"
) -> None:
    stale = Identity(stranger.pid, Identity.of(stranger.pid).started - 60)
    leave_behind(tmp_path, stale, stale)
    with pytest.raises(NotRunning):
        World.attach(tmp_path)
    assert World(tmp_path).stop() is False
    assert stranger.poll() is None


def test_a_process_left_behind_is_stopped(tmp_path: Path) -> None:
    with python(SLEEP) as left:
        identity = Identity.of(left.pid)
        leave_behind(tmp_path, Identity(2**22 + 1, 1.0), identity)
        assert World(tmp_path).stop() is True
        assert identity.process() is None
    assert World(tmp_path).stop() is False


def test_one_that_ignores_being_asked_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.processes.GRACE", 0.3)
    deaf = (
        "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print('deaf', flush=True); time.sleep(60)"
    )
    child = spawn([sys.executable, "-c", deaf], tmp_path / "log", {})
    while "deaf" not in tail(tmp_path / "log"):
        time.sleep(0.02)
    identity = Identity.of(child.pid)
    stop([identity])
    assert identity.process() is None
    child.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's end")
def test_children_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = f"""
        import sys, time
        from pathlib import Path
        from localcloud.processes import spawn
        child = spawn([sys.executable, '-c', {SLEEP!r}], Path({str(tmp_path / "log")!r}), {{}})
        print(child.pid, flush=True)
        time.sleep(60)
    """
    with python(code, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = Identity.of(int(parent.stdout.readline()))
        parent.kill()
        assert wait_gone(child, 5)


def test_a_dead_process_is_reported_with_the_end_of_its_own_log(tmp_path: Path) -> None:
    binaries = fake_binaries(
        tmp_path / "bin",
        etcd="echo other log; while :; do sleep 0.1; done",
        kube_apiserver="echo the reason; exit 3",
    )
    world = World(tmp_path / "world", planes=("one",), binaries=binaries)
    with pytest.raises(WorldError) as caught:
        world.start(owned=True)
    message = str(caught.value)
    assert "kube-apiserver of one ended with code 3" in message
    assert "one-kube-apiserver.log:\nthe reason" in message
    assert "other log" not in message
    assert not _mentioning(tmp_path)


def test_an_error_of_an_earlier_start_is_not_shown_again(tmp_path: Path) -> None:
    logs = tmp_path / "world" / "logs"
    logs.mkdir(parents=True)
    (logs / "one-etcd.log").write_text("old error", encoding="utf-8")
    binaries = fake_binaries(tmp_path / "bin", etcd="exit 1")
    with pytest.raises(WorldError) as caught:
        World(tmp_path / "world", planes=("one",), binaries=binaries).start(owned=True)
    assert "(the log is empty)" in str(caught.value)


def test_a_port_that_was_lost_is_chosen_again(tmp_path: Path) -> None:
    counter = tmp_path / "starts"
    lost = f'echo "$@" >> {counter}; echo "listen tcp: bind: address already in use"; exit 1'
    binaries = fake_binaries(tmp_path / "bin", etcd=lost)
    with pytest.raises(WorldError, match="address already in use"):
        World(tmp_path / "world", planes=("one",), binaries=binaries).start(owned=True)
    starts = counter.read_text(encoding="utf-8").splitlines()
    assert len(set(starts)) == len(starts) == 3


def test_ctrl_c_while_starting_leaves_nothing(tmp_path: Path) -> None:
    binaries = fake_binaries(tmp_path / "bin")
    code = f"""
        import signal
        from pathlib import Path
        from localcloud.world import World
        # What a shell starts in the background is deaf to Ctrl-C, and so are its children.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        World(Path({str(tmp_path / "world")!r}), planes=("one",),
              binaries=Path({str(binaries)!r})).start()
    """
    with python(code, stderr=subprocess.DEVNULL) as starting:
        _until(lambda: len(_mentioning(tmp_path / "world" / "planes")) >= 1)
        starting.send_signal(2)
        starting.wait(60)
    _until(lambda: not _mentioning(tmp_path / "world"))


def test_planes_keep_their_networks_whatever_is_started_beside_them() -> None:
    first = indexes(["a", "b"], {})
    assert first == {"a": 0, "b": 1}
    assert indexes(["c", "b"], first) == {"a": 0, "b": 1, "c": 2}
    assert indexes(["c"], {"b": 1}) == {"b": 1, "c": 0}


def prepared(world: Path, **changes: Any) -> dict[str, int]:
    """Return the ports of the one plane of a world that is prepared, but not started."""
    keys = {"owner": {}, "scenario": None, "fresh_ports": False, **changes}
    return prepare.prepare(world, ["a"], binaries=world, **keys).ports["a"]


def taken(port: int) -> socket.socket:
    """Return a server of somebody else."""
    return socket.create_server(("127.0.0.1", port))


def test_a_plane_that_must_be_found_where_it_was_does_not_move(tmp_path: Path) -> None:
    port = prepared(tmp_path)["kube-apiserver"]

    for fresh in (False, True):
        with taken(port), pytest.raises(prepare.PortTaken, match=f"a is reached at .*:{port}, as"):
            prepared(tmp_path, lasting=["a"], fresh_ports=fresh)

    assert prepared(tmp_path, lasting=["a"], fresh_ports=True)["kube-apiserver"] == port
    with taken(port):
        assert prepared(tmp_path)["kube-apiserver"] != port, "any other one moves"


def test_it_comes_back_without_a_port_that_nobody_knows(tmp_path: Path) -> None:
    before = prepared(tmp_path)

    with taken(before["etcd"]):
        after = prepared(tmp_path, lasting=["a"])

    assert after["kube-apiserver"] == before["kube-apiserver"]
    assert after["etcd"] != before["etcd"]


def test_a_plane_that_comes_back_into_a_running_world_does_not_move_either(tmp_path: Path) -> None:
    port = prepared(tmp_path)["kube-apiserver"]
    prepare.leave(tmp_path, "a")

    with taken(port), pytest.raises(prepare.PortTaken):
        prepare.enter(tmp_path, ["a"], ["a"])

    assert prepare.enter(tmp_path, ["a"], ["a"]).ports["a"]["kube-apiserver"] == port


def test_ports_are_free_and_different() -> None:
    ports = free_ports(["a", "b"])
    chosen = [port for plane in ports.values() for port in plane.values()]
    assert len(set(chosen)) == len(chosen)
    assert all_free(ports)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports["b"]["etcd"]))
        taken.listen()
        assert not all_free(ports)


def test_a_spec_is_read_as_it_was_written(tmp_path: Path) -> None:
    spec = Spec(ports=free_ports(["a"]), indexes={"a": 3}, binaries="/x", owner={})
    write_spec(tmp_path, spec)
    assert read_spec(tmp_path) == spec
    assert spec.planes(tmp_path)[0].index == 3


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a", "a"), "different names"),
        (("Cluster_1",), "not a DNS label"),
        (("a/b",), "not a DNS label"),
    ],
)
def test_wrong_names_of_planes_are_refused(names: tuple[str, ...], message: str) -> None:
    with pytest.raises(WorldError, match=message):
        World(Path("/nonexistent"), planes=names)


def _mentioning(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "pid"]):
        line = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(str(folder) in word for word in line):
            found.append(process)
    return found


def _until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
