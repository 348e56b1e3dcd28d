"""Diffs say what the program changed, and nothing else."""

from typing import Any

import pytest

from localcloud.plugins.kubernetes import diff, immutable, prune
from localcloud.plugins.provider import Change, DiffKind
from localcloud.plugins.values import UNKNOWN

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "spec": {
                "hostNetwork": False,
                "containers": [
                    {"name": "a", "image": "one", "resources": {"requests": {"cpu": "0.5"}}}
                ],
            }
        },
    },
}


def live_of(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what a server makes of the Deployment: defaults, dropped zeros, quantities."""
    spec = inputs["spec"]
    container = {
        "name": "a",
        "image": "one",
        "imagePullPolicy": "Always",
        "resources": {"requests": {"cpu": "500m"}},
    }
    pod = {"containers": [container], "restartPolicy": "Always"}
    return {
        **inputs,
        "metadata": {**inputs["metadata"], "uid": "u", "resourceVersion": "9"},
        "spec": {**spec, "template": {"spec": pod}, "progressDeadlineSeconds": 600},
        "status": {"replicas": 2},
    }


def compare(new: dict[str, Any], *, ignore: tuple[str, ...] = ()) -> dict[str, DiffKind]:
    found = full(new, ignore=ignore)
    return {path: change.kind for path, change in (found.detailed or {}).items()}


def full(new: dict[str, Any], *, ignore: tuple[str, ...] = ()) -> Any:
    urn = "urn:pulumi:s::p::kubernetes:apps/v1:Deployment::web"
    request = Change(urn=urn, old={}, old_inputs={}, new=new, ignore_changes=ignore)
    return diff.compare(
        request,
        old_inputs=DEPLOYMENT,
        live=live_of(DEPLOYMENT),
        namespaced=True,
        frozen=immutable.paths(new, secret_mutable=False, config_map_mutable=False),
    )


def edited(**spec: Any) -> dict[str, Any]:
    return {**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], **spec}}


def test_the_same_inputs_are_no_change_whatever_the_server_added() -> None:
    assert compare(DEPLOYMENT) == {}


def test_a_changed_field_is_named_by_its_path() -> None:
    assert compare(edited(replicas=3)) == {"spec.replicas": DiffKind.UPDATE}


def test_an_unknown_value_is_a_change() -> None:
    assert compare(edited(replicas=UNKNOWN)) == {"spec.replicas": DiffKind.UPDATE}


def test_a_list_is_compared_item_by_item() -> None:
    containers = [{"name": "a", "image": "two"}, {"name": "b", "image": "three"}]
    found = compare(edited(template={"spec": {"hostNetwork": False, "containers": containers}}))
    assert found == {
        "spec.template.spec.containers[0].image": DiffKind.UPDATE,
        "spec.template.spec.containers[0].resources": DiffKind.DELETE,
        "spec.template.spec.containers[1]": DiffKind.ADD,
    }


def test_a_frozen_field_replaces_and_the_fixed_name_demands_deletion_first() -> None:
    found = full(edited(selector={"matchLabels": {"app": "other"}}))
    assert list(found.replaces) == ["spec.selector.matchLabels.app"]
    assert found.delete_before_replace


def test_another_name_replaces_without_deletion_first() -> None:
    found = full({**DEPLOYMENT, "metadata": {"name": "other", "namespace": "shop"}})
    assert (list(found.replaces), found.delete_before_replace) == (["metadata.name"], False)


def test_ignored_paths_are_left_out_with_all_below() -> None:
    assert compare(edited(replicas=3, paused=True), ignore=("spec.replicas",)) == {
        "spec.paused": DiffKind.ADD
    }


def test_a_label_that_the_server_lost_is_put_back() -> None:
    live = {"metadata": {"labels": {"b": "2"}}}
    inputs = {"metadata": {"labels": {"a": "1", "b": "2"}}}
    assert [path for path, *_ in diff.changes((), prune.pruned(live, inputs), inputs)] == [
        ("metadata", "labels", "a")
    ]


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("spec", "ports", 0, "port"), "spec.ports[0].port"),
        (("metadata", "labels", "a.b/c"), 'metadata.labels["a.b/c"]'),
    ],
)
def test_paths_are_written_and_read_as_the_engine_does(
    path: tuple[str | int, ...], written: str
) -> None:
    assert diff.property_path(path) == written
    assert diff.parse_path(written) == path


def test_secret_data_and_string_data_are_the_same() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "x"}, "data": {"b": "eQ=="}}
    assert prune.normalize(secret)["data"] == {"a": "eA==", "b": "eQ=="}


@pytest.mark.parametrize(
    ("kind", "path", "value", "frozen"),
    [
        ("Pod", ("spec", "containers", 0, "image"), "x", True),
        ("Pod", ("spec", "containers", 1), {"name": "b", "image": "x"}, True),
        ("Pod", ("spec", "activeDeadlineSeconds"), 1, False),
        ("ConfigMap", ("data", "k"), "v", True),
        ("Service", ("spec",), {"clusterIP": "None"}, True),
        ("Service", ("spec", "type"), "NodePort", False),
    ],
)
def test_frozen_paths_are_met_from_above_and_from_below(
    kind: str, path: tuple[str | int, ...], value: object, frozen: bool
) -> None:
    obj = {"apiVersion": "v1", "kind": kind}
    paths = immutable.paths(obj, secret_mutable=False, config_map_mutable=False)
    assert immutable.touches(path, value, paths) is frozen
