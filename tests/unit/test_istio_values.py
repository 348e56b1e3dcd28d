"""What Istio's charts are told, by the oldest and by the newest documented version."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import istio_values
from components.charts import ISTIO_CHARTS
from components.models import Settings
from localcloud.families import module_folder, requirements
from localcloud.istio_charts import SOURCE
from localcloud.paths import BIN, CHECKOUT, GO_MODULES
from tests.mesh import HOST_KEY

OLD, NEW = "1.26.2", "1.28.3-patch0"
HUB = "us-docker.pkg.dev/soloio-img/istio"


def asked(version: str = NEW, platform: str | None = None, **values: Any) -> Settings:
    cluster = {"name": "alpha", "context": "a", "network": "net", "trustDomain": "td.test"}
    if platform:
        cluster["platform"] = platform
    content = {"clusters": [cluster], "meshVersion": version, **values}
    return Settings.model_validate_json(json.dumps(content))


def all_values(settings: Settings) -> dict[str, dict[str, Any]]:
    (cluster,) = settings.clusters
    return {
        "base": istio_values.base(cluster, ()),
        "istiod": istio_values.istiod(settings, cluster, licensed=True),
        "cni": istio_values.cni(settings, cluster),
        "ztunnel": istio_values.ztunnel(settings, cluster),
    }


def test_istiod_of_the_newest_version() -> None:
    assert all_values(asked())["istiod"] == {
        "profile": "ambient",
        "env": {
            "PILOT_ENABLE_IP_AUTOALLOCATE": "true",
            "PILOT_SKIP_VALIDATE_TRUST_DOMAIN": "true",
            "DISABLE_LEGACY_MULTICLUSTER": "true",
        },
        "global": {
            "hub": HUB,
            "tag": "1.28.3-patch0-solo",
            "multiCluster": {"clusterName": "alpha", "enabled": True},
            "network": "net",
            "proxy": {"clusterDomain": "cluster.local"},
        },
        "istio_cni": {"enabled": True, "namespace": "istio-system"},
        "meshConfig": {
            "accessLogFile": "/dev/stdout",
            "defaultConfig": {
                "proxyMetadata": {
                    "ISTIO_META_DNS_AUTO_ALLOCATE": "true",
                    "ISTIO_META_DNS_CAPTURE": "true",
                }
            },
            "trustDomain": "td.test",
        },
        "platforms": {"peering": {"enabled": True}},
        "license": {"secretRef": {"name": "solo-istio-license", "namespace": "istio-system"}},
    }


def test_istiod_of_the_workshops_first_version_has_no_values_of_later_ones() -> None:
    values = all_values(asked(OLD))["istiod"]

    assert values["global"]["tag"] == "1.26.2-solo"
    assert values["global"]["multiCluster"] == {"clusterName": "alpha"}
    assert "DISABLE_LEGACY_MULTICLUSTER" not in values["env"]
    assert values["meshConfig"]["trustDomain"] == "td.test"
    assert values["platforms"] == {"peering": {"enabled": True}}


@pytest.mark.parametrize("version", [OLD, NEW])
def test_the_data_plane_of_both_versions(version: str) -> None:
    values = all_values(asked(version))

    assert values["cni"] == {
        "profile": "ambient",
        "ambient": {"dnsCapture": True},
        "excludeNamespaces": ["istio-system", "kube-system"],
        "global": {"hub": HUB, "tag": f"{version}-solo", "variant": "distroless"},
    }
    assert values["ztunnel"] == {
        "profile": "ambient",
        "enabled": True,
        "configValidation": True,
        "hub": HUB,
        "tag": f"{version}-solo",
        "variant": "distroless",
        "env": {"L7_ENABLED": "true", "SKIP_VALIDATE_TRUST_DOMAIN": "true"},
        "istioNamespace": "istio-system",
        "namespace": "istio-system",
        "multiCluster": {"clusterName": "alpha"},
        "network": "net",
        "proxy": {"clusterDomain": "cluster.local"},
        "terminationGracePeriodSeconds": 29,
    }
    assert values["base"] == {"profile": "ambient", "defaultRevision": ""}


def test_istiod_takes_the_tokens_of_machines_where_there_are_some() -> None:
    ssh = {"host": "vm.test", "hostKey": HOST_KEY}
    joined = asked(vms=[{"name": "vm1", "cluster": "alpha", "ssh": ssh}])

    assert all_values(joined)["istiod"]["env"]["REQUIRE_3P_TOKEN"] == "false"  # noqa: S105 a switch
    assert "REQUIRE_3P_TOKEN" not in all_values(asked())["istiod"]["env"]


def test_without_a_license_no_secret_is_named() -> None:
    (cluster,) = asked().clusters

    assert "license" not in istio_values.istiod(asked(), cluster, licensed=False)


def test_a_platform_reaches_all_four_charts() -> None:
    for name, values in all_values(asked(platform="gke")).items():
        assert values["global"]["platform"] == "gke", f"{name} would fall back to plain Kubernetes"


def test_on_openshift_istiod_finds_ztunnel_where_it_is() -> None:
    values = all_values(asked(platform="openshift"))["istiod"]

    assert values["trustedZtunnelNamespace"] == "istio-system", "its profile says kube-system"


def test_fips_is_another_image_of_the_same_chart() -> None:
    settings = asked(distribution="FIPS")

    assert istio_values.tag(settings) == "1.28.3-patch0-solo-fips"
    assert istio_values.chart_version(settings) == "1.28.3-patch0-solo"


def test_a_mirror_is_where_every_image_comes_from() -> None:
    values = all_values(asked(mesh={"install": "helm", "hub": "mirror.test/istio"}))

    hubs = [values["istiod"]["global"]["hub"], values["cni"]["global"]["hub"]]
    assert [*hubs, values["ztunnel"]["hub"]] == ["mirror.test/istio"] * 3


def test_foreign_crds_are_left_out_in_a_stable_order() -> None:
    (cluster,) = asked().clusters

    assert istio_values.base(cluster, ["b", "a"])["base"] == {"excludedCRDs": ["a", "b"]}


def _template(chart: Path, values: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    argv = [str(BIN / "helm"), "template", "x", str(chart), "-n", "istio-system", "-f", "-"]
    return subprocess.run(  # noqa: S603
        argv, input=yaml.safe_dump(values), capture_output=True, text=True, check=False
    )


@pytest.mark.planes
@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("platform", [None, "gke", "openshift"])
@pytest.mark.parametrize("chart", ["istiod", "cni", "ztunnel"])
def test_the_stand_in_charts_take_what_is_documented(
    version: str, platform: str | None, chart: str
) -> None:
    done = _template(SOURCE / chart, all_values(asked(version, platform))[chart])

    assert done.returncode == 0, done.stderr
    quotas = [d for d in yaml.safe_load_all(done.stdout) if d["kind"] == "ResourceQuota"]
    assert len(quotas) == (1 if platform == "gke" and chart != "istiod" else 0)


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "cni keys under cni": ("cni", {"cni": {"ambient": {"dnsCapture": True}}}, "cni"),
    "hub under global": ("ztunnel", {"global": {"hub": HUB}}, "hub"),
    "hub at the top": ("istiod", {"hub": HUB}, "hub"),
    "a tag without -solo": ("cni", {"global": {"tag": "1.28.3"}}, "tag"),
    "env that is no text": ("istiod", {"env": {"PILOT_ENABLE_IP_AUTOALLOCATE": True}}, "string"),
    "a misspelt peering": ("istiod", {"platforms": {"peer": {"enabled": True}}}, "peer"),
    "trust domain under global": ("istiod", {"global": {"trustDomain": "td"}}, "trustDomain"),
    "another platform": ("cni", {"global": {"platform": "GKE"}}, "platform"),
}


@pytest.mark.planes
@pytest.mark.parametrize("case", WRONG)
def test_the_stand_in_charts_refuse_what_the_real_ones_would_ignore(case: str) -> None:
    chart, change, named = WRONG[case]
    values = all_values(asked())[chart]
    for key, value in change.items():
        values[key] = {**values.get(key, {}), **value} if isinstance(value, dict) else value

    done = _template(SOURCE / chart, values)

    assert done.returncode != 0
    assert named in done.stderr


UPSTREAM = {"istiod": "istio-control/istio-discovery", "cni": "istio-cni", "ztunnel": "ztunnel"}


def _upstream(chart: str) -> list[dict[str, Any]]:
    """Return what the real chart of upstream's Istio makes of our values on GKE, with one CRD less.

    Solo's charts are built on these; what is Solo's alone, these leave unread.
    """
    go_mod = (CHECKOUT / "tools" / "istio" / "go.mod").read_text(encoding="utf-8")
    module = "istio.io/istio"
    folder = module_folder(module, requirements(go_mod)[module], GO_MODULES)
    charts = folder / "manifests" / "charts"
    settings = asked(platform="gke")
    values = all_values(settings)[chart]
    if chart == "base":
        values = istio_values.base(settings.clusters[0], ["envoyfilters.networking.istio.io"])
    done = _template(charts / UPSTREAM.get(chart, chart), values)
    assert done.returncode == 0, done.stderr
    return [item for item in yaml.load_all(done.stdout, yaml.CSafeLoader) if item]


@pytest.mark.planes
def test_upstreams_istiod_takes_trust_domain_cluster_and_environment() -> None:
    made = {(item["kind"], item["metadata"]["name"]): item for item in _upstream("istiod")}

    assert yaml.safe_load(made["ConfigMap", "istio"]["data"]["mesh"])["trustDomain"] == "td.test"
    (container,) = made["Deployment", "istiod"]["spec"]["template"]["spec"]["containers"]
    env = {item["name"]: item.get("value") for item in container["env"]}
    assert env["CLUSTER_ID"] == "alpha"
    assert env["PILOT_SKIP_VALIDATE_TRUST_DOMAIN"] == "true"
    assert container["image"] == f"{HUB}/pilot:1.28.3-patch0-solo-distroless"


@pytest.mark.planes
@pytest.mark.parametrize(("chart", "name"), [("cni", "istio-cni-node"), ("ztunnel", "ztunnel")])
def test_upstreams_agents_take_image_network_and_the_quota_of_gke(chart: str, name: str) -> None:
    made = {(item["kind"], item["metadata"]["name"]): item for item in _upstream(chart)}

    pod = made["DaemonSet", name]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"].endswith(":1.28.3-patch0-solo-distroless")
    if chart == "ztunnel":
        env = {item["name"]: item.get("value") for item in pod["containers"][0]["env"]}
        assert (env["ISTIO_META_CLUSTER_ID"], env["NETWORK"]) == ("alpha", "net")
        assert env["SKIP_VALIDATE_TRUST_DOMAIN"] == "true"
    assert [kind for kind, _ in made].count("ResourceQuota") == 1


@pytest.mark.planes
def test_upstreams_base_leaves_out_the_crds_that_it_is_told_to() -> None:
    made = [item for item in _upstream("base") if item["kind"] == "CustomResourceDefinition"]

    assert len(made) > 10
    assert "envoyfilters.networking.istio.io" not in {item["metadata"]["name"] for item in made}
    kept = [item["metadata"]["annotations"]["helm.sh/resource-policy"] for item in made]
    assert set(kept) == {"keep"}, "an uninstall would take Istio's objects of others along"


def test_there_is_a_stand_in_for_every_chart_and_it_says_so() -> None:
    for chart in ISTIO_CHARTS:
        meta = yaml.safe_load((SOURCE / chart / "Chart.yaml").read_text())
        assert (meta["name"], meta["annotations"]) == (chart, {"ambientmesh.dev/simulated": "true"})
        assert "SIMULATED" in meta["description"]
