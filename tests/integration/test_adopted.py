"""A namespace and a service that somebody else made: labelled, left alone, and given back."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from localcloud.api import Api
from localcloud.result import Result
from tests.integration.rig import Rig, changed
from tests.localcloud.operator.objects import until

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO = ["cluster1", "cluster2"]
SHOP = "/api/v1/namespaces/shop"
WEB = f"{SHOP}/services/web"
SCOPE, AMBIENT = "solo.io/service-scope", "istio.io/dataplane-mode"
DISTRIBUTION = "networking.istio.io/traffic-distribution"
MANAGER = "pulumi.com/patchFieldManager"
ENTRY = {
    "name": "shop",
    "services": [{"name": "web", "scope": "global", "trafficDistribution": "Any"}],
}
PORT = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 80}


def make(api: Api, *, port: int = 80) -> None:
    """Make what an adopted world has of its own, by hand."""
    meta = {"name": "shop", "labels": {"team": "shop"}, "annotations": {"note": "theirs"}}
    api.create("/api/v1/namespaces", {"metadata": meta})
    meta = {"name": "web", "labels": {"app": "web"}, "annotations": {"note": "theirs"}}
    spec = {"selector": {"app": "web"}, "ports": [{**PORT, "port": port}]}
    api.create(f"{SHOP}/services", {"metadata": meta, "spec": spec})


def told(api: Api, path: str) -> dict[str, dict[str, str]]:
    """Return labels and annotations, but for the label that an API server puts on namespaces."""
    meta = api.get(path)["metadata"]
    labels = {k: v for k, v in meta["labels"].items() if k != "kubernetes.io/metadata.name"}
    return {"labels": labels, "annotations": meta.get("annotations") or {}}


def spec(api: Api) -> Any:
    return api.get(WEB)["spec"]


def configure(rig: Rig, entry: dict[str, Any]) -> None:
    rig.configure(TWO, namespaces=[entry], bookinfo={"enabled": False})


@dataclass
class Story:
    """What each chapter printed and left behind."""

    missing: Result
    different: Result
    conflict: Result
    before: dict[str, Any]
    preview: Result
    up: Result
    labelled: dict[str, Any]
    again: Result
    refresh: Result
    edited: Result
    kept: dict[str, Any]
    overridden: Result
    seen: Result
    untouched: str
    mended: Result
    destroyed: Result
    after: dict[str, Any]


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    try:
        return _lived(rig)
    finally:
        for plane in TWO:
            api = rig.api(plane)
            if api.find(SHOP) is not None:
                api.delete(SHOP)
            until(partial(_gone, api), "shop does not go")


def _gone(api: Api) -> bool:
    return api.find(SHOP) is None


def _both(api: Api) -> dict[str, Any]:
    return {"namespace": told(api, SHOP), "service": told(api, WEB), "spec": spec(api)}


def _lived(rig: Rig) -> Story:
    one, two = (rig.api(plane) for plane in TWO)
    configure(rig, ENTRY)
    make(one)
    missing = rig.fails("preview")
    make(two, port=8080)
    different = rig.fails("preview")
    two.patch(WEB, {"spec": {"ports": [PORT]}})
    one.patch(f"{SHOP}?fieldManager=their-tool", {"metadata": {"labels": {AMBIENT: "none"}}})
    conflict = rig.fails("up")
    one.patch(SHOP, {"metadata": {"labels": {AMBIENT: None}}})
    before = _both(one)
    preview = rig.run("preview")
    up = rig.run("up")
    labelled = _both(one)
    again = rig.run("up")
    refresh = rig.run("refresh", "--expect-no-changes")
    two.patch(WEB, {"metadata": {"labels": {"later": "theirs"}}})
    one.patch(WEB, {"metadata": {"labels": {"later": "theirs"}}})
    services = [{"name": "web", "scope": "global-only", "trafficDistribution": "Any"}]
    configure(rig, {**ENTRY, "services": services})
    edited = rig.run("up")
    kept = _both(one)
    one.patch(f"{WEB}?fieldManager=their-tool", {"metadata": {"labels": {SCOPE: "cluster"}}})
    overridden = rig.fails("up")
    seen = rig.run("refresh")
    untouched = told(one, WEB)["labels"][SCOPE]
    one.patch(WEB, {"metadata": {"labels": {SCOPE: None}}})
    mended = rig.run("up", "--refresh")
    destroyed = rig.run("destroy")
    return Story(
        missing=missing,
        different=different,
        conflict=conflict,
        before=before,
        preview=preview,
        up=up,
        labelled=labelled,
        again=again,
        refresh=refresh,
        edited=edited,
        kept=kept,
        overridden=overridden,
        seen=seen,
        untouched=untouched,
        mended=mended,
        destroyed=destroyed,
        after=_both(one),
    )


def test_what_is_not_there_is_refused_with_its_key(story: Story) -> None:
    line = "namespaces[0].name: found 'shop', which cluster2 does not have"
    assert line in story.missing.output


def test_a_service_that_differs_between_clusters_is_refused(story: Story) -> None:
    assert "Service shop/web spans clusters, but its ports differ" in story.different.output
    assert (
        "cluster1 has 80/TCP name http, cluster2 has 8080/TCP name http" in story.different.output
    )


def test_a_value_of_somebody_else_is_refused_with_its_holder(story: Story) -> None:
    assert f"cluster1: Namespace shop: label {AMBIENT} is 'none'" in story.conflict.output
    assert "their-tool" in story.conflict.output
    assert not changed(story.conflict), "nothing was to be touched"


def test_the_preview_lists_the_patches(story: Story) -> None:
    patches = {
        f"{plane}-namespaces-{part}"
        for plane in TWO
        for part in ("namespace.shop", "service.shop.web")
    }

    assert patches <= set(changed(story.preview))
    assert changed(story.preview) == changed(story.up)


def test_ours_come_in_addition_to_theirs(story: Story) -> None:
    manager = story.labelled["namespace"]["annotations"][MANAGER]
    assert story.labelled["namespace"] == {
        "labels": {"team": "shop", AMBIENT: "ambient"},
        "annotations": {"note": "theirs", MANAGER: manager},
    }
    service = story.labelled["service"]
    assert service["labels"] == {"app": "web", SCOPE: "global"}
    assert service["annotations"][DISTRIBUTION] == "Any"
    assert service["annotations"]["note"] == "theirs"
    assert story.labelled["spec"] == story.before["spec"]


def test_what_has_not_changed_is_not_changed(story: Story) -> None:
    assert changed(story.again) == {}
    assert changed(story.refresh) == {}


def test_an_edit_changes_only_the_service_and_keeps_what_they_wrote(story: Story) -> None:
    assert changed(story.edited) == {
        f"{plane}-namespaces-service.shop.web": "update" for plane in TWO
    }
    assert story.kept["service"]["labels"] == {
        "app": "web",
        "later": "theirs",
        SCOPE: "global-only",
    }


def test_a_label_of_ours_that_they_changed_is_told_and_stays_theirs(story: Story) -> None:
    assert f"cluster1: Service shop/web: label {SCOPE} is 'cluster'" in story.overridden.output
    assert "their-tool" in story.overridden.output
    updated = {u.rsplit("::", 1)[1] for u, op in story.seen.operations.items() if op == "update"}
    assert "cluster1-namespaces-service.shop.web" in updated | set(_refreshed(story.seen))
    assert story.untouched == "cluster"


def _refreshed(result: Result) -> list[str]:
    return [line for line in result.output.split() if line.endswith("shop.web")]


def test_once_they_give_way_it_is_put_back(story: Story) -> None:
    assert changed(story.mended) == {"cluster1-namespaces-service.shop.web": "update"}


def test_destroy_gives_back_exactly_what_was_set(story: Story) -> None:
    assert story.after["namespace"] == story.before["namespace"]
    service = story.after["service"]
    assert service["labels"] == {"app": "web", "later": "theirs"}
    assert service["annotations"] == {"note": "theirs"}
    assert story.after["spec"] == story.before["spec"]
