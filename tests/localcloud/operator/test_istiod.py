"""What istiod reads once when it starts, and what it writes of its own accord."""

import base64
import json
from typing import Any

import pytest

from localcloud.operator import istiod
from localcloud.operator.authority import Authority
from localcloud.operator.istiod import NETWORK, STARTED, Authorities, Istiod
from tests.localcloud.operator.authorities import Root, Signer
from tests.localcloud.operator.seen import Seen, context

HOME = "istio-system"
ROOT, OTHER = Root("root"), Root("other")
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {"name": "istiod-gloo", "namespace": HOME},
    "status": {"availableReplicas": 1},
}


def namespace(name: str = HOME, **meta: Any) -> dict[str, Any]:
    return {"kind": "Namespace", "metadata": {"name": name, **meta}}


def cacerts(signer: Signer, version: str = "1") -> dict[str, Any]:
    data = {name: base64.b64encode(content).decode() for name, content in signer.files().items()}
    meta = {"name": "cacerts", "namespace": HOME, "resourceVersion": version}
    return {"kind": "cacerts", "metadata": meta, "data": data}


def pod(created: str = "2001", status: Any = None, **started: str) -> dict[str, Any]:
    annotations = {STARTED: json.dumps(started)} if started else {}
    env = [{"name": "CLUSTER_ID", "value": "one"}, {"name": "TRUST_DOMAIN", "value": "td"}]
    return {
        "kind": "istiod",
        "metadata": {
            "name": f"istiod-{created}",
            "namespace": HOME,
            "uid": str(9999 - int(created)),
            "creationTimestamp": created,
            "annotations": annotations,
        },
        "spec": {"containers": [{"image": "hub:5000/pilot:1.28.3-solo", "env": env}]},
        "status": READY if status is None else status,
    }


def root_of(root: Root) -> str:
    return Authorities().of(context(Seen(cacerts(root.signer))), HOME).root


def labelled(network: str) -> dict[str, Any]:
    return namespace(labels={NETWORK: network})


def test_a_pod_keeps_what_it_read_when_it_started() -> None:
    seen = Seen(DEPLOYMENT, labelled("net"), cacerts(ROOT.signer), pod())

    found = istiod.look(context(seen), Authorities())

    assert found is not None
    assert (found.cluster, found.trust_domain, found.version) == ("one", "td", "1.28.3-solo")
    assert (found.network, found.root) == ("net", root_of(ROOT))
    ((name, metadata),) = seen.merged
    assert name == "istiod-2001"
    kept = json.loads(metadata["annotations"][STARTED])
    assert kept == {"network": "net", "root": root_of(ROOT)}


def test_a_pod_that_runs_sees_neither_another_label_nor_another_root() -> None:
    running = pod(network="net", root=root_of(ROOT))
    seen = Seen(DEPLOYMENT, labelled("late"), cacerts(OTHER.signer), running)

    found = istiod.look(context(seen), Authorities())

    assert found is not None
    assert (found.network, found.network_now) == ("net", "late")
    assert (found.root, found.authority.root) == (root_of(ROOT), root_of(OTHER))
    assert seen.merged == []


def test_a_pod_waits_for_a_label_and_takes_the_first() -> None:
    running = pod(network="", root=root_of(ROOT))
    for network in ("", "net"):
        seen = Seen(DEPLOYMENT, labelled(network), cacerts(ROOT.signer), running)
        found = istiod.look(context(seen), Authorities())
        assert found is not None
        assert found.network == network


def test_while_one_pod_replaces_another_the_newest_that_is_ready_speaks() -> None:
    old, new = pod("2001", network="old", root="r"), pod("2002", network="new", root="r")
    starting = pod("2003", status={}, network="starting", root="r")
    seen = Seen(DEPLOYMENT, labelled("net"), cacerts(ROOT.signer), new, old, starting)

    found = istiod.look(context(seen), Authorities())

    assert found is not None
    assert found.network == "new"


def test_a_secret_is_checked_anew_when_it_changes_and_not_before() -> None:
    authorities = Authorities()
    first = authorities.of(context(Seen(cacerts(ROOT.signer))), HOME)

    assert authorities.of(context(Seen(cacerts(ROOT.signer))), HOME) is first
    assert authorities.of(context(Seen(cacerts(OTHER.signer, "2"))), HOME).root == root_of(OTHER)


def running(started: str, **authority: Any) -> Istiod:
    return Istiod(
        namespace=HOME,
        cluster="one",
        trust_domain="td",
        version="1.28.3-solo",
        network="net",
        network_now="net",
        root=started,
        authority=Authority(**authority),
    )


def published(istiod_: Istiod) -> dict[str, str]:
    leaving = namespace("leaving", deletionTimestamp="2001")
    seen = Seen(namespace("app"), namespace("kube-system"), leaving)
    istiod.publish(context(seen), istiod_)
    maps = [item for item in seen.applied if item["kind"] == "ConfigMap"]
    return {item["metadata"]["namespace"]: item["data"]["root-cert.pem"] for item in maps}


def test_the_root_is_in_every_namespace_but_those_of_kubernetes_and_those_that_end() -> None:
    assert published(running("r", root="r", pem="PEM")) == {"app": "PEM"}


def test_a_root_that_istiod_did_not_start_with_is_not_published() -> None:
    assert published(running("r", root="s", pem="PEM")) == {}


def test_no_root_is_not_published_as_an_empty_one() -> None:
    assert published(running("", problem="cacerts has no root-cert.pem")) == {}


def test_all_classes_are_there_and_accepted() -> None:
    seen = Seen()

    istiod.publish(context(seen), running("r", root="r"))

    classes = ["istio", "istio-eastwest", "istio-remote", "istio-waypoint"]
    assert [item["metadata"]["name"] for item in seen.applied] == classes
    assert [(n, s["conditions"][0]["status"]) for n, s in seen.statuses] == [
        (name, "True") for name in classes
    ]


HELM_VALUES = {
    "CLUSTER_ID": "one",
    "NETWORK": "net",
    "PEERING_ENABLED": "true",
    "PILOT_SKIP_VALIDATE_TRUST_DOMAIN": "true",
}
PROXY_VALUES = {"CLUSTER_ID": "one", "NETWORK": "net", "SKIP_VALIDATE_TRUST_DOMAIN": "true"}


def by_helm(
    values: dict[str, str | None], proxy: dict[str, str | None] | None = None
) -> Istiod | None:
    """Return the istiod of a chart that was given other values; None leaves a value out."""

    def env(whole: dict[str, str], changes: dict[str, str | None]) -> list[dict[str, str]]:
        said = (whole | changes).items()
        return [{"name": name, "value": value} for name, value in said if value is not None]

    started = pod(network="net", root=root_of(ROOT))
    started["spec"]["containers"][0]["env"] = env(HELM_VALUES, values)
    deployment = {**DEPLOYMENT, "metadata": {"name": "istiod", "namespace": HOME}}
    container = {"env": env(PROXY_VALUES, proxy or {})}
    ztunnel = {
        "kind": "DaemonSet",
        "metadata": {"name": "ztunnel", "namespace": HOME},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    seen = Seen(deployment, ztunnel, labelled("net"), cacerts(ROOT.signer), started)
    return istiod.look(context(seen), Authorities())


def test_an_istiod_of_its_own_chart_is_one_too() -> None:
    found = by_helm({})

    assert found is not None
    assert (found.cluster, found.misconfigured, found.any_trust_domain) == ("one", "", True)


@pytest.mark.parametrize(
    ("values", "proxy", "wrong"),
    [
        ({"PEERING_ENABLED": "false"}, {}, "platforms.peering.enabled is not true"),
        ({"NETWORK": ""}, {}, "global.network is '', and label topology.istio.io/network"),
        ({"NETWORK": "other"}, {}, "global.network is 'other'"),
        ({}, {"NETWORK": "other"}, "ztunnel's network is 'other', and istiod says 'net'"),
        ({}, {"CLUSTER_ID": "Kubernetes"}, "ztunnel's multiCluster.clusterName is 'Kubernetes'"),
        ({}, {"SKIP_VALIDATE_TRUST_DOMAIN": None}, "SKIP_VALIDATE_TRUST_DOMAIN is 'false'"),
    ],
)
def test_values_that_do_not_fit_keep_an_istiod_from_peering(
    values: dict[str, str | None], proxy: dict[str, str | None], wrong: str
) -> None:
    found = by_helm(values, proxy)

    assert found is not None
    assert wrong in found.misconfigured


def test_an_istiod_that_checks_trust_domains_is_known() -> None:
    off: dict[str, str | None] = {"PILOT_SKIP_VALIDATE_TRUST_DOMAIN": "false"}
    found = by_helm(off, {"SKIP_VALIDATE_TRUST_DOMAIN": "false"})

    assert found is not None
    assert (found.misconfigured, found.any_trust_domain) == ("", False)


def left_behind(*others: dict[str, Any]) -> list[tuple[str, str]]:
    labels = {"app.kubernetes.io/managed-by": "istiod"}
    root = {"kind": "ConfigMap", "metadata": {"name": "istio-ca-root-cert", "labels": labels}}
    served = {"kind": "GatewayClass", "metadata": {"name": "istio-remote"}}
    seen = Seen(root, served, *others)
    istiod.clear(context(seen))
    return seen.deleted


def test_what_an_istiod_wrote_goes_when_it_is_gone_and_no_operator_is_to_do_it() -> None:
    gone = [("ConfigMap", "istio-ca-root-cert"), ("GatewayClass", "istio-remote")]
    controller = {"kind": "ServiceMeshController", "metadata": {"name": "istio"}}

    assert left_behind() == gone
    assert left_behind(DEPLOYMENT) == []
    assert left_behind(controller) == []
