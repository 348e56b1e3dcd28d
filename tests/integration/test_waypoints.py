"""Waypoints, istiod's own and named ones, and the reviews route: up, again, one edit, destroy."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.result import Result
from tests.integration.rig import Rig, changed
from tests.integration.test_life import REMAINS

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO = ["cluster1", "cluster2"]
GATEWAYS = "/apis/gateway.networking.k8s.io/v1/namespaces/{}/gateways"
ROUTE = "/apis/gateway.networking.k8s.io/v1/namespaces/bookinfo/httproutes/reviews"
REVIEWS = "/api/v1/namespaces/bookinfo/services/reviews"
AUTO = {"name": "bookinfo", "waypoint": "auto"}
PAGE = {"services": [{"name": "productpage", "scope": "global"}]}
SHOP = {"name": "shop", "create": True, "waypoint": "shop-waypoint", "clusters": ["cluster2"]}


@dataclass
class Story:
    """What each chapter printed and left behind."""

    before: dict[str, set[str]]
    preview: Result
    up: Result
    live: dict[str, Any]
    again: Result
    refresh: Result
    refused: Result
    off: Result
    gateways: dict[str, list[str]]
    blocked: Result
    after: dict[str, set[str]]


def configure(rig: Rig, *namespaces: dict[str, Any], route: bool) -> None:
    rig.configure(TWO, namespaces=list(namespaces), bookinfo={"reviewsRoute": route})


def gateways(rig: Rig, plane: str, namespace: str) -> list[str]:
    found = rig.api(plane).items(GATEWAYS.format(namespace))
    return [item["metadata"]["name"] for item in found]


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    before = rig.keys(TWO)
    configure(rig, {**AUTO, **PAGE}, SHOP, route=True)
    preview = rig.run("preview")
    up = rig.run("up")
    live = {
        "auto": [rig.api(p).get(f"{GATEWAYS.format('bookinfo')}/auto") for p in TWO],
        "named": rig.api("cluster2").get(f"{GATEWAYS.format('shop')}/shop-waypoint"),
        "routes": [rig.api(plane).get(ROUTE) for plane in TWO],
        "reviews": rig.api("cluster1").get(REVIEWS),
    }
    again = rig.run("up")
    refresh = rig.run("refresh", "--expect-no-changes")
    configure(rig, PAGE | {"name": "bookinfo"}, SHOP, route=True)
    refused = rig.fails("up")
    configure(rig, PAGE | {"name": "bookinfo"}, SHOP, route=False)
    off = rig.run("up")
    left = {plane: gateways(rig, plane, "bookinfo") for plane in TWO}
    foreign = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "auto", "namespace": "bookinfo"},
        "spec": {
            "gatewayClassName": "somebody-elses",
            "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}],
        },
    }
    rig.api("cluster1").create(GATEWAYS.format("bookinfo"), foreign)
    configure(rig, {**AUTO, **PAGE}, SHOP, route=False)
    blocked = rig.fails("up")
    rig.run("destroy")
    return Story(
        before=before,
        preview=preview,
        up=up,
        live=live,
        again=again,
        refresh=refresh,
        refused=refused,
        off=off,
        gateways=left,
        blocked=blocked,
        after=rig.keys(TWO),
    )


def told(obj: dict[str, Any]) -> set[tuple[str, str]]:
    return {(c["type"], c["status"]) for c in obj["status"]["conditions"]}


def test_the_preview_lists_what_up_makes_and_warns_of_weak_failover_once(story: Story) -> None:
    assert changed(story.preview) == changed(story.up)
    warned = [e for e in story.preview.events if "57537" in str(e.get("diagnosticEvent", {}))]
    assert len(warned) == 1
    assert "productpage.bookinfo" in str(warned)


def test_up_ends_when_every_waypoint_serves(story: Story) -> None:
    for gateway in [*story.live["auto"], story.live["named"]]:
        assert gateway["spec"]["gatewayClassName"] == "istio-waypoint"
        assert ("Programmed", "True") in told(gateway)
    assert not [n for n in changed(story.up) if n == "cluster1-waypoint.bookinfo-gateway"], (
        "a waypoint called auto is istiod's to make"
    )
    assert ("istio.io/WaypointBound", "True") in told(story.live["reviews"])


def test_the_route_is_taken_up_in_every_cluster(story: Story) -> None:
    for route in story.live["routes"]:
        (parent,) = route["status"]["parents"]
        assert parent["parentRef"]["kind"] == "Service"
        assert {("Accepted", "True"), ("ResolvedRefs", "True")} <= told({"status": parent})


def test_what_has_not_changed_is_not_changed(story: Story) -> None:
    assert changed(story.again) == {}
    assert changed(story.refresh) == {}


def test_a_route_without_a_waypoint_is_refused(story: Story) -> None:
    assert "ambientmesh:bookinfo.reviewsRoute: found true" in story.refused.output
    assert "waypoint: auto" in story.refused.output


def test_a_waypoint_that_is_taken_out_takes_its_label_and_route_along(story: Story) -> None:
    assert changed(story.off) == {
        name: op
        for plane in TWO
        for name, op in (
            (f"{plane}-bookinfo-namespace", "update"),
            (f"{plane}-waypoint.bookinfo", "delete"),
            (f"{plane}-waypoint.bookinfo-reviews-httproute", "delete"),
        )
    }
    assert story.gateways == {plane: [] for plane in TWO}, "istiod's own goes with the label"


def test_a_gateway_of_somebody_elses_under_the_name_is_refused(story: Story) -> None:
    assert (
        "namespaces[0].waypoint: found 'auto', but cluster1 has a Gateway" in story.blocked.output
    )
    assert "class somebody-elses" in story.blocked.output


def test_destroy_leaves_etcd_as_it_was(story: Story) -> None:
    for plane, keys in story.after.items():
        new = keys - story.before[plane]
        assert not {k for k in new if not any(re.fullmatch(p, k) for p in REMAINS)}, plane
