"""Patch resources: fields of an object that somebody else made, on a real API server."""

from typing import Any

import pytest

from localcloud.api import Api
from localcloud.plugins.kubernetes.provider import KubernetesProvider
from localcloud.plugins.provider import ProviderError
from localcloud.plugins.values import reveal
from localcloud.world import World
from tests.localcloud.plugins.lifecycle import Resource

pytestmark = pytest.mark.planes

NAMESPACE_PATCH = "kubernetes:core/v1:NamespacePatch"
SERVICE_PATCH = "kubernetes:core/v1:ServicePatch"
MANAGER = "organization/project/stack"


@pytest.fixture
def api(planes: World) -> Api:
    return planes.plane("one").api()


@pytest.fixture
def path(namespace: str, api: Api) -> str:
    """Return the path of a namespace that has a label of its own."""
    found = f"/api/v1/namespaces/{namespace}"
    api.patch(f"{found}?fieldManager=them", {"metadata": {"labels": {"theirs": "1"}}})
    return found


def patch(name: str, manager: str = MANAGER, **labels: str) -> dict[str, Any]:
    annotations = {"pulumi.com/patchFieldManager": manager}
    meta = {"name": name, "labels": labels, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}


@pytest.fixture
def resource(provider: KubernetesProvider) -> Resource:
    return Resource(provider, NAMESPACE_PATCH)


def labels(api: Api, path: str) -> dict[str, str]:
    found: dict[str, str] = api.get(path)["metadata"]["labels"]
    return {key: value for key, value in found.items() if not key.startswith("kubernetes.io/")}


def test_a_preview_writes_nothing(resource: Resource, namespace: str, path: str, api: Api) -> None:
    shown = resource.preview(patch(namespace, ours="1"))

    assert shown["metadata"]["labels"]["ours"] == "1"
    assert labels(api, path) == {"theirs": "1"}


def test_a_patch_lives_and_ends_beside_what_is_there(
    resource: Resource, namespace: str, path: str, api: Api
) -> None:
    resource.create(patch(namespace, ours="1", more="1"))
    assert labels(api, path) == {"theirs": "1", "ours": "1", "more": "1"}
    assert not resource.diff(patch(namespace, ours="1", more="1")).changes

    resource.update(patch(namespace, ours="2"))
    assert labels(api, path) == {"theirs": "1", "ours": "2"}, "what it says no more is taken back"

    resource.delete()
    assert labels(api, path) == {"theirs": "1"}
    assert "pulumi.com/patchFieldManager" not in (
        api.get(path)["metadata"].get("annotations") or {}
    )


def test_the_named_manager_holds_the_fields_also_for_a_run_that_remembers_nothing(
    provider: KubernetesProvider, namespace: str, path: str, api: Api
) -> None:
    Resource(provider, NAMESPACE_PATCH, "killed").create(patch(namespace, ours="1"))
    later = Resource(provider, NAMESPACE_PATCH, "later")
    later.create(patch(namespace, ours="1"))

    managers = [
        entry["manager"]
        for entry in api.get(path)["metadata"]["managedFields"]
        if "f:ours" in entry["fieldsV1"]["f:metadata"].get("f:labels", {})
    ]
    assert managers == [MANAGER]
    later.delete()
    assert labels(api, path) == {"theirs": "1"}


def test_a_value_of_another_manager_is_a_conflict_that_names_it(
    resource: Resource, namespace: str, path: str, api: Api
) -> None:
    with pytest.raises(ProviderError, match=r'conflict with "them".*\n?.*theirs') as caught:
        resource.create(patch(namespace, theirs="2"))

    assert MANAGER in str(caught.value)
    assert labels(api, path) == {"theirs": "1"}


def test_the_same_value_is_shared_and_stays_when_the_patch_goes(
    resource: Resource, namespace: str, path: str, api: Api
) -> None:
    resource.create(patch(namespace, theirs="1"))
    resource.delete()

    assert labels(api, path) == {"theirs": "1"}


def test_a_read_shows_what_somebody_made_of_it(
    resource: Resource, namespace: str, path: str, api: Api
) -> None:
    resource.create(patch(namespace, ours="1"))
    api.patch(path, {"metadata": {"labels": {"ours": "other", "another": "1"}}})

    live = resource.read()
    labels_now = reveal(live.inputs)["metadata"]["labels"]

    assert labels_now == {"ours": "other"}, "what it never said is not its own"
    resource.inputs, resource.outputs = live.inputs, live.properties
    assert resource.diff(patch(namespace, ours="1")).changes


def test_another_name_is_another_object(resource: Resource, namespace: str) -> None:
    resource.create(patch(namespace, ours="1"))

    assert resource.diff(patch("default", ours="1")).replaces


def test_a_patch_needs_a_name(resource: Resource) -> None:
    inputs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"labels": {"ours": "1"}}}

    with pytest.raises(ProviderError, match=r"require the `\.metadata\.name` field"):
        resource.create(inputs)


def test_a_patch_of_what_is_gone_ends_by_a_refresh_and_not_by_a_delete(
    provider: KubernetesProvider, namespace: str, api: Api
) -> None:
    """Upstream's delete applies a bare object, which an API server would have to make."""
    services = f"/api/v1/namespaces/{namespace}/services"
    spec = {"ports": [{"port": 80}], "selector": {"app": "nobody"}}
    api.create(services, {"metadata": {"name": "web"}, "spec": spec})
    meta = {
        "name": "web",
        "namespace": namespace,
        "labels": {"ours": "1"},
        "annotations": {"pulumi.com/skipAwait": "true"},
    }
    resource = Resource(provider, SERVICE_PATCH)
    resource.create({"apiVersion": "v1", "kind": "Service", "metadata": meta})
    assert labels(api, f"{services}/web") == {"ours": "1"}
    assert api.get(f"{services}/web")["spec"]["ports"][0]["port"] == 80

    api.delete(f"{services}/web")

    assert resource.read().id == ""
    with pytest.raises(ProviderError, match="managing a required field"):
        resource.delete()
