"""Waypoints and the way out in the graph: which object waits for which, and on which cluster."""

import pytest

from tests.engine import Recorder
from tests.mesh import build, everything


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(everything())


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("egress-gateway", "egress-namespace"),
        ("egress-gateway", "mesh-controller"),
        ("egress-policy.httpbin.org", "mesh-controller"),
        ("egress-policy.httpbin.org", "bookinfo-namespace"),
        ("egress-policy.example.com", "namespaces-namespace.shop"),
        ("egress-entry.httpbin.org", "egress-gateway"),
        ("egress-entry.httpbin.org", "egress-policy.httpbin.org"),
        ("egress-entry.httpbin.org", "egress-rule.httpbin.org"),
        ("waypoint.shop-gateway", "namespaces-namespace.shop"),
        ("waypoint.shop-gateway", "mesh-controller"),
        ("waypoint.bookinfo-reviews-httproute", "bookinfo-namespace"),
        ("waypoint.bookinfo-reviews-httproute", "mesh-controller"),
    ],
)
def test_up_waits_and_destroy_runs_backwards(mesh: Recorder, later: str, earlier: str) -> None:
    for cluster in ("cluster1", "cluster2"):
        assert f"{cluster}-{earlier}" in mesh.reachable(f"{cluster}-{later}")


def test_a_waypoint_called_auto_is_never_ours(mesh: Recorder) -> None:
    for name, request in mesh.seen.items():
        if request.type.endswith(":Gateway"):
            assert mesh.inputs(name)["metadata"]["name"] != "auto"


def test_a_host_is_bound_by_labels_of_its_own(mesh: Recorder) -> None:
    labels = mesh.inputs("cluster1-egress-entry.httpbin.org")["metadata"]["labels"]

    assert labels == {
        "istio.io/use-waypoint": "egress-gateway",
        "istio.io/use-waypoint-namespace": "istio-egress",
    }


def test_each_cluster_names_its_own_callers() -> None:
    names = ("cluster1", "cluster2")
    clusters = [{"name": name, "context": name, "trustDomain": f"{name}.test"} for name in names]
    mesh = build(everything(clusters=clusters))

    for cluster in ("cluster1", "cluster2"):
        spec = mesh.inputs(f"{cluster}-egress-policy.httpbin.org")["spec"]
        principals = spec["rules"][0]["from"][0]["source"]["principals"]
        assert all(principal.startswith(f"{cluster}.test/ns/") for principal in principals)


def test_a_cluster_that_is_not_chosen_has_no_way_out() -> None:
    egress = {"clusters": ["cluster2"], "hosts": [{"host": "httpbin.org"}]}
    names = build(everything(egress=egress)).seen

    assert "cluster2-egress-entry.httpbin.org" in names
    assert not [name for name in names if name.startswith("cluster1-egress")]
