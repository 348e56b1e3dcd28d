"""The way out of one cluster of two: up, the same again, a caller more, a host less, destroy."""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.result import Result
from tests.integration.rig import Rig, changed
from tests.integration.test_life import REMAINS

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO = ["cluster1", "cluster2"]
GATEWAY = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-egress/gateways/egress-gateway"
ENTRIES = "/apis/networking.istio.io/v1/namespaces/bookinfo/serviceentries"
RULES = "/apis/networking.istio.io/v1/namespaces/bookinfo/destinationrules"
POLICIES = "/apis/security.istio.io/v1/namespaces/bookinfo/authorizationpolicies"
RATINGS = {"host": "httpbin.org", "allow": ["bookinfo-ratings"]}
BOTH = {"host": "httpbin.org", "allow": ["bookinfo-ratings", "bookinfo-reviews"]}
CLOSED = {"host": "example.com"}


@dataclass
class Story:
    """What each chapter printed and left behind."""

    before: dict[str, set[str]]
    preview: Result
    up: Result
    live: dict[str, Any]
    again: Result
    refresh: Result
    widened: Result
    principals: list[str]
    shortened: Result
    hosts: set[str]
    destroy: Result
    after: dict[str, set[str]]


def configure(rig: Rig, *hosts: dict[str, Any]) -> None:
    rig.configure(TWO, egress={"clusters": ["cluster1"], "hosts": list(hosts)})


def principals(rig: Rig) -> list[str]:
    spec = rig.api("cluster1").get(f"{POLICIES}/httpbin.org")["spec"]
    found: list[str] = spec["rules"][0]["from"][0]["source"]["principals"]
    return found


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    before = rig.keys(TWO)
    configure(rig, RATINGS, CLOSED)
    preview = rig.run("preview")
    up = rig.run("up")
    here = rig.api("cluster1")
    live = {
        "gateway": here.get(GATEWAY),
        "entry": here.get(f"{ENTRIES}/httpbin.org"),
        "rule": here.get(f"{RULES}/httpbin.org"),
        "open": here.get(f"{POLICIES}/httpbin.org"),
        "closed": here.get(f"{POLICIES}/example.com"),
        "elsewhere": rig.api("cluster2").find(GATEWAY),
    }
    again = rig.run("up")
    refresh = rig.run("refresh", "--expect-no-changes")
    configure(rig, BOTH, CLOSED)
    widened = rig.run("up")
    allowed = principals(rig)
    configure(rig, BOTH)
    shortened = rig.run("up")
    hosts = {item["metadata"]["name"] for item in here.items(ENTRIES)}
    destroy = rig.run("destroy")
    return Story(
        before=before,
        preview=preview,
        up=up,
        live=live,
        again=again,
        refresh=refresh,
        widened=widened,
        principals=allowed,
        shortened=shortened,
        hosts=hosts,
        destroy=destroy,
        after=rig.keys(TWO),
    )


def condition(obj: dict[str, Any], kind: str) -> str:
    return next(str(c["status"]) for c in obj["status"]["conditions"] if c["type"] == kind)


def test_the_preview_lists_what_up_makes(story: Story) -> None:
    assert changed(story.preview) == changed(story.up)


def test_one_cluster_has_a_way_out_and_the_other_has_none(story: Story) -> None:
    assert story.live["gateway"]["spec"]["gatewayClassName"] == "istio-waypoint"
    assert condition(story.live["gateway"], "Programmed") == "True"
    assert story.live["elsewhere"] is None
    assert not [name for name in changed(story.up) if name.startswith("cluster2-egress")]


def test_a_host_is_bound_to_the_gateway_encrypted_and_closed_but_to_its_callers(
    story: Story,
) -> None:
    assert condition(story.live["entry"], "istio.io/WaypointBound") == "True"
    assert story.live["rule"]["spec"]["trafficPolicy"]["tls"] == {"mode": "SIMPLE"}
    for policy in ("open", "closed"):
        assert condition(story.live[policy], "WaypointAccepted") == "True"
    source = {"principals": ["cluster1/ns/bookinfo/sa/bookinfo-ratings"]}
    assert story.live["open"]["spec"]["rules"] == [{"from": [{"source": source}]}]
    assert "rules" not in story.live["closed"]["spec"], "nobody is allowed, so that nobody may"


def test_what_has_not_changed_is_not_changed(story: Story) -> None:
    assert changed(story.again) == {}
    assert changed(story.refresh) == {}


def test_one_more_caller_changes_the_policy_and_nothing_else(story: Story) -> None:
    assert changed(story.widened) == {"cluster1-egress-policy.httpbin.org": "update"}
    assert story.principals == [
        f"cluster1/ns/bookinfo/sa/bookinfo-{name}" for name in ("ratings", "reviews")
    ]


def test_a_host_that_goes_takes_its_three_objects_along_the_entry_first(story: Story) -> None:
    kinds = ("entry", "policy", "rule")
    assert changed(story.shortened) == {
        f"cluster1-egress-{kind}.example.com": "delete" for kind in kinds
    }
    assert story.hosts == {"httpbin.org"}
    assert deleted(story.shortened)[0] == "cluster1-egress-entry.example.com"


def test_destroy_unbinds_hosts_before_their_policies_and_gateway_go(story: Story) -> None:
    order = [name for name in deleted(story.destroy) if name.startswith("cluster1-egress-")]
    entry = order.index("cluster1-egress-entry.httpbin.org")

    for later in ("policy.httpbin.org", "rule.httpbin.org", "gateway", "namespace"):
        assert entry < order.index(f"cluster1-egress-{later}"), order


def deleted(result: Result) -> list[str]:
    """Return what was deleted, in the order in which the deletions ended."""
    found = []
    for event in result.events:
        outputs = event.get("resOutputsEvent", {}).get("metadata", {})
        if outputs.get("op") == "delete":
            found.append(outputs["urn"].rsplit("::", 1)[1])
    return found


def test_destroy_leaves_etcd_as_it_was(story: Story) -> None:
    for plane, keys in story.after.items():
        new = keys - story.before[plane]
        assert not {k for k in new if not any(re.fullmatch(p, k) for p in REMAINS)}, plane
