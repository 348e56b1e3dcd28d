"""A mesh by Istio's own charts: from nothing, to a newer version, and back to nothing.

The story runs once; every test asks it one question. One of the two planes has CRDs that somebody
else made: of the Gateway API all of them, of Istio one.
"""

import base64
import json
import re
import subprocess
from dataclasses import dataclass
from typing import Any, Final

import pytest

from localcloud.crds import crds
from localcloud.families import direct, module_folder
from localcloud.istio_charts import MADE
from localcloud.paths import CHECKOUT, GO_MODULES
from localcloud.result import Result
from tests.integration.rig import CHART, LICENSE, SHORT_WAITS, Api, Rig
from tests.integration.test_life import REMAINS

pytestmark = [pytest.mark.engine, pytest.mark.planes]

TWO: Final = ["cluster1", "cluster2"]
OLD, NEW = "1.26.2", "1.28.3-patch0"
PINS: Final = {OLD: "crds-gateway-api-1.3", NEW: "crds"}
CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SYSTEM: Final = "/namespaces/istio-system"
BUNDLE: Final = "gateway.networking.k8s.io/bundle-version"
OWNER: Final = "ambientmesh.dev/owner"
ENVOY_FILTERS: Final = "envoyfilters.networking.istio.io"
YAML: Final = "application/apply-patch+yaml"
GATEWAY_API: Final = ".gateway.networking.k8s.io"


def gateway_api(version: str) -> str:
    """Return the folder with the Gateway API's CRDs that a mesh version is built against."""
    go_mod = (CHECKOUT / "tools" / PINS[version] / "go.mod").read_text(encoding="utf-8")
    module = "sigs.k8s.io/gateway-api"
    return str(module_folder(module, direct(go_mod)[module], GO_MODULES) / "config/crd/standard")


def configure(rig: Rig, version: str, platform: str | None = None, install: str = "helm") -> None:
    clusters = [{"name": name, "context": f"local-{name}"} for name in TWO]
    if platform:
        clusters[0]["platform"] = platform
    values = {
        "kubeconfig": str(rig.world.kubeconfig),
        "clusters": clusters,
        "meshVersion": version,
        "mesh": {"install": install},
        "charts": {"glooOperator": CHART, "istio": str(MADE), "gatewayApi": gateway_api(version)},
        "timeouts": SHORT_WAITS,
    }
    rig.stack.configure({f"ambientmesh:{key}": value for key, value in values.items()})
    rig.stack.set_secret("ambientmesh:licenseKey", LICENSE)


def mesh_crds(api: Api) -> dict[str, dict[str, Any]]:
    """Return the annotations of every CRD of the mesh, by its name."""
    return {
        item["metadata"]["name"]: item["metadata"].get("annotations", {})
        for item in api.items(CRDS)
        if re.search(r"gateway\.networking\.k8s\.io$|\.istio\.io$", item["metadata"]["name"])
    }


def bare(api: Api) -> None:
    """Remove the CRDs that other meshes left behind, so that this one begins with nothing."""
    for name in mesh_crds(api):
        api.delete(f"{CRDS}/{name}")
    while mesh_crds(api):
        pass


@dataclass
class Story:
    """What each chapter printed, did and left behind."""

    before: dict[str, set[str]]
    first_preview: Result
    first_up: Result
    verified: "subprocess.CompletedProcess[str]"
    outputs: dict[str, Any]
    first_crds: dict[str, dict[str, dict[str, Any]]]
    pods: dict[str, Any]
    license: dict[str, Any]
    second_up: Result
    refresh: Result
    upgraded: Result
    upgraded_outputs: dict[str, Any]
    crds: dict[str, dict[str, dict[str, Any]]]
    edited: Result
    quotas: dict[str, set[str]]
    switched: Result
    after_switch: Result
    destroy: Result
    after: dict[str, set[str]]
    left_crds: dict[str, dict[str, dict[str, Any]]]
    written: dict[str, str]


@pytest.fixture(scope="module")
def story(rig: Rig) -> Story:
    one, two = rig.api("cluster1"), rig.api("cluster2")
    bare(one)
    bare(two)
    for crd in crds(NEW):
        if crd.bundle or crd.name == ENVOY_FILTERS:
            two.call("PATCH", f"{CRDS}/{crd.name}?fieldManager=somebody", crd.text, YAML)
    before = rig.keys(TWO)
    configure(rig, OLD)
    first_preview = rig.run("preview")
    first_up = rig.run("up")
    verified = rig.verify()
    outputs = rig.stack.outputs()
    first_crds = {"cluster1": mesh_crds(one), "cluster2": mesh_crds(two)}
    pods = one.get(f"/api/v1{SYSTEM}/pods")
    license_secret = one.get(f"/api/v1{SYSTEM}/secrets/solo-istio-license")
    second_up = rig.run("up")
    refresh = rig.run("refresh", "--expect-no-changes")
    configure(rig, NEW)
    upgraded = rig.run("up")
    upgraded_outputs = rig.stack.outputs()
    after_upgrade = {"cluster1": mesh_crds(one), "cluster2": mesh_crds(two)}
    configure(rig, NEW, "gke")
    edited = rig.run("up")
    quotas = {
        plane: {
            q["metadata"]["name"] for q in rig.api(plane).items(f"/api/v1{SYSTEM}/resourcequotas")
        }
        for plane in TWO
    }
    configure(rig, NEW, install="operator")  # which reads no platform
    switched = rig.fails("preview")
    configure(rig, NEW, "gke")
    after_switch = rig.run("preview", "--expect-no-changes")
    home = rig.stack.home
    written = {
        str(path): path.read_text("utf-8", errors="replace")
        for path in home.rglob("*")
        if path.is_file() and path.name != "passphrase"
    }
    destroy = rig.run("destroy")
    return Story(
        before=before,
        first_preview=first_preview,
        first_up=first_up,
        verified=verified,
        outputs=outputs,
        first_crds=first_crds,
        pods=pods,
        license=license_secret,
        second_up=second_up,
        refresh=refresh,
        upgraded=upgraded,
        upgraded_outputs=upgraded_outputs,
        crds=after_upgrade,
        edited=edited,
        quotas=quotas,
        switched=switched,
        after_switch=after_switch,
        destroy=destroy,
        after=rig.keys(TWO),
        left_crds={"cluster1": mesh_crds(one), "cluster2": mesh_crds(two)},
        written=written,
    )


def names(result: Result) -> dict[str, str]:
    """Return what was touched, with the operation, but for the stack itself."""
    touched = {u: op for u, op in result.operations.items() if op not in ("same", "read")}
    found = {urn.rsplit("::", 1)[1]: op for urn, op in touched.items()}
    return {name: op for name, op in found.items() if name != "ambientmesh-test"}


def test_the_first_preview_lists_what_up_creates(story: Story) -> None:
    assert names(story.first_preview) == names(story.first_up)
    assert set(names(story.first_up).values()) == {"create"}


def test_a_cluster_costs_few_resources(story: Story) -> None:
    mine = [name for name in names(story.first_up) if name.startswith("cluster1-mesh")]

    assert sorted(mine) == [
        "cluster1-mesh",
        "cluster1-mesh-base",
        "cluster1-mesh-cni",
        "cluster1-mesh-gateway-api",
        "cluster1-mesh-istiod",
        "cluster1-mesh-license",
        "cluster1-mesh-ztunnel",
    ]


@pytest.mark.parametrize(("chapter", "version"), [("outputs", OLD), ("upgraded_outputs", NEW)])
def test_both_versions_end_connected_with_the_outputs_of_the_other_route(
    story: Story, chapter: str, version: str
) -> None:
    outputs: dict[str, Any] = getattr(story, chapter)

    assert set(outputs["links"].values()) == {"connected"}
    assert {c["meshVersion"] for c in outputs["clusters"].values()} == {version}
    assert {c["trustDomain"] for c in outputs["clusters"].values()} == set(TWO)


def test_verify_finds_both_links_green(story: Story) -> None:
    assert story.verified.returncode == 0, story.verified.stdout + story.verified.stderr
    assert "2 of 2 links are connected" in story.verified.stdout


def test_what_has_not_changed_is_not_changed(story: Story) -> None:
    for result in (story.second_up, story.refresh, story.after_switch):
        assert names(result) == {} or set(names(result).values()) == {"refresh"}, result.output


def test_istiod_is_told_cluster_network_trust_domain_and_license(story: Story) -> None:
    (pod,) = [
        pod for pod in story.pods["items"] if pod["metadata"]["labels"].get("app") == "istiod"
    ]
    container = pod["spec"]["containers"][0]
    env = {item["name"]: item for item in container["env"]}

    assert container["image"].endswith(f"/pilot:{OLD}-solo")
    for name in ("CLUSTER_ID", "NETWORK", "TRUST_DOMAIN"):
        assert env[name]["value"] == "cluster1"
    reference = env["SOLO_LICENSE_KEY"]["valueFrom"]["secretKeyRef"]
    assert base64.b64decode(story.license["data"][reference["key"]]).decode() == LICENSE


def test_the_license_is_readable_nowhere(story: Story) -> None:
    secrets = [LICENSE, base64.b64encode(LICENSE.encode()).decode()]
    chapters = [value for value in vars(story).values() if isinstance(value, Result)]
    told = {str(i): c.output + json.dumps(c.events) for i, c in enumerate(chapters)}

    for where, text in (story.written | told).items():
        assert not [secret for secret in secrets if secret in text], where


def test_missing_crds_are_made_with_the_stacks_mark_and_upgraded(story: Story) -> None:
    for chapter, bundle in ((story.first_crds, "v1.3.0"), (story.crds, "v1.4.1")):
        made = [a for name, a in chapter["cluster1"].items() if name.endswith(GATEWAY_API)]
        assert len(made) >= 5
        assert {item[BUNDLE] for item in made} == {bundle}
        assert {item[OWNER] for item in made} == {"organization/ambientmesh/test"}


def test_crds_of_somebody_else_are_left_as_they_are(story: Story) -> None:
    for chapter in (story.first_crds, story.crds, story.left_crds):
        theirs = chapter["cluster2"]
        assert {a[BUNDLE] for n, a in theirs.items() if n.endswith(GATEWAY_API)} == {"v1.4.1"}
        assert not [n for n, a in theirs.items() if OWNER in a]
        assert "meta.helm.sh/release-name" not in theirs[ENVOY_FILTERS]
        assert theirs["serviceentries.networking.istio.io"]["meta.helm.sh/release-name"]
    assert "cluster2-mesh-gateway-api" not in names(story.first_up)


def test_a_new_version_updates_releases_and_gateways_and_replaces_nothing(story: Story) -> None:
    assert names(story.upgraded) == dict.fromkeys(
        {
            "cluster1-mesh-gateway-api",
            "cluster1-to-cluster2-peering-gateway",
            "cluster2-to-cluster1-peering-gateway",
            *(f"{c}-eastwest-gateway" for c in TWO),
            *(f"{c}-mesh-{chart}" for c in TWO for chart in ("istiod", "cni", "ztunnel")),
        },
        "update",
    )


def test_one_clusters_platform_touches_that_cluster_only(story: Story) -> None:
    updated = dict.fromkeys(
        (f"cluster1-mesh-{chart}" for chart in ("base", "istiod", "cni", "ztunnel")), "update"
    )

    assert names(story.edited) == updated | {"cluster1-mesh-quota": "create"}
    assert story.quotas == {
        # Ours, and those that the charts make when they are told of the platform.
        "cluster1": {"gcp-critical-pods", "istio-cni-resource-quota", "ztunnel"},
        "cluster2": set(),
    }


def test_the_other_route_is_refused_and_touches_nothing(story: Story) -> None:
    assert "nothing was touched" in story.switched.output
    for plane in TWO:
        line = f"mesh.install: found 'operator', but {plane} has Helm release istio-system/istiod"
        assert line in story.switched.output
    assert names(story.switched) == {}


def test_destroy_leaves_etcd_as_it_was_and_crds_for_those_who_use_them(story: Story) -> None:
    for plane, keys in story.after.items():
        left = {
            key
            for key in keys - story.before[plane]
            if not any(re.fullmatch(pattern, key) for pattern in REMAINS)
        }
        assert not left, f"{plane}: {sorted(left)}"
    assert set(story.left_crds["cluster1"]) == set(story.crds["cluster1"])
