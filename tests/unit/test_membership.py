"""Which labels make namespaces and services part of the mesh."""

from typing import Any

import pytest

from components import ingress, manifests, membership, rules
from components.settings import Settings
from tests.mesh import settings

WORKSHOP = {
    "name": "bookinfo",
    "services": (
        {"name": "productpage", "scope": "global", "trafficDistribution": "Any"},
        {"name": "details", "scope": "global-only"},
    ),
}
FIVE_PATHS = {"/productpage", "/static", "/login", "/logout", "/api/v1/products"}


def with_entries(*entries: Any, **more: Any) -> Settings:
    return settings(["alpha", "beta"], namespaces=entries, **more)


def only(*entries: Any) -> Any:
    return with_entries(*entries).namespaces[0]


def test_a_namespace_is_ambient_unless_told_otherwise() -> None:
    assert membership.namespace_labels(only({"name": "a"})) == {
        "istio.io/dataplane-mode": "ambient"
    }
    assert membership.namespace_labels(only({"name": "a", "ambient": False})) == {}


def test_a_namespace_says_scope_distribution_and_waypoint() -> None:
    entry = only({"name": "a", "scope": "global", "trafficDistribution": "Any", "waypoint": "auto"})

    assert membership.namespace_labels(entry) == {
        "istio.io/dataplane-mode": "ambient",
        "solo.io/service-scope": "global",
        "istio.io/use-waypoint": "auto",
    }
    assert membership.namespace_annotations(entry) == {
        "networking.istio.io/traffic-distribution": "Any"
    }


def test_a_service_says_what_its_namespace_does_not() -> None:
    entry = only(WORKSHOP)

    assert membership.service_labels(entry, "productpage") == {"solo.io/service-scope": "global"}
    assert membership.service_annotations(entry, "productpage") == {
        "networking.istio.io/traffic-distribution": "Any"
    }
    assert membership.service_labels(entry, "reviews") == {}
    assert membership.service_annotations(entry, "reviews") == {}


def test_a_service_that_spans_repeats_the_distribution_of_its_namespace() -> None:
    """Istio before 1.30 does not read it from the namespace."""
    services = ({"name": "s", "scope": "global-only"}, {"name": "t", "scope": "cluster"})
    entry = only({"name": "a", "trafficDistribution": "Any", "services": services})

    assert membership.service_annotations(entry, "s") != {}
    assert membership.service_annotations(entry, "t") == {}


def test_a_service_may_stay_in_its_cluster_though_its_namespace_spans() -> None:
    entry = only({"name": "a", "scope": "global", "services": ({"name": "s", "scope": "cluster"},)})

    assert membership.scope(entry, "s") == ""
    assert membership.scope(entry, "t") == "global"
    assert membership.service_labels(entry, "s") == {"solo.io/service-scope": "cluster"}


def test_the_workshops_global_services_are_told_with_hosts_and_clusters() -> None:
    assert membership.spanning(with_entries(WORKSHOP)) == {
        "details.bookinfo": {
            "hosts": ["details.bookinfo.mesh.internal", "details.bookinfo.svc.cluster.local"],
            "clusters": ["alpha", "beta"],
        },
        "productpage.bookinfo": {
            "hosts": ["productpage.bookinfo.mesh.internal"],
            "clusters": ["alpha", "beta"],
        },
    }


def test_a_namespace_that_spans_covers_what_is_known_of_it() -> None:
    found = membership.spanning(
        with_entries(
            {"name": "bookinfo", "scope": "global", "clusters": ("beta",)},
            {"name": "shop", "scope": "global"},
        )
    )

    assert "reviews-v1.bookinfo" in found
    assert found["reviews.bookinfo"]["clusters"] == ["beta"]
    assert found["*.shop"]["hosts"] == ["*.shop.mesh.internal"]
    assert "*.bookinfo" not in found


def test_without_bookinfo_its_namespace_is_adopted_like_any_other() -> None:
    config = with_entries(WORKSHOP, bookinfo={"enabled": False})

    assert not membership.is_ours(config, config.namespaces[0])
    assert len(membership.adopted_services(config, config.namespaces[0])) == 2


def test_the_route_has_the_workshops_five_paths_to_the_global_host() -> None:
    (route,) = [obj for obj in manifests.load("ingress") if obj["kind"] == "HTTPRoute"]
    (rule,) = route["spec"]["rules"]

    assert {match["path"]["value"] for match in rule["matches"]} == FIVE_PATHS
    assert rule["backendRefs"] == [
        {
            "group": "networking.istio.io",
            "kind": "Hostname",
            "name": "productpage.bookinfo.mesh.internal",
            "port": 9080,
        }
    ]


def _with_port(name: str, kind: str, change: Any) -> list[dict[str, Any]]:
    objects = manifests.load(name)
    change(next(obj for obj in objects if obj["kind"] == kind)["spec"])
    return objects


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("192.0.2.1", 80, "http://192.0.2.1/productpage"),
        ("lb.example.com", 8080, "http://lb.example.com:8080/productpage"),
        ("2001:db8::1", 80, "http://[2001:db8::1]/productpage"),
    ],
)
def test_the_url_has_the_listeners_port(host: str, port: int, expected: str) -> None:
    def listen(spec: dict[str, Any]) -> None:
        spec["listeners"][0]["port"] = port

    assert ingress.url(host, _with_port("ingress", "Gateway", listen)) == expected


def test_a_route_to_a_port_that_the_service_lacks_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrong(spec: dict[str, Any]) -> None:
        spec["rules"][0]["backendRefs"][0]["port"] = 9081

    objects = {
        "ingress": _with_port("ingress", "HTTPRoute", wrong),
        "bookinfo": manifests.load("bookinfo"),
    }
    monkeypatch.setattr(manifests, "load", objects.__getitem__)

    [line] = rules.problems(with_entries(WORKSHOP, ingress={}))

    assert "found port 9081 of productpage.bookinfo.mesh.internal" in line
    assert "9080" in line


def test_what_is_loaded_may_be_changed_without_harm() -> None:
    manifests.load("ingress")[0]["kind"] = "Changed"

    assert manifests.load("ingress")[0]["kind"] == "Gateway"
