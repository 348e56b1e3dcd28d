"""Worlds of real control planes: what they promise while they run, crash, stop and come back."""

import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from localcloud.api import Api, ApiError
from localcloud.kwok import kwok_stages
from localcloud.plane import Plane
from localcloud.processes import Identity, wait_gone
from localcloud.watch import Watch
from localcloud.world import NotRunning, World, WorldError

pytestmark = pytest.mark.planes

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
MEMORY_LIMIT = 1.5 * 2**30


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), planes=("east", "west")) as running:
        yield running


def identities(world: World) -> list[Identity]:
    status = world.status()
    entries = [entry for plane in status["processes"].values() for entry in plane.values()]
    return [Identity.read(status), *(Identity.read(entry) for entry in entries)]


def deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "main", "image": "example.invalid/image"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def wait_for(holds: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def anonymous(plane: Plane, path: str) -> int:
    context = ssl.create_default_context(cafile=str(plane.authority().pair.cert))
    try:
        with urllib.request.urlopen(  # noqa: S310 the address is https and ours
            plane.url + path, timeout=30, context=context
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return int(error.code)


def test_nobody_reads_without_a_right(world: World) -> None:
    assert anonymous(world.planes["east"], "/api/v1/namespaces/default/secrets") == 403


def test_a_user_of_one_plane_is_none_of_the_other(world: World, tmp_path: Path) -> None:
    east = yaml.safe_load(world.plane("east").kubeconfig.read_text(encoding="utf-8"))
    west = yaml.safe_load(world.plane("west").kubeconfig.read_text(encoding="utf-8"))
    west["users"][0]["user"] = east["users"][0]["user"]
    crossed = tmp_path / "kubeconfig"
    crossed.write_text(yaml.safe_dump(west), encoding="utf-8")
    with pytest.raises(ApiError) as caught:
        Api(crossed).get("/api/v1/namespaces")
    assert caught.value.status == 401


def test_a_component_has_its_own_rights_only(world: World) -> None:
    scheduler = Api(world.planes["east"].folder / "scheduler.kubeconfig")
    with pytest.raises(ApiError) as caught:
        scheduler.get("/api/v1/namespaces/kube-system/secrets")
    assert caught.value.status == 403


def test_a_client_of_the_api_server_is_none_of_etcd(world: World) -> None:
    plane = world.planes["east"]
    pki = plane.folder / "pki"
    context = ssl.create_default_context(cafile=str(plane.etcd_pki / "ca.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    address = f"https://127.0.0.1:{plane.ports['etcd']}/version"
    with pytest.raises(OSError, match=r"(?i)unknown ca|certificate|reset"):
        urllib.request.urlopen(address, timeout=30, context=context)


def test_kubeconfigs_verify_the_server_and_are_the_owners_alone(world: World) -> None:
    content = yaml.safe_load(world.kubeconfig.read_text(encoding="utf-8"))
    assert [item["name"] for item in content["contexts"]] == ["local-east", "local-west"]
    for item in content["clusters"]:
        assert set(item["cluster"]) == {"server", "certificate-authority-data"}
        assert item["cluster"]["server"].startswith("https://127.0.0.1:")
    secret = [*world.directory.rglob("*kubeconfig"), *world.directory.rglob("*.key")]
    assert len(secret) > 10
    assert all(path.stat().st_mode & 0o077 == 0 for path in secret)


def test_no_key_is_in_an_argv(world: World) -> None:
    for identity in identities(world):
        process = identity.process()
        assert process is not None
        assert "PRIVATE KEY" not in " ".join(process.cmdline())


def test_pods_run_and_a_deleted_namespace_goes(world: World) -> None:
    api = world.plane("east").api()
    api.create("/api/v1/namespaces", {"metadata": {"name": "short-lived"}})
    path = "/apis/apps/v1/namespaces/short-lived/deployments"
    api.create(path, deployment("web"))
    wait_for(lambda: api.get(f"{path}/web")["status"].get("readyReplicas") == 2)
    api.delete("/api/v1/namespaces/short-lived")
    wait_for(lambda: api.find("/api/v1/namespaces/short-lived") is None)
    assert not [key for key in world.plane("east").etcd_keys() if "short-lived" in key]


def test_the_aggregated_roles_have_rules(world: World) -> None:
    view = "/apis/rbac.authorization.k8s.io/v1/clusterroles/view"
    wait_for(lambda: world.plane("west").api().get(view)["rules"])


def test_etcd_tells_of_every_object(world: World) -> None:
    api = world.plane("west").api()
    api.create("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "marker"}})
    key = "/registry/configmaps/default/marker"
    assert key in world.plane("west").etcd_keys()
    assert key not in world.plane("east").etcd_keys()
    api.delete("/api/v1/namespaces/default/configmaps/marker")
    assert key not in world.plane("west").etcd_keys()


def test_two_planes_and_their_helpers_fit_into_the_memory_promised(world: World) -> None:
    found = [identity.process() for identity in identities(world)]
    assert len(found) == 13
    assert sum(process.memory_info().rss for process in found if process) < MEMORY_LIMIT


def test_a_killed_api_server_comes_back_where_it_was_with_what_it_had(world: World) -> None:
    plane = world.plane("west")
    plane.api().create("/api/v1/namespaces", {"metadata": {"name": "survivor"}})
    before = plane.kubeconfig.read_bytes()
    plane.kill("kube-apiserver")
    with pytest.raises(ApiError):
        plane.api().get("/readyz")
    entry = world.status()["processes"]["west"]["kube-apiserver"]
    assert entry["exit"] == -9
    assert entry["asked"]
    plane.start("kube-apiserver")
    assert plane.kubeconfig.read_bytes() == before
    assert plane.api().find("/api/v1/namespaces/survivor")
    plane.api().delete("/api/v1/namespaces/survivor")


def test_another_world_runs_beside_it_and_ends_alone(world: World, tmp_path: Path) -> None:
    with World(tmp_path / "other", planes=("east",)) as other:
        mine, its = set(identities(world)), set(identities(other))
        assert not mine & its
        assert other.planes["east"].url != world.planes["east"].url
    assert not [identity for identity in its if identity.process()]
    assert all(identity.process() for identity in mine)
    with pytest.raises(NotRunning):
        World.attach(tmp_path / "other")


def test_starting_a_running_world_again_changes_nothing(world: World) -> None:
    before = identities(world)
    again = World(world.directory, planes=("west", "east"))
    assert again.start() is False
    assert identities(world) == before
    assert set(again.planes) == {"east", "west"}


def test_a_world_that_was_stopped_is_taken_up_again(tmp_path: Path) -> None:
    first = World(tmp_path, planes=("a", "b"))
    assert first.start(owned=True) is True
    first.plane("b").api().create("/api/v1/namespaces", {"metadata": {"name": "kept"}})
    kubeconfig = first.plane("b").kubeconfig.read_bytes()
    first.stop()
    with World(tmp_path, planes=("b", "a")) as second:
        api = second.plane("b").api()
        assert api.find("/api/v1/namespaces/kept")
        assert second.plane("b").kubeconfig.read_bytes() == kubeconfig
        service = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
        api.create("/api/v1/namespaces/kept/services", service)


def test_a_killed_supervisor_leaves_no_process(tmp_path: Path) -> None:
    world = World(tmp_path, planes=("one",))
    world.start(owned=True)
    everything = identities(world)
    psutil.Process(everything[0].pid).kill()
    assert all(wait_gone(identity, 10) for identity in everything)
    with pytest.raises(NotRunning):
        World.attach(tmp_path)
    assert world.stop() is False
    with World(tmp_path, planes=("one",)) as again:
        assert again.plane("one").api().get("/readyz") == "ok"


def test_a_process_that_dies_is_not_restarted_but_reported(tmp_path: Path) -> None:
    with World(tmp_path, planes=("one",)) as world:
        entry = world.status()["processes"]["one"]["kube-scheduler"]
        psutil.Process(entry["pid"]).kill()
        wait_for(lambda: "exit" in world.status()["processes"]["one"]["kube-scheduler"])
        found = world.status()["processes"]["one"]["kube-scheduler"]
        assert found["exit"] == -9
        assert not found["asked"]
        with pytest.raises(WorldError, match="kube-scheduler of one ended with code -9"):
            Watch(world.directory).raise_on_death(["one"])


def test_a_slow_app_is_the_only_one_that_is_slow() -> None:
    stages = {stage["metadata"]["name"]: stage for stage in kwok_stages({"istiod": 2.5})}
    slow, ready = stages["pod-ready-istiod"]["spec"], stages["pod-ready"]["spec"]
    assert slow["delay"] == {"durationMilliseconds": 2500}
    assert slow["selector"]["matchLabels"] == {"app": "istiod"}
    excluded = {"key": ".metadata.labels.app", "operator": "NotIn", "values": ["istiod"]}
    assert excluded in ready["selector"]["matchExpressions"]
    assert excluded not in slow["selector"]["matchExpressions"]


def test_a_scenarios_delay_is_what_a_pod_takes(tmp_path: Path) -> None:
    scenario = tmp_path / "slow.yaml"
    scenario.write_text("delays: {istiodStart: 3}\n", encoding="utf-8")
    with World(tmp_path / "world", planes=("one",), scenario=scenario) as world:
        api = world.plane("one").api()
        for name in ("istiod", "other"):
            api.create(DEPLOYMENTS, deployment(name))

        def ready(name: str) -> bool:
            return bool(api.get(f"{DEPLOYMENTS}/{name}")["status"].get("readyReplicas") == 2)

        wait_for(lambda: ready("other"))
        assert not ready("istiod")
        wait_for(lambda: ready("istiod"))
        again = World(world.directory, planes=("one",), scenario=scenario)
        assert again.start() is False, "it plays this scenario already"
        scenario.write_text("delays: {}\n", encoding="utf-8")
        assert again.start() is True, "delays of pods are read when a plane starts"
        again.stop()
