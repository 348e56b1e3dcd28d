"""The whole life of objects on a real API server."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes.provider import KubernetesProvider
from localcloud.plugins.provider import (
    Change,
    Check,
    DiffKind,
    PartialFailure,
    ProviderError,
    State,
)
from localcloud.plugins.values import UNKNOWN, Secret, has_secret, reveal
from localcloud.world import World
from tests.localcloud.plugins.lifecycle import Resource

pytestmark = pytest.mark.planes

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type token
SERVICE = "kubernetes:core/v1:Service"
WIDGET = "kubernetes:test.example/v1:Widget"


def config_map(namespace: str, name: str = "", **data: str) -> dict[str, Any]:
    meta = {"namespace": namespace} | ({"name": name} if name else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def deployment(namespace: str, **metadata: Any) -> dict[str, Any]:
    pod = {"hostNetwork": False, "containers": [{"name": "c", "image": "i"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace, **metadata},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
        },
    }


def widget_crd() -> dict[str, Any]:
    schema = {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.test.example"},
        "spec": {
            "group": "test.example",
            "scope": "Cluster",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "versions": [version],
        },
    }


@pytest.fixture(scope="module")
def widgets(planes: World) -> None:
    """Have the test's own kind served."""
    provider = KubernetesProvider(Engine(""))
    provider.configure({"kubeconfig": planes.plane("one").kubeconfig.read_text()})
    token = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"  # noqa: S105
    Resource(provider, token, "crd").create(widget_crd())
    provider.cancel()


def widget(name: str, wait: str = "", **spec: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name}
    if wait:
        meta["annotations"] = {"pulumi.com/waitFor": wait}
    return {"apiVersion": "test.example/v1", "kind": "Widget", "metadata": meta, "spec": spec}


def api(provider: KubernetesProvider) -> Any:
    """Return the provider's own connection, to act as somebody else."""
    connection = provider._connection
    assert connection is not None
    return connection


def test_an_object_without_a_name_gets_one_that_stays(
    provider: KubernetesProvider, namespace: str
) -> None:
    thing = Resource(provider, CONFIG_MAP, "settings")
    first = thing.create(config_map(namespace, a="1"))["metadata"]
    assert first["name"].startswith("settings-")
    assert first["annotations"]["pulumi.com/autonamed"] == "true"
    assert not thing.diff(config_map(namespace, a="1")).changes


def test_outputs_are_the_live_object_and_what_the_plugin_needs(
    provider: KubernetesProvider, namespace: str
) -> None:
    thing = Resource(provider, CONFIG_MAP)
    outputs = thing.create(config_map(namespace, "cm", a="1"))
    assert thing.id == f"{namespace}/cm"
    assert outputs["metadata"]["uid"]
    assert outputs["__initialApiVersion"] == "v1"
    assert outputs["__fieldManager"].startswith("pulumi-kubernetes-")
    assert outputs["__inputs"] == thing.inputs


def test_an_unchanged_object_refreshes_to_the_same_inputs(
    provider: KubernetesProvider, namespace: str
) -> None:
    web = Resource(provider, DEPLOYMENT, "web")
    web.create(deployment(namespace))
    live = web.read()
    assert live.inputs == web.inputs
    assert live.properties == web.outputs
    assert not web.diff(deployment(namespace)).changes


def test_a_create_refuses_what_exists(provider: KubernetesProvider, namespace: str) -> None:
    Resource(provider, CONFIG_MAP).create(config_map(namespace, "cm"))
    with pytest.raises(ProviderError, match=r'configmaps "cm" already exists(?s:.)*pulumi import'):
        Resource(provider, CONFIG_MAP).create(config_map(namespace, "cm"))


def test_upsert_takes_what_exists(
    connect: Callable[..., KubernetesProvider], namespace: str
) -> None:
    provider = connect(upsertExistingObjects="true")
    Resource(provider, CONFIG_MAP).create(config_map(namespace, "cm", a="1"))
    outputs = Resource(provider, CONFIG_MAP).create(config_map(namespace, "cm", b="2"))
    assert outputs["data"] == {"a": "1", "b": "2"}


def test_a_preview_creates_nothing(provider: KubernetesProvider, namespace: str) -> None:
    thing = Resource(provider, CONFIG_MAP)
    planned = thing.preview(config_map(namespace, "cm", a="1"))
    assert planned["metadata"]["uid"], "a dry run says what the object would be"
    thing.create(config_map(namespace, "cm", a="1"))


@pytest.mark.parametrize("missing", ["namespace", "kind", "value"])
def test_a_preview_goes_on_where_something_is_not_there_yet(
    provider: KubernetesProvider, missing: str
) -> None:
    inputs: dict[str, Any] = config_map("not-there-yet", "cm", a="1")
    token = CONFIG_MAP
    if missing == "kind":
        token, inputs = (
            "kubernetes:nowhere.example/v1:Gadget",
            {"apiVersion": "nowhere.example/v1", "kind": "Gadget", "metadata": {"name": "g"}},
        )
    if missing == "value":
        inputs = {**inputs, "data": {"a": Secret(UNKNOWN)}}
    assert Resource(provider, token).preview(inputs)["kind"] == inputs["kind"]


def test_secrets_stay_secret_on_the_way_back(provider: KubernetesProvider, namespace: str) -> None:
    inputs = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": namespace},
        "stringData": {"password": Secret("canary")},
    }
    secret = Resource(provider, SECRET)
    outputs = secret.create(inputs)
    for properties in (secret.inputs, outputs, secret.read().inputs, secret.read().properties):
        assert isinstance(properties["data"], Secret)
        assert "canary" not in repr(properties)
        assert "Y2FuYXJ5" not in repr(properties)
    assert reveal(outputs)["data"] == {"password": "Y2FuYXJ5"}
    plain = Resource(provider, CONFIG_MAP)
    data = plain.create({**config_map(namespace, "cm"), "data": {"k": Secret("v"), "l": "w"}})
    assert data["data"] == {"k": Secret("v"), "l": "w"}
    assert not has_secret(data["metadata"])


def test_an_update_changes_and_removes_fields(provider: KubernetesProvider, namespace: str) -> None:
    space = Resource(provider, DEPLOYMENT, "web")
    before = space.create(deployment(namespace, labels={"a": "1", "b": "2"}))
    after = space.update(deployment(namespace, labels={"b": "3"}))
    assert after["metadata"]["labels"] == {"b": "3"}
    assert after["__fieldManager"] == before["__fieldManager"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    managers = [entry["manager"] for entry in after["metadata"]["managedFields"]]
    assert "pulumi-kubernetes" not in managers, "the apply takes over what the create wrote"


def test_a_field_of_another_manager_is_a_conflict_unless_forced(
    provider: KubernetesProvider, namespace: str
) -> None:
    web = Resource(provider, DEPLOYMENT, "web")
    web.create(deployment(namespace))
    web.update(deployment(namespace, labels={"owner": "us"}))
    theirs = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace, "labels": {"owner": "them"}},
    }
    api(provider).request(
        "PATCH",
        api(provider).path(theirs),
        query={"fieldManager": "them", "force": "true"},
        body=theirs,
        content_type="application/apply-patch+yaml",
    )
    with pytest.raises(PartialFailure, match=r"field conflict detected(?s:.)*conflict with"):
        web.update(deployment(namespace, labels={"owner": "ours"}))
    forced = {"annotations": {"pulumi.com/patchForce": "true"}}
    after = web.update(deployment(namespace, labels={"owner": "ours"}, **forced))
    assert after["metadata"]["labels"] == {"owner": "ours"}


def test_drift_is_seen_by_a_refresh_and_undone_by_an_update(
    provider: KubernetesProvider, namespace: str
) -> None:
    web = Resource(provider, DEPLOYMENT, "web")
    web.create(deployment(namespace))
    scaled = {"spec": {"replicas": 0}}
    path = api(provider).path(deployment(namespace))
    api(provider).request("PATCH", path, body=scaled, content_type="application/merge-patch+json")
    live = web.read()
    assert live.inputs["spec"]["replicas"] == 0
    web.inputs, web.outputs = live.inputs, live.properties
    found = web.diff(deployment(namespace))
    assert {path: d.kind for path, d in (found.detailed or {}).items()} == {
        "spec.replicas": DiffKind.UPDATE
    }


def test_what_is_gone_reads_as_gone_and_deletes_without_complaint(
    provider: KubernetesProvider, namespace: str
) -> None:
    thing = Resource(provider, CONFIG_MAP)
    thing.create(config_map(namespace, "cm"))
    thing.delete()
    assert thing.read().id == ""
    thing.delete()


def test_an_import_needs_only_the_id(provider: KubernetesProvider, namespace: str) -> None:
    Resource(provider, CONFIG_MAP).create(config_map(namespace, "cm", a="1"))
    imported = Resource(provider, CONFIG_MAP, id=f"{namespace}/cm").read()
    assert imported.inputs == config_map(namespace, "cm", a="1")


def test_a_patch_owns_its_fields_only_and_gives_them_back(
    provider: KubernetesProvider, namespace: str
) -> None:
    Resource(provider, CONFIG_MAP).create(config_map(namespace, "cm", a="1"))
    patch = Resource(provider, "kubernetes:core/v1:ConfigMapPatch")
    assert patch.create(config_map(namespace, "cm", b="2"))["data"] == {"a": "1", "b": "2"}
    patch.delete()
    left = Resource(provider, CONFIG_MAP, id=f"{namespace}/cm").read()
    assert left.inputs["data"] == {"a": "1"}


def test_a_deployment_that_cannot_run_fails_partially_and_says_why(
    provider: KubernetesProvider, namespace: str
) -> None:
    inputs = deployment(namespace)
    inputs["spec"]["template"]["spec"]["nodeSelector"] = {"no": "such-node"}
    web = Resource(provider, DEPLOYMENT, "web")
    with pytest.raises(PartialFailure) as caught:
        web.create(inputs, timeout=2)
    failure = caught.value
    assert "failed to fully initialize or become live: 'web' timed out" in failure.reasons[0]
    assert "Minimum number of live Pods was not attained" in failure.reasons
    assert failure.id == f"{namespace}/web"
    assert failure.properties["__inputs"] == web.inputs


def test_skip_await_waits_for_nothing(provider: KubernetesProvider, namespace: str) -> None:
    inputs = deployment(namespace, annotations={"pulumi.com/skipAwait": "true"})
    inputs["spec"]["template"]["spec"]["nodeSelector"] = {"no": "such-node"}
    Resource(provider, DEPLOYMENT, "web").create(inputs)


@pytest.mark.usefixtures("widgets")
def test_wait_for_ends_when_the_status_comes(provider: KubernetesProvider) -> None:
    def report() -> None:
        connection = api(provider)
        while not connection.cancelled.wait(0.05):
            path = connection.path(widget("waited"))
            try:
                status = {"phase": "Up", "conditions": [{"type": "Ready", "status": "True"}]}
                connection.request(
                    "PATCH",
                    f"{path}/status",
                    body={"status": status},
                    content_type="application/merge-patch+json",
                )
            except ProviderError:
                continue
            return

    threading.Thread(target=report, daemon=True).start()
    wait = '["condition=Ready", "jsonpath={.status.phase}=Up"]'
    outputs = Resource(provider, WIDGET, "w").create(widget("waited", wait), timeout=20)
    assert outputs["status"]["phase"] == "Up"


@pytest.mark.usefixtures("widgets")
def test_wait_for_gives_up_with_the_real_plugins_words(provider: KubernetesProvider) -> None:
    thing = Resource(provider, WIDGET, "w")
    with pytest.raises(PartialFailure, match="timed out waiting for the condition") as caught:
        thing.create(widget("never", "condition=Ready"), timeout=1)
    assert len(caught.value.reasons) == 1, "upstream lists no condition here"
    assert caught.value.id == "never"


@pytest.mark.usefixtures("widgets")
def test_cancel_ends_a_wait_at_once(provider: KubernetesProvider) -> None:
    started = time.monotonic()
    threading.Timer(0.5, provider.cancel).start()
    with pytest.raises(PartialFailure, match="context canceled"):
        Resource(provider, WIDGET, "w").create(widget("cancelled", "condition=Ready"))
    assert time.monotonic() - started < 3


@pytest.mark.usefixtures("widgets")
def test_a_deletion_waits_for_finalizers_and_names_them(
    provider: KubernetesProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(provider.engine, "warning", lambda _urn, message: warned.append(message))
    inputs = widget("held")
    inputs["metadata"]["finalizers"] = ["test.example/hold"]
    inputs["metadata"]["annotations"] = {
        "pulumi.com/deletionPropagationPolicy": "background",
        "pulumi.com/timeoutSeconds": "1",
    }
    thing = Resource(provider, WIDGET, "w")
    thing.create(inputs)
    with pytest.raises(PartialFailure) as caught:
        thing.delete()
    assert caught.value.reasons == ("timed out waiting for the condition",)
    assert warned == ["finalizers might be preventing deletion (test.example/hold)"]

    def release() -> None:
        free = {"metadata": {"finalizers": None}}
        path = api(provider).path(inputs)
        api(provider).request("PATCH", path, body=free, content_type="application/merge-patch+json")

    threading.Timer(0.3, release).start()
    thing.delete()
    assert thing.read().id == ""


def test_a_namespace_is_gone_when_its_deletion_returns(provider: KubernetesProvider) -> None:
    space = Resource(provider, NAMESPACE)
    space.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "short-lived"}})
    Resource(provider, CONFIG_MAP).create(config_map("short-lived", "cm"))
    space.delete()
    assert space.read().id == ""


def test_an_object_waits_for_its_namespace(provider: KubernetesProvider) -> None:
    space = Resource(provider, NAMESPACE)
    named = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "late"}}
    threading.Timer(0.5, space.create, [named]).start()
    assert Resource(provider, CONFIG_MAP).create(config_map("late", "cm"))["kind"] == "ConfigMap"


def test_ignored_changes_keep_the_live_value(provider: KubernetesProvider, namespace: str) -> None:
    web = Resource(provider, DEPLOYMENT, "web")
    web.create(deployment(namespace))
    path = api(provider).path(deployment(namespace))
    api(provider).request(
        "PATCH", path, body={"spec": {"replicas": 2}}, content_type="application/merge-patch+json"
    )
    change = Change(
        urn=web.urn,
        id=web.id,
        old=web.outputs,
        old_inputs=web.inputs,
        new=web.checked(deployment(namespace, labels={"new": "label"})),
        ignore_changes=("spec.replicas",),
    )
    after = provider.update(change)
    assert (after["spec"]["replicas"], after["metadata"]["labels"]) == (2, {"new": "label"})


def test_a_load_balancer_gives_its_address(provider: KubernetesProvider, namespace: str) -> None:
    inputs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "lb", "namespace": namespace},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    }

    def place() -> None:
        status = {"status": {"loadBalancer": {"ingress": [{"ip": "127.0.0.9"}]}}}
        path = api(provider).path(inputs)
        api(provider).request(
            "PATCH", f"{path}/status", body=status, content_type="application/merge-patch+json"
        )

    threading.Timer(0.5, place).start()
    outputs = Resource(provider, SERVICE).create(inputs, timeout=30)
    assert outputs["status"]["loadBalancer"]["ingress"][0]["ip"]


def test_an_unreachable_cluster_is_named_and_spares_previews() -> None:
    provider = KubernetesProvider(Engine(""))
    cluster = {"server": "http://127.0.0.1:1"}
    kubeconfig = (
        "{current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],"
        f" clusters: [{{name: c, cluster: {{server: '{cluster['server']}'}}}}],"
        " users: [{name: u, user: {}}]}"
    )
    provider.configure({"kubeconfig": kubeconfig})
    thing = Resource(provider, CONFIG_MAP)
    assert thing.preview(config_map("default", "cm"))
    with pytest.raises(ProviderError, match=r"cluster is unreachable: .*127\.0\.0\.1:1"):
        thing.create(config_map("default", "cm"))
    thing.id = "default/cm"
    with pytest.raises(ProviderError, match="PULUMI_K8S_DELETE_UNREACHABLE"):
        thing.read()
    provider.configure({"kubeconfig": kubeconfig, "deleteUnreachable": "true"})
    assert thing.read().id == ""


def test_kinds_that_are_not_supported_are_refused(provider: KubernetesProvider) -> None:
    for token in ("kubernetes:helm.sh/v4:Chart", "kubernetes:yaml/v2:ConfigGroup"):
        with pytest.raises(ProviderError, match="not supported by the stand-in"):
            provider.check(Check(urn=f"urn:pulumi:s::p::{token}::x", old={}, new={}))


def test_an_answer_of_the_server_reaches_the_user_in_its_own_words(
    provider: KubernetesProvider, namespace: str
) -> None:
    inputs = deployment(namespace)
    inputs["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    web = Resource(provider, DEPLOYMENT, "web")
    request = State(urn=web.urn, properties=web.checked(inputs), preview=True)
    with pytest.raises(ProviderError, match=r"not successfully created.*does not match template"):
        provider.create(request)
