"""Services that span two clusters and the way in to them: up, the same again, one edit, destroy."""

from dataclasses import dataclass
from typing import Any

import pytest

from localcloud.result import Result
from tests.integration.rig import SHORT_WAITS, Rig, changed

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO = ["cluster1", "cluster2"]
ENTRIES = "/apis/networking.istio.io/v1/namespaces/istio-system"
ROUTE = "/apis/gateway.networking.k8s.io/v1/namespaces/bookinfo/httproutes/bookinfo"
GATEWAY = "/apis/gateway.networking.k8s.io/v1/namespaces/bookinfo/gateways/bookinfo-gateway"
PROXY = "/api/v1/namespaces/bookinfo/services/bookinfo-gateway-istio"
SERVICE = "/api/v1/namespaces/bookinfo/services/productpage"
PAGE = {"name": "productpage", "scope": "global", "trafficDistribution": "Any"}
DETAILS = {"name": "details", "scope": "global-only"}
OWN = {"name": "shop", "create": True, "scope": "global", "clusters": ["cluster2"]}


@dataclass
class Story:
    """What each chapter printed and left behind."""

    preview: Result
    up: Result
    again: Result
    refresh: Result
    outputs: dict[str, Any]
    live: dict[str, Any]
    edited: Result
    entries_after_edit: set[str]
    refused: Result
    broken: Result
    mended: Result
    left: dict[str, list[Any]]
    etcd: dict[str, set[str]]


def entries(rig: Rig, plane: str) -> set[str]:
    return {
        item["metadata"]["name"]
        for kind in ("serviceentries", "workloadentries")
        for item in rig.api(plane).items(f"{ENTRIES}/{kind}")
    }


def configure(rig: Rig, *services: dict[str, str], **more: Any) -> None:
    namespaces = [{"name": "bookinfo", "services": list(services)}, OWN]
    values = {"namespaces": namespaces, "ingress": {"clusters": ["cluster1"]}, **more}
    rig.configure(TWO, **values)


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    configure(rig, PAGE, DETAILS)
    preview = rig.run("preview")
    up = rig.run("up")
    live = {
        "entries": {plane: entries(rig, plane) for plane in TWO},
        "route": rig.api("cluster1").get(ROUTE),
        "proxy": rig.api("cluster1").get(PROXY),
        "elsewhere": rig.api("cluster2").find(GATEWAY),
        "shop": rig.api("cluster2").get("/api/v1/namespaces/shop"),
        "nowhere": rig.api("cluster1").find("/api/v1/namespaces/shop"),
    }
    outputs = rig.stack.outputs()
    again = rig.run("up")
    refresh = rig.run("refresh", "--expect-no-changes")
    configure(rig, PAGE)
    edited = rig.run("up")
    entries_after_edit = entries(rig, "cluster1")
    configure(rig, DETAILS)
    refused = rig.fails("preview")
    configure(rig, PAGE, timeouts=SHORT_WAITS | {"gateway": "3s"})
    rig.api("cluster1").patch(SERVICE, {"metadata": {"labels": {"solo.io/service-scope": None}}})
    broken = rig.fails("up")
    configure(rig, PAGE)
    mended = rig.run("up", "--refresh")
    rig.run("destroy")
    return Story(
        preview=preview,
        up=up,
        again=again,
        refresh=refresh,
        outputs=outputs,
        live=live,
        edited=edited,
        entries_after_edit=entries_after_edit,
        refused=refused,
        broken=broken,
        mended=mended,
        left={plane: rig.api(plane).items(f"{ENTRIES}/serviceentries") for plane in TWO},
        etcd=rig.keys(TWO),
    )


def test_the_preview_lists_what_up_makes(story: Story) -> None:
    assert changed(story.preview) == changed(story.up)


def test_each_cluster_has_an_entry_for_the_others_endpoints(story: Story) -> None:
    for plane, other in (("cluster1", "cluster2"), ("cluster2", "cluster1")):
        names = {f"autogen.bookinfo.{name}" for name in ("productpage", "details")}
        names |= {f"autogen.{other}.bookinfo.{name}" for name in ("productpage", "details")}
        assert story.live["entries"][plane] == names


def test_outputs_tell_the_hosts_and_the_way_in(story: Story) -> None:
    found = story.outputs["globalServices"]
    assert found["productpage.bookinfo"] == {
        "hosts": ["productpage.bookinfo.mesh.internal"],
        "clusters": TWO,
    }
    assert "details.bookinfo.svc.cluster.local" in found["details.bookinfo"]["hosts"]
    assert found["*.shop"]["clusters"] == ["cluster2"]
    address = story.live["proxy"]["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert story.outputs["url"] == {"cluster1": f"http://{address}/productpage"}


def test_the_route_is_taken_up_with_its_global_host(story: Story) -> None:
    (parent,) = story.live["route"]["status"]["parents"]

    assert {(c["type"], c["status"]) for c in parent["conditions"]} == {
        ("Accepted", "True"),
        ("ResolvedRefs", "True"),
    }
    assert story.live["elsewhere"] is None, "cluster2 exposes nothing"


def test_a_namespace_is_made_where_it_is_listed(story: Story) -> None:
    labels = story.live["shop"]["metadata"]["labels"]

    assert labels["istio.io/dataplane-mode"] == "ambient"
    assert labels["solo.io/service-scope"] == "global"
    assert story.live["nowhere"] is None


def test_what_has_not_changed_is_not_changed(story: Story) -> None:
    assert changed(story.again) == {}
    assert changed(story.refresh) == {}


def test_a_service_that_spans_no_more_is_all_that_changes(story: Story) -> None:
    assert changed(story.edited) == {f"{plane}-bookinfo-details-service": "update" for plane in TWO}
    assert "autogen.bookinfo.details" not in story.entries_after_edit
    assert "autogen.bookinfo.productpage" in story.entries_after_edit


def test_an_ingress_to_a_page_without_a_global_name_is_refused(story: Story) -> None:
    assert "ambientmesh:ingress: found Bookinfo's productpage without" in story.refused.output


def test_a_route_whose_host_went_is_named_until_the_label_is_back(story: Story) -> None:
    assert "cluster1: HTTPRoute bookinfo/bookinfo: ResolvedRefs=False" in story.broken.output
    assert "productpage.bookinfo.mesh.internal" in story.broken.output
    assert changed(story.mended) == {"cluster1-bookinfo-productpage-service": "update"}


def test_destroy_leaves_no_entry_no_namespace_and_no_load_balancer(story: Story) -> None:
    assert story.left == {"cluster1": [], "cluster2": []}
    for keys in story.etcd.values():
        left = [key for key in keys if "/bookinfo" in key or "/shop" in key]
        # Events of cluster-scoped kinds are in namespace default, and expire by themselves.
        assert not [key for key in left if not key.startswith("/registry/events/")]
        assert not [key for key in keys if key.startswith("/registry/networking.istio.io/")]
