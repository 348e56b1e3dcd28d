"""`make` runs stacks on local planes, refuses others, and says every mistake before it starts."""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from localcloud import hints, neighbours, placement, session, shared_root
from localcloud.placement import SessionError
from localcloud.plugins.gcp import names
from localcloud.plugins.gcp.planes import CLUSTER, wanted
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.home import Choice
from localcloud.plugins.real import Plugin
from localcloud.stack import SCRIPTED, Stack
from localcloud.world import World

PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE_FILE"  # noqa: S105 the name of a variable
CLUSTERS = [
    {"name": "one", "context": "local-alpha"},
    {"name": "two", "context": "local-beta"},
]


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in {
        "CHECKOUT": tmp_path,
        "WORLD": tmp_path / ".local" / "world",
        "BIN": tmp_path / ".local" / "tools" / "bin",
        "STACKS": tmp_path / ".local" / "stacks",
        "GCP": tmp_path / ".local" / "gcp",
        "BACKEND": tmp_path / ".local" / "backend",
    }.items():
        monkeypatch.setattr(session, name, path)
        monkeypatch.setattr(placement, name, path, raising=False)
        monkeypatch.setattr(neighbours, name, path, raising=False)
    monkeypatch.setattr(shared_root, "ROOT", tmp_path / ".local" / "root")


def write(checkout: Path, **values: Any) -> dict[str, Any]:
    content = {"kubeconfig": ".local/world/kubeconfig", "clusters": CLUSTERS, **values}
    config = {f"ambientmesh:{key}": value for key, value in content.items()}
    (checkout / "Pulumi.mine.yaml").write_text(yaml.safe_dump({"config": config}))
    return session.values(session.stack_file("mine"))


def test_the_planes_are_those_that_the_contexts_name(tmp_path: Path) -> None:
    config = write(tmp_path)
    found = session.settings("mine", config)

    placement.require_local("mine", config, found)

    assert placement.planes(found) == ("alpha", "beta")


def test_a_plane_that_a_stack_has_objects_on_runs_until_they_are_cleared(tmp_path: Path) -> None:
    found = session.settings("mine", write(tmp_path))
    for stack in ("mine", "other"):
        (tmp_path / ".local" / "stacks" / stack).mkdir(parents=True)
    placement.remember("mine", ["beta", "gamma"])
    placement.remember("other", ["delta"])

    assert placement.planes(found) == ("alpha", "beta", "gamma", "delta")

    placement.remember("mine", session.planned("mine", session.stack_file("mine")))
    placement.remember("other", [])
    assert placement.planes(found) == ("alpha", "beta")


@pytest.mark.parametrize(
    ("looks", "left"), [(True, ["gamma"]), (False, ["alpha", "beta", "gamma"])]
)
def test_a_preview_uses_planes_only_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, looks: bool, left: list[str]
) -> None:
    found = session.settings("mine", write(tmp_path))
    (tmp_path / ".local" / "stacks" / "other").mkdir(parents=True)
    (tmp_path / ".local" / "stacks" / "mine").mkdir(parents=True)
    placement.remember("mine", ["gamma"])
    placement.remember("other", ["delta"])
    exists(tmp_path, "epsilon")
    started: list[World] = []
    nothing = SimpleNamespace(configure=lambda _: None, recover=lambda: None)
    monkeypatch.setattr("localcloud.tools.ensure", lambda _: None)
    monkeypatch.setattr(session, "prepared", lambda *_, **_more: nothing)
    monkeypatch.setattr(session, "_start", lambda world, _, **_more: started.append(world))

    with suppress(KeyboardInterrupt), session.opened("mine", None, print, looks=looks):
        assert placement.planes(found) == ("alpha", "beta", "gamma", "delta", "epsilon")
        raise KeyboardInterrupt
    assert started[0].names == ("alpha", "beta", "gamma", "delta", "epsilon")
    assert started[0].lasting == ("epsilon",), "its address is in a state"

    record = tmp_path / ".local" / "stacks" / "mine" / placement.USED
    assert json.loads(record.read_text("utf-8")) == left, "and never those of another stack"


@pytest.mark.parametrize(
    "values",
    [
        {"kubeconfig": "~/.kube/config"},
        {"clusters": [{"name": "one", "context": "gke_one"}]},
        {"clusters": [{**CLUSTERS[0], "kubeconfig": "other"}]},
    ],
)
def test_a_stack_on_other_clusters_is_refused_with_the_command_that_runs_it(
    tmp_path: Path, values: dict[str, Any]
) -> None:
    config = write(tmp_path, **values)

    with pytest.raises(SessionError, match=r"one.*is not on local planes.*pulumi up --stack mine"):
        placement.require_local("mine", config, session.settings("mine", config))


def gke(**more: Any) -> dict[str, Any]:
    cluster = {"name": "three", "gke": {"location": "europe-west4"}}
    return {"clusters": [*CLUSTERS, cluster], "gcp": {"project": "localcloud-demo"}, **more}


def exists(checkout: Path, cluster: str) -> None:
    """Have a GKE cluster in the simulated cloud."""
    path = f"projects/localcloud-demo/locations/europe-west4/clusters/{cluster}"
    Store(checkout / ".local" / "gcp").keep(Record(token=CLUSTER, path=path))


def test_gke_clusters_of_the_simulated_cloud_are_local(tmp_path: Path) -> None:
    config = write(tmp_path, **gke())
    found = session.settings("mine", config)

    placement.require_local("mine", config, found)

    assert placement.is_local(found)
    assert placement.makes(found) == ["three"]
    assert placement.planes(found) == ("alpha", "beta"), "the plugin makes the third"
    exists(tmp_path, "three")
    assert placement.planes(found) == ("alpha", "beta", "three"), "and now it is there"
    only = session.settings("mine", write(tmp_path, **gke(clusters=gke()["clusters"][2:])))
    assert placement.named(only) == []


def test_what_is_local_is_what_the_plugin_plays(tmp_path: Path) -> None:
    exists(tmp_path, "three")
    cloud = tmp_path / ".local" / "gcp"
    pool = "projects/localcloud/locations/europe-west4/clusters/three/nodePools/four"
    Store(cloud).keep(Record(token="gcp:container/nodePool:NodePool", path=pool))  # noqa: S106

    assert names.PLAYED == placement.PLAYED
    assert placement.made(cloud) == wanted(cloud) == ["three"]


@pytest.mark.parametrize("uses", [True, False])
def test_only_a_stack_in_the_cloud_is_told_of_its_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, uses: bool
) -> None:
    choices = [
        Choice(plugin=Plugin(name=name, version="1.0.0"), is_real=False, source="here")
        for name in ("tls", "gcp")
    ]
    monkeypatch.setattr(session, "install", lambda *_: choices)
    monkeypatch.setattr("localcloud.istio_charts.ensure", lambda: None)
    monkeypatch.setattr(Stack, "init", lambda _: None)
    said: list[str] = []

    session.prepared("mine", tmp_path, said.append, clouds=["gcp"] if uses else [])

    told = ["plugin tls 1.0.0: stand-in, here", "plugin gcp 1.0.0: stand-in, here"]
    assert said == told[: 1 + uses]


@pytest.mark.parametrize("project", ["customer-prod", "localcloud2", "my-localcloud"])
def test_a_cluster_in_the_real_cloud_is_refused_with_its_project(
    tmp_path: Path, project: str
) -> None:
    config = write(tmp_path, **gke(gcp={"project": project}))
    found = session.settings("mine", config)

    assert not placement.is_local(found)
    with pytest.raises(SessionError) as refused:
        placement.require_local("mine", config, found)

    assert f"three (project {project}) would be made in Google Cloud" in str(refused.value)
    assert "begins with localcloud-" in str(refused.value)
    assert "pulumi up --stack mine" in str(refused.value)


def test_the_project_of_a_cluster_counts_before_that_of_the_stack(tmp_path: Path) -> None:
    clusters = gke()["clusters"]
    clusters[2]["gke"]["project"] = "customer-prod"
    config = write(tmp_path, **gke(clusters=clusters))

    assert not placement.is_local(session.settings("mine", config))


def test_a_gke_cluster_does_not_take_a_plane_that_is_there(tmp_path: Path) -> None:
    config = write(tmp_path, **gke())
    (tmp_path / ".local" / "world" / "planes" / "three").mkdir(parents=True)

    with pytest.raises(SessionError, match="three is a local plane already"):
        placement.require_local("mine", config, session.settings("mine", config))

    exists(tmp_path, "three")
    placement.require_local("mine", config, session.settings("mine", config))


@pytest.mark.parametrize("own", [{"location": "us-east1"}, {"project": "localcloud-other"}])
def test_a_gke_cluster_does_not_take_the_plane_of_one_elsewhere(
    tmp_path: Path, own: dict[str, str]
) -> None:
    clusters = gke()["clusters"]
    exists(tmp_path, "three")
    clusters[2]["gke"] |= own
    config = write(tmp_path, **gke(clusters=clusters))

    with pytest.raises(SessionError) as refused:
        placement.require_local("mine", config, session.settings("mine", config))

    [(key, now)] = own.items()
    was = {"location": "europe-west4", "project": "localcloud-demo"}[key]
    first, line = str(refused.value).splitlines()
    assert first == "1 mistake in Pulumi.mine.yaml; nothing was touched"
    assert line.startswith("  Pulumi.mine.yaml:")
    assert f" ambientmesh:clusters[2].gke.{key}: found '{now}'; allowed: '{was}', because " in line
    assert "; fix: write that, or give the cluster another name" in line


def test_tools_see_what_the_program_sees_and_nothing_afterwards(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "mine.json")
    before = dict(os.environ)

    with session.surroundings("mine"):
        assert shutil.which("gke-gcloud-auth-plugin") == str(SCRIPTED / "gke-gcloud-auth-plugin")
        assert os.environ["LOCALCLOUD_WORLD"].endswith(".local/world")
        assert os.environ["LOCALCLOUD_GCP"].endswith(".local/gcp")
        assert str(tmp_path / ".local" / "backend") in os.environ["PULUMI_BACKEND_URL"]
        assert str(tmp_path / ".local" / "stacks" / "mine") in os.environ[PASSPHRASE]
        assert "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ

    assert dict(os.environ) == before


def test_a_secret_of_another_passphrase_is_refused_by_its_key(tmp_path: Path) -> None:
    config = write(tmp_path, licenseKey={"secure": "v1:abc"})

    with pytest.raises(SessionError, match="ambientmesh:licenseKey is encrypted"):
        placement.require_local("mine", config, session.settings("mine", config))


def test_every_mistake_of_the_file_is_in_one_message(tmp_path: Path) -> None:
    config = write(tmp_path, meshVersion="1.28", scalingprofile="Demo")

    with pytest.raises(SessionError) as refused:
        session.settings("mine", config)

    assert "2 mistakes in Pulumi.mine.yaml; nothing was touched" in str(refused.value)
    assert "Pulumi.mine.yaml:8: AM013 ambientmesh:meshVersion: " in str(refused.value)
    assert "Pulumi.mine.yaml:9: AM001 ambientmesh:scalingprofile: " in str(refused.value)


def test_a_stack_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path) -> None:
    write(tmp_path)

    with pytest.raises(SessionError, match=r"there is no Pulumi\.other\.yaml; stacks here: mine"):
        session.stack_file("other")


@pytest.mark.parametrize("name", ["../mine", "stacks/mine", "/mine", "organization/x/mine"])
def test_a_path_is_no_name_of_a_stack(tmp_path: Path, name: str) -> None:
    write(tmp_path)

    with pytest.raises(SessionError) as refused, session.opened(name, None, print):
        pass

    assert str(refused.value) == f"there is no stack {name!r}; stacks here: mine"


def test_a_stack_file_that_is_no_yaml_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "stacks" / "Pulumi.mine.yaml"
    path.parent.mkdir()
    path.write_text("config:\n  ambientmesh:mesh: {a: *canary}\n")

    with pytest.raises(SessionError) as refused:
        session.values(path)

    assert str(refused.value) == (
        "stacks/Pulumi.mine.yaml:2:25: this is no YAML: found undefined alias …; allowed: a YAML"
        " map; fix: mend that place, or what is open above it"
    )


@pytest.mark.parametrize("text", ["- a list", "config: text"])
def test_a_file_that_is_no_stack_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "Pulumi.mine.yaml"
    path.write_text(text)

    with pytest.raises(SessionError, match=r"Pulumi\.mine\.yaml is no stack file: "):
        session.values(path)


def test_a_key_that_is_there_twice_is_told_before_anything_is_started(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.mine.yaml"
    path.write_text("config:\n  ambientmesh:egress: {}\n  ambientmesh:egress: {hosts: []}\n")

    with pytest.raises(SessionError) as caught:
        session.values(path)

    assert str(caught.value) == (
        "1 mistake in Pulumi.mine.yaml; nothing was touched\n"
        "  Pulumi.mine.yaml:3: AM301 ambientmesh:egress: found twice (lines 2 and 3);"
        " allowed: once; fix: merge the two"
    )


def test_what_to_type_next_is_about_the_same_stack() -> None:
    assert hints.make("up", "local") == "make up"
    assert hints.unfinished("destroy", "mine").endswith(
        "what is said above, make destroy STACK=mine"
    )
    assert "; what was done is kept: " in hints.unfinished("up", "mine")
    assert "; nothing was touched: " in hints.unfinished("preview", "mine")


def test_the_closing_lines_name_the_stack() -> None:
    outputs: dict[str, Any] = {"clusters": {"one": {}}, "links": {}}
    ran: Any = SimpleNamespace(name="mine", outputs=lambda: outputs)

    [*_, last] = session.summary(ran, 1).splitlines()

    assert last.startswith("next: make up STACK=mine (")
    assert "make verify STACK=mine, make destroy STACK=mine, make down" in last


def region(checkout: Path, own: str, other: str) -> dict[str, Any]:
    """Write the file of a stack that shares a root, and its links with another stack."""
    config = {
        "ambientmesh:extends": ".local/root/layer.yaml",
        "ambientmesh:kubeconfig": ".local/world/kubeconfig",
        "ambientmesh:clusters": [{"name": own, "context": f"local-{own}"}],
        "ambientmesh:remotes": [{"stack": f"region-{other}", "clusters": [{"name": other}]}],
    }
    (checkout / f"Pulumi.region-{own}.yaml").write_text(yaml.safe_dump({"config": config}))
    return session.values(session.stack_file(f"region-{own}"))


def test_stacks_that_link_are_run_under_one_root_and_on_one_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[World] = []
    secrets: dict[str, str] = {}
    monkeypatch.setattr("localcloud.tools.ensure", lambda _: None)
    monkeypatch.setattr("localcloud.istio_charts.ensure", lambda: None)
    monkeypatch.setattr(session, "install", lambda *_: [])
    monkeypatch.setattr(session, "_start", lambda world, _, **_more: started.append(world))
    monkeypatch.setattr(Stack, "init", lambda stack: stack.home.mkdir(parents=True, exist_ok=True))
    monkeypatch.setattr(Stack, "configure", lambda *_: None)
    monkeypatch.setattr(Stack, "recover", lambda _: None)
    monkeypatch.setattr(Stack, "set_secret", lambda _, key, value: secrets.update({key: value}))
    backends: set[str] = set()
    keys: list[str] = []
    said: list[str] = []
    for own, other in (("east", "west"), ("west", "east")):
        region(tmp_path, own, other)
        with session.opened(f"region-{own}", None, said.append) as stack:
            backends.add(stack.env()["PULUMI_BACKEND_URL"])
            keys.append(secrets.pop("ambientmesh:rootKey"))

    assert len(backends) == 1
    assert len(set(keys)) == 1
    assert [set(world.names) for world in started] == [{"east"}, {"east", "west"}]
    assert not any(keys[0] in line for line in said)


def test_the_closing_lines_name_the_stacks_that_are_to_be_run_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = {
        "region-east": {"east-to-west": "connected"},
        "region-west": {"west-to-east": "waiting: there is no stack region-east"},
    }
    for own, other in (("east", "west"), ("west", "east")):
        home = tmp_path / ".local" / "stacks" / f"region-{own}"
        home.mkdir(parents=True)
        text = yaml.safe_dump({"config": region(tmp_path, own, other)})
        (home / f"Pulumi.region-{own}.yaml").write_text(text)
    [west] = [session._stack(name) for name in neighbours.of("region-east")]
    monkeypatch.setattr(
        Stack, "outputs", lambda one: {"links": links[one.name], "clusters": {"one": {}}}
    )
    ran: Any = SimpleNamespace(
        name="region-east",
        outputs=lambda: {"clusters": {"east": {}}, "links": links["region-east"]},
    )

    assert "waited" not in session.summary(ran, 1), "there is no such stack"
    west.state_file.parent.mkdir(parents=True)
    west.state_file.touch()

    [*_, line, last] = session.summary(ran, 1).splitlines()
    assert line == (
        "links of stack region-west that waited for this one: 1; make up STACK=region-west"
    )
    assert last.startswith("next: make up STACK=region-east (changes nothing now), ")

    links["region-east"] = {"east-to-west": "waiting: there is no stack region-west"}
    [*_, own, others, last] = session.summary(ran, 1).splitlines()
    assert own == "links that wait for stack region-west: 1; make up STACK=region-east"
    assert others == line
    assert last.startswith("next: make up STACK=region-east (as said above), ")


def layered(checkout: Path, layer: str, **values: Any) -> Path:
    """Write a stack in ``stacks/`` and the layer that it extends."""
    folder = checkout / "stacks"
    folder.mkdir()
    (folder / "layer.yaml").write_text(layer, encoding="utf-8")
    own = {"extends": "layer.yaml", "kubeconfig": ".local/world/kubeconfig", **values}
    config = {f"ambientmesh:{key}": value for key, value in own.items()}
    path = folder / "Pulumi.mine.yaml"
    path.write_text(yaml.safe_dump({"config": {"gcp:project": "p", **config}}), encoding="utf-8")
    return path


def test_a_stack_of_layers_is_read_as_one_file(tmp_path: Path) -> None:
    layered(tmp_path, f"config: {{'ambientmesh:clusters': {json.dumps(CLUSTERS)}}}")

    config = session.values(session.stack_file("mine"))

    assert config == {
        "gcp:project": "p",
        "ambientmesh:kubeconfig": ".local/world/kubeconfig",
        "ambientmesh:clusters": CLUSTERS,
    }
    assert placement.named(session.settings("mine", config)) == ["alpha", "beta"]


def test_mistakes_of_layers_come_with_those_of_the_settings(tmp_path: Path) -> None:
    clusters = json.dumps(CLUSTERS)
    layered(tmp_path, f"config: {{'ambientmesh:clusters': {clusters}, 'a:b': c}}", vms="", mesh=7)

    with pytest.raises(SessionError) as refused:
        session.values(session.stack_file("mine"))

    first, *lines = str(refused.value).splitlines()
    assert first.startswith("3 mistakes in ")
    assert "stacks/layer.yaml:1: AM314 a:b: found a key of another namespace" in lines[0]
    assert "stacks/Pulumi.mine.yaml:5: AM316 ambientmesh:vms: found a removal" in lines[1]
    assert "ambientmesh:mesh: found 7" in lines[2]


def test_a_layer_that_is_not_there_is_the_only_mistake_told(tmp_path: Path) -> None:
    layered(tmp_path, "config: {'ambientmesh:mesh': {}}", extends="lost.yaml")

    with pytest.raises(SessionError, match=r"(?s)^1 mistake .*AM311 ambientmesh:extends: found"):
        session.values(session.stack_file("mine"))


def test_a_stack_with_two_files_is_refused(tmp_path: Path) -> None:
    layered(tmp_path, "config: {'ambientmesh:mesh': {}}")
    (tmp_path / "Pulumi.mine.yaml").write_text("config: {'ambientmesh:mesh': {}}")

    with pytest.raises(SessionError, match=r"Pulumi\.mine\.yaml is there twice, in stacks/ too"):
        session.stack_file("mine")


def test_what_stack_init_leaves_beside_the_project_is_no_second_file(tmp_path: Path) -> None:
    path = layered(tmp_path, "config: {'ambientmesh:mesh': {}}")
    (tmp_path / "Pulumi.mine.yaml").write_text("encryptionsalt: v1:x\n")

    assert session.stack_file("mine") == path


def test_the_command_for_a_stack_in_the_folder_names_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hints, "CHECKOUT", tmp_path)
    layered(tmp_path, "config: {'ambientmesh:mesh': {}}", kubeconfig="other", clusters=CLUSTERS)
    config = session.values(session.stack_file("mine"))

    with pytest.raises(
        SessionError, match=r"pulumi up --stack mine --config-file stacks/Pulumi\.mine\.yaml$"
    ):
        placement.require_local("mine", config, session.settings("mine", config))


def test_a_pulumi_that_cannot_run_policies_is_said(tmp_path: Path) -> None:
    said: list[str] = []

    assert not session._has_analyzer(said.append)
    [line] = said
    assert line.startswith(f"policies: NOT run, for {session.ANALYZER} is not beside your pulumi")
    (tmp_path / ".local" / "tools" / "bin").mkdir(parents=True)
    (tmp_path / ".local" / "tools" / "bin" / session.ANALYZER).touch()
    assert session._has_analyzer(said.append)
    assert len(said) == 1
