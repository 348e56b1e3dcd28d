"""The stand-in Release installs, upgrades, finds and removes a chart on a real API server."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.api import Api
from localcloud.paths import BIN
from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes import helm
from localcloud.plugins.kubernetes.helm import HelmError
from localcloud.plugins.kubernetes.release import Releases
from localcloud.plugins.kubernetes.release_state import TOKEN
from localcloud.plugins.provider import DiffKind, PartialFailure, State
from localcloud.plugins.values import UNKNOWN, Secret, reveal
from localcloud.world import World
from tests.localcloud.plugins.lifecycle import Resource
from tests.localcloud.plugins.release_kit import write_chart

pytestmark = pytest.mark.planes


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with World(tmp_path_factory.mktemp("world"), planes=("one",)) as world:
        yield world.plane("one").kubeconfig


@pytest.fixture
def releases(kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Releases:
    monkeypatch.setenv("LOCALCLOUD_HELM", str(BIN / "helm"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    return Releases(
        engine=Engine(""), cancelled=threading.Event(), kubeconfig=kubeconfig.read_text()
    )


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    return write_chart(tmp_path / "demo")


@pytest.fixture
def release(releases: Releases, request: pytest.FixtureRequest) -> Iterator[Resource]:
    """Return a release named after its test; it is gone afterwards."""
    name = f"r{abs(hash(request.node.name)) % 10**8}"
    resource = Resource(releases, TOKEN, name=name)
    yield resource
    if resource.outputs:
        resource.delete()


def words(kubeconfig: Path, resource: Resource) -> dict[str, Any]:
    name = resource.outputs["status"]["name"]
    found = Api(kubeconfig).get(f"/api/v1/namespaces/default/configmaps/{name}-words")
    data: dict[str, Any] = found["data"]
    return data


def test_an_installed_chart_is_recorded_as_the_real_plugin_does(
    release: Resource, chart: Path, kubeconfig: Path
) -> None:
    outputs = release.create({"chart": str(chart), "values": {"greeting": "hi"}})
    name = outputs["name"]

    assert name.startswith(f"{release.name}-")
    assert release.id == f"default/{name}"
    assert outputs["status"] == {
        "appVersion": "9",
        "chart": "demo",
        "name": name,
        "namespace": "default",
        "revision": 1,
        "status": "deployed",
        "version": "1.2.3",
    }
    assert outputs["resourceNames"] == {"ConfigMap/v1": [f"{name}-words"]}
    assert outputs["version"] == "1.2.3", "the exact version is recorded"
    assert outputs["timeout"] == 300
    assert words(kubeconfig, release)["greeting"] == "hi"


def test_unset_inputs_are_recorded_as_the_real_plugin_does(release: Resource, chart: Path) -> None:
    release.create({"chart": str(chart), "repositoryOpts": {"username": Secret("u")}})
    texts = ("description", "keyring", "postrender")
    unset = {key for key, value in release.inputs.items() if value is False}

    assert len(unset) == 21
    assert unset | set(texts) <= set(release.outputs)
    assert [release.inputs[text] for text in texts] == ["", "", ""]
    assert release.inputs["values"] == {}
    assert "maxHistory" not in release.inputs
    assert reveal(release.inputs["repositoryOpts"]) == {
        **dict.fromkeys(("caFile", "certFile", "keyFile", "password", "repo"), ""),
        "username": "u",
    }
    assert isinstance(release.inputs["repositoryOpts"]["username"], Secret)


def test_nothing_changes_on_the_second_look(release: Resource, chart: Path) -> None:
    inputs = {"chart": str(chart), "values": {"greeting": "hi", "deep": {"a": [1, 2]}}}
    release.create(inputs)

    assert not release.diff(inputs).changes
    assert release.read().properties == release.outputs
    assert release.read().inputs == release.inputs


def test_a_changed_value_upgrades_in_place(
    release: Resource, chart: Path, kubeconfig: Path
) -> None:
    release.create({"chart": str(chart), "values": {"greeting": "hi"}})
    name = release.outputs["name"]
    inputs = {"chart": str(chart), "values": {"greeting": "bye"}}
    diff = release.diff(inputs)

    assert diff.detailed is not None
    assert {path: one.kind for path, one in diff.detailed.items()} == {
        "values.greeting": DiffKind.UPDATE
    }
    assert not diff.replaces
    outputs = release.update(inputs)
    assert outputs["status"]["revision"] == 2
    assert outputs["name"] == name
    assert words(kubeconfig, release)["greeting"] == "bye"


def test_only_name_and_namespace_replace(release: Resource, chart: Path) -> None:
    inputs = {"chart": str(chart), "name": release.name}
    release.create(inputs)

    assert list(release.diff({**inputs, "name": "other"}).replaces) == ["name"]
    assert list(release.diff({**inputs, "namespace": "other"}).replaces) == ["namespace"]
    assert not release.diff({**inputs, "timeout": 5}).replaces


def test_a_new_chart_version_is_a_change_and_edited_files_are_not(
    release: Resource, chart: Path
) -> None:
    inputs = {"chart": str(chart)}
    release.create(inputs)
    (chart / "values.yaml").write_text("greeting: edited\n")
    assert not release.diff(inputs).changes

    write_chart(chart, version="1.3.0")
    assert list(release.diff(inputs).diffs) == ["version"]
    assert release.update(inputs)["version"] == "1.3.0"


def test_a_release_changed_outside_is_drift_after_a_refresh(
    releases: Releases, release: Resource, chart: Path
) -> None:
    inputs = {"chart": str(chart), "values": {"greeting": "hi"}}
    release.create(inputs)
    releases._helm.run(
        *("upgrade", release.outputs["name"], str(chart), "--namespace", "default"),
        *("--values", "-"),
        stdin=json.dumps({"greeting": "drifted"}),
    )
    live = release.read()
    release.outputs = live.properties

    assert live.properties["values"] == {"greeting": "drifted"}
    assert list(release.diff(inputs).diffs) == ["values"]


def test_a_secret_value_reaches_the_chart_and_nothing_else(
    release: Resource, chart: Path, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    run = subprocess.Popen.__init__

    def spy(self: Any, argv: list[str], **options: Any) -> None:
        seen.extend([*argv, *options.get("env", {}).values()])
        run(self, argv, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", spy)
    values = {"greeting": "hi", "license": Secret("canary")}
    outputs = release.create({"chart": str(chart), "values": values})

    assert words(kubeconfig, release)["license"] == "canary"
    assert isinstance(outputs["values"]["license"], Secret)
    assert isinstance(outputs["__inputs"], Secret)
    assert not any("canary" in text for text in seen)
    assert "client-key-data" not in "".join(seen)
    left = [path for path in helm.home().rglob("*") if path.is_file()]
    assert not any(b"canary" in path.read_bytes() for path in left)
    assert not any(path.name == "kubeconfig" for path in left), "it is deleted with the call"


def test_a_release_that_does_not_get_ready_is_kept_with_its_reason(
    release: Resource, chart: Path
) -> None:
    inputs = {"chart": str(chart), "values": {"slow": True}, "timeout": 2}

    with pytest.raises(PartialFailure) as caught:
        release.create(inputs)
    failure = caught.value
    release.id, release.outputs = failure.id, dict(failure.properties)
    assert f'Helm release "{failure.id}" was created, but failed to initialize' in str(failure)
    assert failure.properties["status"]["status"] == "failed"
    fixed = {"chart": str(chart), "values": {"slow": False}}
    assert release.update(fixed)["status"]["status"] == "deployed"


def test_an_atomic_release_that_fails_leaves_nothing(release: Resource, chart: Path) -> None:
    inputs = {"chart": str(chart), "values": {"slow": True}, "timeout": 2, "atomic": True}

    with pytest.raises(HelmError, match="uninstalled due to atomic being set") as caught:
        release.create(inputs)
    assert not isinstance(caught.value, PartialFailure)
    release.outputs = {**release.inputs}
    release.id = f"default/{release.inputs['name']}"
    assert release.read().id == ""


def test_skip_await_does_not_wait(release: Resource, chart: Path) -> None:
    inputs = {"chart": str(chart), "values": {"slow": True}, "skipAwait": True}

    assert release.create(inputs)["status"]["status"] == "deployed"
    assert release.outputs["timeout"] == 0


def test_a_name_in_use_is_refused(releases: Releases, release: Resource, chart: Path) -> None:
    inputs = {"chart": str(chart), "name": release.name}
    release.create(inputs)

    with pytest.raises(HelmError, match="cannot re-use a name that is still in use") as caught:
        Resource(releases, TOKEN).create(inputs)
    assert not isinstance(caught.value, PartialFailure), "the other release is not ours"


def test_ownership_is_taken_on_request_only(
    release: Resource, chart: Path, kubeconfig: Path
) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{release.name}-words"}}
    Api(kubeconfig).create("/api/v1/namespaces/default/configmaps", body)
    inputs = {"chart": str(chart), "name": release.name}

    with pytest.raises(HelmError, match="invalid ownership metadata"):
        release.create(inputs)
    release.create({**inputs, "takeOwnership": True})
    assert words(kubeconfig, release)["greeting"] == "hello"


def test_a_preview_touches_nothing(releases: Releases, chart: Path) -> None:
    resource = Resource(releases, TOKEN)
    outputs = resource.preview(
        {"chart": str(chart), "name": "never", "values": {"greeting": UNKNOWN}}
    )

    assert outputs["status"] is UNKNOWN
    assert outputs["values"]["greeting"] is UNKNOWN
    found = releases.read(State(urn=resource.urn, id="default/never", properties={}))
    assert found.id == ""


def test_a_missing_chart_fails_the_check(releases: Releases, tmp_path: Path) -> None:
    resource = Resource(releases, TOKEN)
    reasons = resource.failures({"chart": str(tmp_path / "nowhere")})

    assert len(reasons) == 1
    assert "not found; check the chart name and repository configuration." in reasons[0]


def test_an_import_takes_over_what_is_there(
    releases: Releases, release: Resource, chart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.create({"chart": str(chart), "name": release.name, "values": {"greeting": "hi"}})
    monkeypatch.chdir(chart.parent)
    live = releases.read(State(urn=release.urn, id=release.id, properties={}))

    assert live.id == release.id
    assert live.inputs["chart"] == "demo"
    assert live.inputs["values"] == {"greeting": "hi"}
    imported = Resource(
        releases,
        TOKEN,
        id=live.id,
        inputs=live.inputs,
        outputs=live.properties,
    )
    assert not imported.diff(reveal(live.inputs)).changes


def test_a_release_removed_outside_is_gone_and_deletes_cleanly(
    releases: Releases, release: Resource, chart: Path
) -> None:
    release.create({"chart": str(chart)})
    releases._helm.run("uninstall", release.outputs["name"], "--namespace", "default")

    assert release.read().id == ""
    release.delete()


def test_a_namespace_is_created_on_request(
    release: Resource, chart: Path, kubeconfig: Path
) -> None:
    release.create({"chart": str(chart), "namespace": release.name, "createNamespace": True})

    assert Api(kubeconfig).get(f"/api/v1/namespaces/{release.name}")["kind"] == "Namespace"
