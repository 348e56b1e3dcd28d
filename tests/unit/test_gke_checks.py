"""Google Cloud is asked before clusters are made; here a server of this machine plays it."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components import gke_checks, google_apis, google_credentials
from components.access import Access
from components.gke_needs import Need, cpus, lacking, needs
from components.gke_plan import plans
from components.google_credentials import Token
from components.ownership import Inventory
from components.settings import Settings
from localcloud.stack import GCP_FOLDER
from tests.google import Google, running, sign_out
from tests.mesh import OWNER, Memory

PROJECT = "projects/my-project"
CLUSTER = f"{PROJECT}/locations/europe-west4/clusters/alpha"
CLUSTERS = f"/container/{PROJECT}/locations/-/clusters"
REGIONS = f"/compute/{PROJECT}/regions"
APIS = f"/serviceusage/{PROJECT}/services:batchGet"
QUOTAS = {"CPUS": 96, "IN_USE_ADDRESSES": 8, "EXTERNAL_NETWORK_LB_FORWARDING_RULES": 5,
          "INSTANCES": 100, "SSD_TOTAL_GB": 500}  # fmt: skip


def quotas(**limits: int) -> dict[str, Any]:
    return {"quotas": [{"metric": key, "limit": limit, "usage": 1.0}
                       for key, limit in limits.items()]}  # fmt: skip


def regions(**limits: int) -> dict[str, Any]:
    return {"items": [{"name": "europe-west4", **quotas(**limits)}]}


def services(*disabled: str) -> dict[str, Any]:
    return {
        "services": [
            {
                "name": f"projects/1/services/{api}",
                "state": "DISABLED" if api in disabled else "ENABLED",
            }
            for api in ("compute.googleapis.com", "container.googleapis.com", "iam.googleapis.com")
        ]
    }


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Google]:
    """Yield a Google Cloud in which everything is in order, and nobody is signed in."""
    sign_out(monkeypatch, tmp_path)
    with running() as made:
        for api in google_apis.ENDPOINTS:
            monkeypatch.setitem(google_apis.ENDPOINTS, api, f"{made.address}/{api}")
        made.answers |= {
            APIS: services(),
            f"/compute/{PROJECT}": quotas(NETWORKS=5, FIREWALLS=100),
            REGIONS: regions(**QUOTAS),
            CLUSTERS: {},
        }
        yield made


@pytest.fixture
def signed_in(google: Google, monkeypatch: pytest.MonkeyPatch) -> Google:
    """Return the Google Cloud for somebody with a token."""
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "canary-token")
    return google


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines that a preview says."""
    lines: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda line, **_: lines.append(line))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    return lines


def settings(*, network: str = "", cidr: str = "", checks: bool = True, **keys: Any) -> Settings:
    own = {"network": network, "cidr": cidr}
    gke = {"location": "europe-west4", **{key: one for key, one in own.items() if one}}
    values = {
        "clusters": [{"name": "alpha", "gke": gke}, {"name": "beta", "context": "beta"}],
        "gcp": {"project": "my-project", "checks": checks},
        **keys,
    }
    return Settings.model_validate_json(json.dumps(values))


def ask(config: Settings, *there: str, made: frozenset[str] = frozenset()) -> list[str]:
    """Return what is refused.

    Args:
        config: the stack's.
        there: names of the GKE clusters that exist.
        made: names of the resources in the stack's state.
    """
    access = {
        cluster.name: Access(
            reader=Memory(),
            inventory=Inventory(cluster=cluster.name, owner=OWNER),
            exists=cluster.gke is None or cluster.name in there,
            made=made,
        )
        for cluster in config.clusters
    }
    return asyncio.run(gke_checks.check(config, access))


def machines(kind: str) -> Settings:
    """Return settings of one cluster with nodes of this kind."""
    own = {"location": "europe-west4", "nodePools": [{"machineType": kind}]}
    return settings(clusters=[{"name": "alpha", "gke": own}])


def test_a_project_in_order_is_silent(signed_in: Google, said: list[str]) -> None:
    assert ask(settings()) == []
    assert said == []
    assert {header for _, header in signed_in.asked} == {"Bearer canary-token"}
    assert CLUSTERS in {path for path, _ in signed_in.asked}


def test_disabled_apis_are_named_with_what_enables_them(signed_in: Google) -> None:
    api = "container.googleapis.com"
    signed_in.answers[APIS] = services(api)

    [line] = ask(settings())
    assert line.startswith(f"my-project: APIs are disabled: {api}; fix: gcloud services enable")
    assert line.endswith("--project my-project")


@pytest.mark.parametrize("metric", sorted(QUOTAS))
def test_a_quota_that_is_too_small_is_named(signed_in: Google, metric: str) -> None:
    signed_in.answers[REGIONS] = regions(**{**QUOTAS, metric: 1})

    [line] = ask(settings())
    assert line.startswith(f"my-project in europe-west4: 0 of quota {metric} are left")


def test_networks_are_a_quota_of_the_project(signed_in: Google) -> None:
    signed_in.answers[f"/compute/{PROJECT}"] = quotas(NETWORKS=1)

    [line] = ask(settings())
    assert line.startswith("my-project: 0 of quota NETWORKS are left, and 1 are needed")
    signed_in.answers[f"/compute/{PROJECT}/global/networks/shared"] = {"name": "shared"}
    assert ask(settings(network="shared")) == []


def test_what_the_stack_has_made_is_not_needed_again(signed_in: Google) -> None:
    """By a run that ended before the cluster came, or for another cluster of the project."""
    signed_in.answers[f"/compute/{PROJECT}"] = quotas(
        NETWORKS=1, SUBNETWORKS=1, ROUTERS=1, FIREWALLS=7
    )
    assert {line.partition(" of quota ")[2].partition(" ")[0] for line in ask(settings())} == {
        "NETWORKS", "SUBNETWORKS", "ROUTERS", "FIREWALLS"}  # fmt: skip
    parts = ("network-subnetwork", "network-router", "firewall-mesh", "firewall-control-plane")
    made = frozenset({"gcp-my-project-network", *(f"alpha-gke-{part}" for part in parts)})

    assert ask(settings(), made=made) == []
    [line] = ask(settings(), made=made - {"gcp-my-project-network"})
    assert line.startswith("my-project: 0 of quota NETWORKS are left")


def test_a_fleet_that_grows_has_its_network(signed_in: Google) -> None:
    signed_in.answers[f"/compute/{PROJECT}"] = quotas(NETWORKS=1)
    config = settings(clusters=[{"name": name, "gke": {"location": "europe-west4"}}
                                for name in ("alpha", "beta")])  # fmt: skip

    assert ask(config, "alpha", made=frozenset({"gcp-my-project-network"})) == []


def test_an_address_of_nat_is_not_needed_again(signed_in: Google) -> None:
    signed_in.answers[REGIONS] = regions(**{**QUOTAS, "IN_USE_ADDRESSES": 2})

    [line] = ask(settings())
    assert "1 of quota IN_USE_ADDRESSES are left, and 2 are needed" in line
    assert ask(settings(), made=frozenset({"alpha-gke-network-nat"})) == []


@pytest.mark.parametrize(
    "nodes",
    [
        {"nodePools": [{}, {"config": {"tags": ["ambientmesh", "alpha"]}}]},
        {"nodePoolAutoConfig": {"networkTags": {"tags": ["ambientmesh", "alpha"]}}},
    ],
)
def test_another_stacks_cluster_of_that_name_is_in_the_way_wherever_it_is(
    signed_in: Google, nodes: dict[str, Any]
) -> None:
    signed_in.answers[CLUSTERS] = {
        "clusters": [{"name": "alpha", "location": "us-central1", **nodes}]
    }

    [line] = ask(settings())
    assert line.startswith("alpha: cluster alpha in us-central1 of my-project is another stack's")
    assert "alpha-mesh" in line
    assert ask(settings(), made=frozenset({"alpha-gke-firewall-mesh"})) == [], "its own"


def test_a_name_that_is_taken_is_refused(signed_in: Google) -> None:
    there = [{"name": "alpha", "location": "us-central1"}, {"name": "beta"}]
    signed_in.answers[CLUSTERS] = {"clusters": there}
    assert ask(settings()) == []
    signed_in.answers[CLUSTERS] = {
        "clusters": [*there, {"name": "alpha", "location": "europe-west4"}]
    }

    [line] = ask(settings())
    assert line.startswith(f"alpha: {CLUSTER} is there, and is not in this stack's state")


@pytest.mark.usefixtures("signed_in")
def test_a_network_that_is_not_there_is_refused() -> None:
    [line] = ask(settings(network="shared"))
    assert line.startswith("alpha: there is no network shared in my-project")


def test_a_region_that_is_none_is_refused(signed_in: Google) -> None:
    signed_in.answers[REGIONS] = {"items": [{"name": "europe-west40"}]}

    [line] = ask(settings())
    assert line.startswith("my-project: there is no region europe-west4")


@pytest.mark.parametrize("status", [302, 401, 403, 500])
def test_who_may_not_ask_one_thing_is_told_so_and_asks_the_rest(
    signed_in: Google, said: list[str], status: int
) -> None:
    signed_in.answers[APIS] = status
    signed_in.answers[REGIONS] = regions(CPUS=1)

    [obstacle] = ask(settings())
    assert "quota CPUS" in obstacle
    [line] = said
    assert f"not asked whether APIs are enabled: serviceusage answers HTTP {status}; needed" in line
    assert "container.googleapis.com" in line
    assert "12 CPUS in europe-west4" in line
    assert "300 SSD_TOTAL_GB in europe-west4" in line


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 oops", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"]
)
def test_a_broken_network_is_told_and_asked_once(
    signed_in: Google, said: list[str], answer: bytes
) -> None:
    signed_in.answers[APIS] = answer

    assert ask(settings()) == []
    [line] = said
    assert "serviceusage cannot be asked: " in line
    assert [path for path, _ in signed_in.asked] == [APIS]


def test_a_list_where_google_would_say_more_is_no_answer(
    signed_in: Google, said: list[str]
) -> None:
    signed_in.answers[CLUSTERS] = []

    assert ask(settings()) == []
    assert "what answers is not Google" in said[0]


def test_nobody_waits_long_for_an_answer(
    signed_in: Google, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Addresses of Google are tried one after the other, each as long as a question may take."""
    over = threading.Event()
    signed_in.answers[REGIONS] = over.wait
    monkeypatch.setattr(gke_checks, "PATIENCE", 0.2)

    assert ask(settings()) == []
    over.set()
    [line] = said
    assert "there is no answer after 0.2 s" in line


def test_nobody_waits_long_for_a_token(
    google: Google, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    monkeypatch.setattr(gke_checks, "PATIENCE", 0.1)
    monkeypatch.setattr(google_credentials, "token", over.wait)

    assert ask(settings()) == []
    over.set()
    assert google.asked == []
    assert "there is no token after 0.1 s" in said[0]


def test_a_fleet_costs_as_many_questions_as_one_cluster(signed_in: Google) -> None:
    def asked(*names: str) -> int:
        signed_in.asked.clear()
        own = {"location": "europe-west4", "network": "shared"}
        ask(settings(clusters=[{"name": name, "gke": own} for name in names]))
        return len(signed_in.asked)

    assert asked("alpha") == asked("alpha", "beta")


@pytest.mark.parametrize(
    ("token", "counted"),
    [
        (Token(text="t"), {}),
        (Token(text="t", personal=True), {APIS: "my-project"}),
        (
            Token(text="t", quota_project="billed"),
            dict.fromkeys((APIS, REGIONS, CLUSTERS), "billed"),
        ),
    ],
)
def test_a_persons_request_counts_for_the_project_that_it_is_about(
    google: Google, monkeypatch: pytest.MonkeyPatch, token: Token, counted: dict[str, str]
) -> None:
    """It would count for gcloud's own project, in which the API of services is disabled."""
    monkeypatch.setattr(google_credentials, "token", lambda: token)

    assert ask(settings()) == []
    named = {path: project for path, project in google.counted.items() if project}
    assert named.items() >= counted.items()
    assert bool(named) == bool(counted)


def test_a_network_in_auto_mode_has_half_of_the_addresses_for_itself(signed_in: Google) -> None:
    path = f"/compute/{PROJECT}/global/networks/default"
    signed_in.answers[path] = {"name": "default", "autoCreateSubnetworks": True}

    [line] = ask(settings(network="default"))
    assert line.startswith("alpha: network default of my-project is in auto mode")
    assert "10.207.0.0/17" in line
    assert "fix: write a cidr such as 10.0.0.0/17," in line
    assert ask(settings(network="default", cidr="10.0.0.0/17")) == []


def test_a_block_is_proposed_that_no_other_cluster_has(signed_in: Google) -> None:
    """Neither one that exists, nor what another project's is told in the same round."""
    for project in ("my-project", "other-project"):
        for path, answer in list(signed_in.answers.items()):
            signed_in.answers[path.replace("my-project", project)] = answer
        signed_in.answers[f"/compute/projects/{project}/global/networks/default"] = {
            "autoCreateSubnetworks": True
        }
    own = {"location": "europe-west4"}
    auto = {**own, "network": "default"}
    config = settings(clusters=[
        {"name": "old", "gke": {**own, "cidr": "10.0.0.0/17"}},
        {"name": "alpha", "gke": auto},
        {"name": "alpha2", "gke": {**auto, "cidr": "10.200.0.0/17", "project": "other-project"}},
    ])  # fmt: skip

    lines = ask(config, "old")
    assert [line.partition("a cidr such as ")[2].partition(",")[0] for line in lines] == [
        "10.0.128.0/17", "10.1.0.0/17"]  # fmt: skip


def test_without_a_credential_nothing_is_asked_and_the_needs_are_told(
    google: Google, said: list[str]
) -> None:
    assert ask(settings()) == []
    [line] = said
    assert "there is no credential on this machine" in line
    assert "\n    compute.googleapis.com\n" in line
    assert "\n    2 IN_USE_ADDRESSES in europe-west4\n" in line
    assert google.asked == []


def test_of_a_simulated_cloud_only_that_is_told(
    google: Google, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(gke_checks.SIMULATED, "/folder")

    assert ask(settings()) == []
    [line] = said
    assert line.startswith("my-project: Google Cloud is SIMULATED here, ")
    assert "credential" not in line
    assert google.asked == []


def test_who_has_a_credential_is_answered_whatever_is_simulated(
    signed_in: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(gke_checks.SIMULATED, "/folder")
    signed_in.answers[REGIONS] = regions(CPUS=1)

    [obstacle] = ask(settings())
    assert "quota CPUS" in obstacle


def test_the_stand_in_cloud_is_named_by_the_same_variable() -> None:
    assert gke_checks.SIMULATED == GCP_FOLDER


@pytest.mark.parametrize("case", ["there already", "checks off"])
def test_nobody_asks_without_need(signed_in: Google, said: list[str], case: str) -> None:
    there = ["alpha"] if case == "there already" else []
    assert ask(settings(checks=case != "checks off"), *there) == []
    assert (signed_in.asked, said) == ([], [])


def test_needs_grow_with_what_the_stack_has_in_a_cluster() -> None:
    plain, full = settings(), settings(ingress={}, management={"cluster": "alpha"})

    def of(config: Settings) -> dict[str, int]:
        return {need.metric: need.amount for need in needs(config, plans(config).values())}

    assert of(plain)["EXTERNAL_NETWORK_LB_FORWARDING_RULES"] == 1
    assert of(full)["EXTERNAL_NETWORK_LB_FORWARDING_RULES"] == 4
    assert of(full)["IN_USE_ADDRESSES"] == 5
    assert of(plain)["CPUS"] == 12
    assert of(plain)["SSD_TOTAL_GB"] == 300
    # A load balancer has a rule of the firewall, too.
    assert of(full)["FIREWALLS"] == of(plain)["FIREWALLS"] + 3


def test_a_quota_that_nobody_tells_has_no_limit() -> None:
    need = Need("europe-west4", "CPUS", 100)

    assert lacking([need], []) == []
    assert lacking([need], [{"metric": "CPUS", "limit": 99.0, "usage": 0.0}]) == [(need, 99)]


@pytest.mark.parametrize(
    ("machine", "count"),
    [
        ("e2-standard-4", 4),
        ("n2-custom-6-8192", 6),
        ("custom-6-8192", 6),
        ("e2-custom-4-8192", 4),
        ("e2-custom-medium-4096", 2),
        ("e2-custom-micro-1024", 2),
        ("e2-medium", 2),
        ("f1-micro", 1),
        ("c3-standard-22-lssd", 22),
        ("a2-highgpu-1g", 0),
    ],
)
def test_a_machines_cpus_are_in_its_name(machine: str, count: int) -> None:
    assert cpus(machine) == count


@pytest.mark.parametrize(
    ("machine", "metric"),
    [
        ("e2-standard-4", "CPUS"),
        ("n1-standard-4", "CPUS"),
        ("custom-4-8192", "CPUS"),
        ("n2d-standard-4", "N2D_CPUS"),
        ("c3-standard-4", "C3_CPUS"),
        ("m3-ultramem-32", "M3_CPUS"),
        ("t2a-standard-4", "T2A_CPUS"),
        ("c4-standard-4", None),
        ("c3d-standard-4", None),
        ("z9-standard-4", None),
    ],
)
def test_cpus_count_in_the_quota_of_their_family(machine: str, metric: str | None) -> None:
    config = machines(machine)

    found = {need.metric for need in needs(config, plans(config).values())}
    assert {one for one in found if "CPUS" in one} == ({metric} if metric else set())


@pytest.mark.parametrize(
    ("machine", "metric"), [("c3-standard-4", "SSD_TOTAL_GB"), ("n4-standard-4", "HDB_TOTAL_GB")]
)
def test_disks_count_in_the_quota_of_their_type(machine: str, metric: str) -> None:
    config = machines(machine)

    found = {need.metric: need.amount for need in needs(config, plans(config).values())}
    assert {one: amount for one, amount in found.items() if one.endswith("_GB")} == {metric: 300}
