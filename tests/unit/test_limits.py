"""What a stack may come to at most, and what a preview says that it comes to."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from components import limit_rules, prices, remote_links
from components.settings import ConfigurationError, Settings, parse
from tests.graph.test_estimate import GKE
from tests.mesh import everything, settings
from tests.roots import make_root

THREE: Final = [{"name": name, "context": name} for name in ("a", "b", "c")]


def config(clusters: Any = THREE, **values: Any) -> Settings:
    return parse(
        {key: json.dumps(value) for key, value in {"clusters": clusters, **values}.items()}
    )


def gke(**cluster: Any) -> Settings:
    values = {"location": "us-central1", **cluster}
    return config([{"name": "a", "gke": values}], gcp={"project": "some-project"})


WRONG: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "clusters": ({"clusters": 2}, "AM701 limits.clusters: found 3 clusters; allowed: at most 2"),
    "links": ({"links": 5}, "AM702 limits.links: found 6 links; allowed: at most 5"),
    "load balancers": ({"loadBalancers": 2}, "AM703 limits.loadBalancers: found 3 load balancers;"),
    "resources": ({"resources": 10}, "AM704 limits.resources: found 120 resources; allowed: at "),
    "price": ({"monthlyUsd": 50}, "AM705 limits.monthlyUsd: found 88 USD at most by the list of"),
}


@pytest.mark.parametrize("name", WRONG)
def test_more_than_a_limit_is_refused(name: str) -> None:
    limits, said = WRONG[name]

    with pytest.raises(ConfigurationError) as caught:
        config(limits=limits)

    [line] = caught.value.lines
    assert line.startswith(said)
    assert line.endswith(", or raise the limit")


def test_as_much_as_a_limit_is_taken() -> None:
    most = {"clusters": 3, "links": 6, "loadBalancers": 3, "resources": 120, "monthlyUsd": 88}

    assert config(limits=most).limits.links == 6


@pytest.mark.parametrize("key", limit_rules.LIMITS)
def test_a_limit_of_nothing_is_no_limit(key: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"limits.{key}: found 0; allowed: at least 1"):
        config(limits={key: 0})


def test_a_preview_says_how_much_a_stack_is_and_what_it_costs() -> None:
    size, price = limit_rules.summary(config(), licensed=True)

    assert size == ("this stack is 3 clusters, 6 directed links, 3 load balancers, 120 resources")
    assert "of September 2026: 18 to 88 USD for load balancers of clusters that were " in price
    assert "without traffic, licenses, taxes and discounts" in price


def test_a_preview_says_which_part_of_a_stack_waits_for_others() -> None:
    root, _ = make_root()
    east = {"stack": "east", "clusters": [{"name": "far"}]}
    found = config(remotes=[east], trust={"rootCertificate": root})
    waiting = [link.name for link in remote_links.links(found)]

    size, later, _ = limit_rules.summary(found, licensed=True, waiting=waiting)
    whole, _ = limit_rules.summary(found, licensed=True)

    assert size.endswith("9 directed links, 3 load balancers, 118 resources")
    assert later.startswith("of the links, 3 wait for clusters that no other stack publishes yet")
    assert later.endswith(": 8 resources more, which limits count already")
    assert whole.endswith(" 126 resources")


def test_what_has_no_price_is_named() -> None:
    clusters = [*GKE, {"name": "e", "gke": {
        "location": "us-central1", "nodePools": [{"machineType": "n2-standard-4"}],
    }}]  # fmt: skip
    found = config(clusters, gcp={"project": "some-project"})

    _, price = limit_rules.summary(found, licensed=True)

    assert " USD for 4 GKE clusters with all that belongs to them; " in price
    assert (
        "; pods of b, which Autopilot charges for, machine type n2-standard-4 not priced" in price
    )


def test_a_limit_that_cannot_count_everything_is_warned_of() -> None:
    pool = [{"machineType": "n2-standard-128", "minPerZone": 5, "maxPerZone": 5}]
    clusters = [{"name": "a", "gke": {"location": "us-central1", "nodePools": pool}}]
    project = {"project": "some-project"}

    [line] = limit_rules.warnings(config(clusters, gcp=project, limits={"monthlyUsd": 800}))

    assert line.startswith("limits.monthlyUsd: machine type n2-standard-128 not priced")
    assert list(limit_rules.warnings(config(clusters, gcp=project))) == []
    assert list(limit_rules.warnings(config(limits={"monthlyUsd": 800}))) == []


def test_clusters_of_one_network_are_named() -> None:
    flat = [{**one, "network": "flat"} for one in THREE]

    assert limit_rules.summary(config(flat), licensed=True)[-1].startswith(
        "network flat is that of a, b, c: their pods must reach one another by"
    )


def test_a_large_state_is_warned_of() -> None:
    many = [f"c{number}" for number in range(25)]

    [line] = limit_rules.warnings(settings(many))

    assert line.startswith("2,078 resources in one state: ")
    assert "make a stack of every region" in line
    hub = settings(many, topology={"shape": "hub-and-spokes", "hubs": ("c1",)})
    assert list(limit_rules.warnings(hub)) == []


def test_a_machine_costs_its_cores_and_its_memory() -> None:
    for kind, price in (
        ("e2-standard-4", 0.13402),
        ("e2-small", 0.01675),
        ("e2-highmem-2", 0.09040),
        ("e2-highcpu-8", 0.19788),
    ):
        assert prices.machine(kind) == pytest.approx(price, abs=1e-5)
    assert prices.machine("n2-standard-4") is None


def test_a_default_cluster_costs_its_fee_its_nodes_and_its_way_out() -> None:
    found = prices.bill(gke())

    # By hand: fee 73, three nodes 293.51 with disks 30, NAT and address 6.72, one rule 18.25.
    assert found.made.low == pytest.approx(421.48, abs=0.01)
    # Nine nodes in the dearest region: fee 73, 1408.83, disks 144, NAT 20.56, rule 29.20.
    assert found.made.high == pytest.approx(1667.99, abs=1)
    assert found.elsewhere == prices.NOTHING


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"nodePools": [{"spot": True}]}, {}),
        ({"location": "us-central1-a", "nodePools": [{"minPerZone": 1, "maxPerZone": 1}]}, {}),
        ({}, {"nodePools": [{}, {"name": "second"}]}),
        ({}, {"nodePools": [{"machineType": "e2-standard-8"}]}),
        ({}, {"nodePools": [{"diskSizeGb": 200}]}),
        ({"zones": ["us-central1-a"]}, {}),
    ],
)
def test_more_of_a_cluster_costs_more(less: dict[str, Any], more: dict[str, Any]) -> None:
    cheap, dear = prices.bill(gke(**less)).total, prices.bill(gke(**more)).total

    assert cheap.low < dear.low
    assert cheap.high < dear.high


def test_disks_that_have_no_price_here_cost_nothing() -> None:
    pool = {"machineType": "n4-standard-4", "diskSizeGb": 100}
    small, large = (prices.bill(gke(nodePools=[{**pool, "diskSizeGb": size}]))
                    for size in (100, 200))  # fmt: skip

    assert small.made == large.made
    assert small.unknown == ("machine type n4-standard-4",)


def test_every_range_begins_below_its_end() -> None:
    for found in (config(), gke(), gke(autopilot=True), everything()):
        bill = prices.bill(found)
        assert 0 <= bill.made.low <= bill.made.high
        assert 0 <= bill.elsewhere.low <= bill.elsewhere.high
        assert 0 < bill.total.low < bill.total.high
