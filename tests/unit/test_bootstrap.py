"""What ends a run before anything is registered, and what does not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components import bootstrap, ways
from components.live import Unreachable
from components.naming import OWNER_ANNOTATION
from components.settings import Settings, load
from tests.engine import record
from tests.mesh import LICENSE, OWNER, Memory, settings

PREFIX = "ambientmesh:"
STAND_IN = "localcloud/charts/gloo-operator"


class Cluster(Memory):
    """A cluster with these namespaces, or one that does not answer."""

    def __init__(self, uid: str, *names: str, owner: str = "", dead: bool = False) -> None:
        super().__init__()
        self.uid, self.names, self.owner, self.dead = uid, names, owner, dead

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        if self.dead:
            raise Unreachable("connection refused")
        if path != "/api/v1/namespaces":
            return []
        mark = {OWNER_ANNOTATION: self.owner} if self.owner else {}
        system = {"name": "kube-system", "uid": self.uid}
        return [system, *({"name": name, "annotations": mark} for name in self.names)]


def told(program: Callable[[], Any], *, preview: bool = False) -> str:
    """Return the message that ends a run."""
    with pytest.raises(Exception, match=r".") as caught:
        record(program, preview=preview)
    error: BaseException | None = caught.value
    while error is not None and not isinstance(error, pulumi.RunError):
        error = error.__cause__ or error.__context__
    assert error is not None, caught.value
    return str(error)


@pytest.fixture
def enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Callable[[], dict[str, Any]]]:
    """Return a program that begins with these clusters, by their name."""

    def begin(install: str = "operator", **clusters: Cluster) -> Callable[[], dict[str, Any]]:
        names = list(clusters)
        path = tmp_path / "kubeconfig"
        named = [f"context-{name}" for name in names]
        content = {
            "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in named],
            "clusters": [{"name": n, "cluster": {"server": f"https://{n}"}} for n in named],
            "users": [{"name": n, "user": {"token": "t"}} for n in named],
        }
        path.write_text(yaml.safe_dump(content))
        config = settings(names, kubeconfig=str(path), mesh={"install": install})
        by_context = {f"context-{name}": cluster for name, cluster in clusters.items()}
        monkeypatch.setattr("pulumi.get_organization", lambda: "organization")
        monkeypatch.setattr(
            ways, "ClusterReader", lambda given: by_context[given["current-context"]]
        )

        def program() -> dict[str, Any]:
            found = bootstrap.access(config)
            bootstrap.forget_interrupted_releases(config, found)
            return dict(found)

        return program

    return begin


def test_clusters_that_are_free_can_be_entered(enter: Any) -> None:
    record(enter(alpha=Cluster("1"), beta=Cluster("2")))


def test_somebody_elses_namespace_ends_a_preview_too(enter: Any) -> None:
    program = enter(alpha=Cluster("1", "bookinfo"), beta=Cluster("2"))

    for preview in (True, False):
        message = told(program, preview=preview)
        assert "objects in the way: 1; nothing was touched" in message
        assert "AM901 alpha: Namespace bookinfo exists" in message


def test_of_many_objects_in_the_way_some_are_named(
    enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "MOST_SHOWN", 1)

    message = told(enter(alpha=Cluster("1", "bookinfo", "istio-system", "gloo-system")))

    assert "objects in the way: 3" in message
    assert message.count(" exists and belongs to ") == 1
    assert message.endswith("and 2 more")


def test_another_stack_in_the_same_clusters_is_told_in_one_line(enter: Any) -> None:
    other = OWNER.replace("/test", "/local")
    taken = ("bookinfo", "istio-system")
    program = enter(alpha=Cluster("1", *taken, owner=other), beta=Cluster("2", *taken, owner=other))

    title, line = told(program).splitlines()

    assert title == "objects in the way: 4; nothing was touched"
    assert line.startswith("AM902 stack local is up in the same clusters (2 in alpha, 2 in beta); ")
    assert "pulumi destroy --stack local (on local planes: make destroy STACK=local)" in line


@pytest.mark.parametrize("other", ["", "organization/other/local"])
def test_what_is_not_all_of_one_neighbour_is_named(enter: Any, other: str) -> None:
    mine = OWNER.replace("/test", "/local")
    own = Cluster("1", "bookinfo", "istio-system", owner=other)

    for program in (enter(alpha=own), enter(alpha=own, beta=Cluster("2", "bookinfo", owner=mine))):
        assert "alpha: Namespace istio-system exists and belongs to " in told(program)


def test_a_cluster_that_does_not_answer_ends_up_and_not_a_preview(enter: Any) -> None:
    program = enter(alpha=Cluster("1"), beta=Cluster("2", dead=True))

    record(program, preview=True)
    message = told(program)
    assert message == "nothing was touched\nAM904 beta does not answer: connection refused"


@pytest.mark.parametrize("preview", [True, False])
def test_two_names_for_one_cluster_are_refused(enter: Any, *, preview: bool) -> None:
    message = told(enter(alpha=Cluster("1"), beta=Cluster("1")), preview=preview)

    assert "AM903 alpha and beta are the same Kubernetes cluster" in message


def test_every_context_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("contexts: []")
    config = settings(["alpha", "beta"], kubeconfig=str(path))

    message = told(lambda: bootstrap.access(config))

    assert "2 mistakes in Pulumi.test.yaml; nothing was touched" in message
    assert "AM321 ambientmesh:clusters[0].context: found 'context-alpha'" in message
    assert "clusters[1].context: found 'context-beta'" in message


def licensed(chart: str | None, key: str | None) -> Callable[[], None]:
    charts = {"charts": {"glooOperator": chart}} if chart else {}
    config: Settings = settings(["alpha"], **charts)
    return lambda: bootstrap.check_charts(
        config, {} if key is None else {"licenseKey": pulumi.Output.secret(key)}
    )


def test_the_real_operator_demands_a_license_and_says_how_to_set_it() -> None:
    message = told(licensed(None, None))

    assert "AM323 ambientmesh:licenseKey: found nothing" in message
    assert "pulumi config set --secret ambientmesh:licenseKey" in message


@pytest.mark.parametrize(("chart", "key"), [(STAND_IN, None), (None, LICENSE), (STAND_IN, LICENSE)])
def test_a_license_or_a_simulated_operator_is_enough(chart: str | None, key: str | None) -> None:
    record(licensed(chart, key))


def test_a_chart_that_is_not_there_is_told_and_not_taken_for_the_real_one() -> None:
    message = told(licensed("localcloud/charts/gloo-operatr", None))

    assert (
        "AM322 ambientmesh:charts.glooOperator: found 'localcloud/charts/gloo-operatr'" in message
    )
    assert "licenseKey" not in message


def test_a_folder_of_charts_that_is_not_there_is_one_mistake() -> None:
    charts = {"glooOperator": STAND_IN, "glooPlatform": "charts/none"}
    config = settings(["alpha"], charts=charts, management={"cluster": "alpha"})

    message = told(lambda: bootstrap.check_charts(config, {}))

    assert message.startswith("1 mistake in Pulumi.test.yaml; nothing was touched\n")
    assert "charts.glooPlatform: found 'charts/none'; allowed: " in message


def test_each_chart_that_a_folder_lacks_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "gloo-platform").mkdir()
    charts = {"glooOperator": STAND_IN, "glooPlatform": str(tmp_path)}
    config = settings(["alpha"], charts=charts, management={"cluster": "alpha"})

    message = told(lambda: bootstrap.check_charts(config, {}))

    assert message.startswith("1 mistake in Pulumi.test.yaml; nothing was touched\n")
    assert f"charts.glooPlatform: found '{tmp_path}/gloo-platform-crds'" in message


class WithMesh(Cluster):
    """A cluster with the operator's mesh, which is this stack's."""

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        if path.endswith("/servicemeshcontrollers"):
            return [{"name": "istio", "annotations": {OWNER_ANNOTATION: OWNER}}]
        return await super().metadata(path)


@pytest.mark.parametrize("preview", [True, False])
def test_a_switched_route_is_told_before_objects_and_charts(enter: Any, *, preview: bool) -> None:
    text = (Path(__file__).parents[2] / "__main__.py").read_text(encoding="utf-8")

    message = told(enter("helm", alpha=WithMesh("1", "bookinfo")), preview=preview)

    title, line = message.splitlines()
    assert title == "1 obstacle in the way; nothing was touched"
    assert line.startswith("AM912 ambientmesh:mesh.install: found")
    assert text.index("bootstrap.access") < text.index("bootstrap.check_charts")


CLUSTERS = '[{"name": "alpha", "context": "a"}]'


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[[], None]]:
    """Return a program that reads these values as the engine sends them, some encrypted."""

    def begin(values: dict[str, str], secret: list[str]) -> Callable[[], None]:
        keys = {f"{PREFIX}{key}": value for key, value in values.items()}
        monkeypatch.setenv("PULUMI_CONFIG", json.dumps(keys))

        def program() -> None:
            pulumi.runtime.set_all_config(keys, [f"{PREFIX}{key}" for key in secret])
            load()

        return program

    return begin


def test_a_license_in_clear_text_is_refused_and_not_repeated(loaded: Any) -> None:
    message = told(loaded({"clusters": CLUSTERS, "licenseKey": LICENSE}, []))

    assert "1 mistake in" in message
    assert "AM304 ambientmesh:licenseKey: found a value in clear text" in message
    assert LICENSE not in message


def test_a_secret_under_another_key_is_refused_and_not_repeated(loaded: Any) -> None:
    values = {"clusters": CLUSTERS, "operatorVersion": LICENSE, "colour": "red"}

    message = told(loaded(values, ["operatorVersion"]))

    assert "2 mistakes" in message
    assert "AM305 ambientmesh:operatorVersion: found a secret; allowed: a plain value" in message
    assert "colour: found an unknown key" in message
    assert LICENSE not in message


def test_what_is_encrypted_is_not_told_by_the_mistakes_of_other_keys(loaded: Any) -> None:
    values = {
        "clusters": json.dumps([{"name": "canary", "context": "canary"}]),
        "topology": '{"shape": "hub-and-spokes", "hubs": ["gamma"]}',
        "drills": '[{"service": "a", "cluster": "gamma"}]',
        "meshVersion": "1",
    }

    message = told(loaded(values, ["clusters"]))

    assert [line.split()[0] for line in message.splitlines()[1:]] == ["AM305", "AM013"]
    assert "canary" not in message


def test_layers_that_are_encrypted_are_not_looked_for(loaded: Any) -> None:
    message = told(loaded({"extends": "canary"}, ["extends"]))

    assert "1 mistake in" in message
    assert "AM305 ambientmesh:extends: found a secret" in message
    assert "canary" not in message


def test_nobody_is_told_to_decrypt_a_license_whose_key_is_misspelt(loaded: Any) -> None:
    message = told(loaded({"clusters": CLUSTERS, "licenceKey": LICENSE}, ["licenceKey"]))

    assert "1 mistake in" in message
    assert "AM001 ambientmesh:licenceKey: found an unknown key" in message
    assert "fix: write 'licenseKey'" in message
    assert LICENSE not in message


def test_a_configuration_with_an_encrypted_license_is_read(loaded: Any) -> None:
    record(loaded({"clusters": CLUSTERS, "licenseKey": LICENSE}, ["licenseKey"]))


class Left(Cluster):
    """A cluster of ours in which a killed run left a Helm record."""

    def __init__(self, status: str, *, mesh: bool) -> None:
        super().__init__("1", "gloo-system", owner=OWNER)
        self.status, self.mesh = status, mesh

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        mark = {"annotations": {OWNER_ANNOTATION: OWNER}}
        labels = {"owner": "helm", "name": "gloo-operator", "status": self.status}
        if path.endswith("/gloo-system/secrets"):
            return [{"name": "sh.helm.release.v1.gloo-operator.v1", "labels": labels}]
        if path.endswith("/servicemeshcontrollers"):
            return [{"name": "istio", **mark}] if self.mesh else []
        return await super().metadata(path)


@pytest.mark.parametrize(
    ("status", "mesh", "in_state", "removed"),
    [
        ("pending-install", False, False, True),
        ("pending-upgrade", True, True, True),
        ("deployed", False, False, True),
        ("deployed", False, True, False),
        ("deployed", True, False, False),
    ],
)
@pytest.mark.parametrize("preview", [True, False])
def test_what_an_interrupted_helm_left_is_removed_by_up_only(
    enter: Any,
    monkeypatch: pytest.MonkeyPatch,
    *,
    status: str,
    mesh: bool,
    in_state: bool,
    removed: bool,
    preview: bool,
) -> None:
    cluster = Left(status, mesh=mesh)
    known = {"urn:pulumi:test::p::t::alpha-operator-release"} if in_state else set()
    monkeypatch.setattr(bootstrap, "_releases_in_state", lambda: known)

    record(enter(alpha=cluster), preview=preview)

    path = "/api/v1/namespaces/gloo-system/secrets/sh.helm.release.v1.gloo-operator.v1"
    assert cluster.deleted == ([path] if removed and not preview else [])
