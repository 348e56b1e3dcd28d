"""A cluster's addresses follow from its name alone, and its parts never meet."""

from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gke_plan import plans
from components.gke_range_rules import blocks, overlaps
from components.gke_ranges import NARROWEST, WIDEST, carve, free_blocks, named_block
from components.models import Settings

NAMES = st.lists(
    st.from_regex(r"[a-z]([-a-z0-9]{0,30}[a-z0-9])?", fullmatch=True),
    min_size=1,
    max_size=12,
    unique=True,
)


def settings(names: list[str], **gcp: Any) -> Settings:
    clusters = tuple({"name": name, "gke": {"location": "europe-west4"}} for name in names)
    return Settings.model_validate({"clusters": clusters, "gcp": {"project": "my-project", **gcp}})


@given(NAMES, st.randoms())
def test_neither_order_nor_company_changes_what_a_cluster_is(names: list[str], random: Any) -> None:
    together = plans(settings(names))
    shuffled = list(names)
    random.shuffle(shuffled)

    assert plans(settings(shuffled)) == together
    for name in names:
        assert plans(settings([name])) == {name: together[name]}


@given(st.text(min_size=1), st.integers(8, 17))
def test_a_block_is_a_part_of_its_space(name: str, bits: int) -> None:
    space = f"10.0.0.0/{bits}"

    assert named_block(name, space).subnet_of(IPv4Network(space))
    assert named_block(name, space).prefixlen == 17


@pytest.mark.parametrize("bits", range(WIDEST, NARROWEST + 1))
def test_the_ranges_of_a_block_are_parts_of_it_and_do_not_meet(bits: int) -> None:
    block = IPv4Network((int(IPv4Network("10.16.0.0/12").network_address), bits))
    found = carve(block)
    parts = [found.pods, found.services, found.nodes, found.control_plane]

    assert all(part.subnet_of(block) for part in parts)
    assert not any(one.overlaps(other) for one, other in combinations(parts, 2))
    assert found.control_plane.prefixlen == 28
    assert found.pods.prefixlen <= 21, "GKE takes no smaller range of pods"
    assert 16 <= found.services.prefixlen <= 27, "GKE's bounds of services"


def test_blocks_do_not_move_from_one_release_to_the_next() -> None:
    """Another block makes the provider replace a cluster: these stand for all that are in use."""
    assert str(named_block("alpha", "10.0.0.0/8")) == "10.207.0.0/17"
    assert str(named_block("beta", "10.0.0.0/8")) == "10.116.128.0/17"


def test_the_default_has_room_for_64_nodes() -> None:
    found = plans(settings(["alpha"]))["alpha"]

    assert found.ranges.room == 64
    assert found.most_nodes == 9
    assert [(pool.least, pool.most) for pool in found.pools] == [(1, 3)]


def test_a_free_block_meets_none_that_is_taken() -> None:
    taken = [IPv4Network("10.0.0.0/16"), IPv4Network("10.1.0.0/17")]

    assert next(free_blocks("10.0.0.0/8", taken)) == "10.1.128.0/17"
    assert list(free_blocks("10.0.0.0/16", taken)) == []


def test_a_free_block_is_none_that_nodes_use_themselves() -> None:
    assert list(free_blocks("172.16.0.0/15", [])) == ["172.16.0.0/17", "172.16.128.0/17"]
    assert list(free_blocks("172.17.0.0/16", [])) == []


def test_a_cluster_says_for_itself_what_the_stack_says_for_all() -> None:
    shared: dict[str, Any] = {
        "labels": {"team": "mesh", "cost": "shared"},
        "network": "shared",
        "releaseChannel": "STABLE",
        "authorizedNetworks": ({"cidr": "192.0.2.0/24"},),
        "deletionProtection": True,
        "cidr": "172.16.0.0/12",
    }
    own: dict[str, Any] = {
        "location": "us-east1-b",
        "project": "other-project",
        "labels": {"cost": "own"},
        "network": "own",
        "releaseChannel": "RAPID",
        "authorizedNetworks": (),
        "deletionProtection": False,
    }
    config = Settings.model_validate(
        {
            "clusters": (
                {"name": "alpha", "gke": {"location": "europe-west4"}},
                {"name": "beta", "gke": own},
            ),
            "gcp": {"project": "my-project", **shared},
        }
    )

    alpha, beta = plans(config).values()

    assert (alpha.project, beta.project) == ("my-project", "other-project")
    assert (alpha.network, beta.network) == ("shared", "own")
    assert alpha.labels == {"team": "mesh", "cost": "shared"}
    assert beta.labels == {"team": "mesh", "cost": "own"}
    assert (alpha.release_channel, beta.release_channel) == ("STABLE", "RAPID")
    assert [network.cidr for network in alpha.authorized_networks] == ["192.0.2.0/24"]
    assert beta.authorized_networks == (), "an empty list says nobody, not the stack's"
    assert (alpha.deletion_protection, beta.deletion_protection) == (True, False)
    assert alpha.block.subnet_of(IPv4Network("172.16.0.0/12"))
    assert (beta.region, beta.regional, beta.zones) == ("us-east1", False, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"location": "europe-west1"},
        {"project": "other-project"},
        {"network": "shared"},
        {"cidr": "10.0.0.0/16"},
        {"autopilot": True},
        {"dataplaneV2": False},
    ],
)
def test_another_cluster_under_the_same_name_has_another_identity(change: dict[str, Any]) -> None:
    def identity(**gke: Any) -> str:
        cluster = {"name": "alpha", "gke": {"location": "europe-west4", **gke}}
        config = Settings.model_validate({"clusters": (cluster,), "gcp": {"project": "my-project"}})
        return plans(config)["alpha"].identity

    assert identity(**change) != identity()
    assert identity(labels={"team": "mesh"}, releaseChannel="RAPID") == identity()


def test_names_are_cut_where_google_cloud_has_no_room() -> None:
    name = "a" * 40
    found = plans(settings([name]))[name]

    assert len(found.account) == 30
    assert found.account != plans(settings([name[:-1] + "b"]))[name[:-1] + "b"].account
    assert len(found.called("control-plane")) <= 63


def test_the_account_of_the_shortest_name_is_as_long_as_google_wants() -> None:
    found = {name: plans(settings([name]))[name].account for name in ("a", "ab", "a-nodes")}

    assert min(len(account) for account in found.values()) == 6
    assert len(set(found.values())) == 3
    assert found["ab"] == "gke-ab", "it is made already, somewhere"


def mended(names: list[str], cidr: str) -> tuple[list[str], Settings]:
    """Return what is told of clusters, and what they are once all of it is written."""
    config = settings(names, cidr=cidr)
    found = [*blocks(config), *overlaps(config)]
    given = dict[str, str]()
    for line in found:
        key, _, fix = line.partition("; fix: write ")[2].rpartition(".gke.cidr: ")
        given[key or line.partition(".")[0]] = fix.partition(",")[0]
    own = ({"cidr": block} if (block := given.get(f"clusters[{index}]")) else {}
           for index in range(len(names)))  # fmt: skip
    clusters = tuple(
        {"name": name, "gke": {"location": "europe-west4", **one}}
        for name, one in zip(names, own, strict=True)
    )
    gcp = {"project": "my-project", "cidr": cidr}
    return found, Settings.model_validate({"clusters": clusters, "gcp": gcp})


@pytest.mark.parametrize(
    ("count", "cidr", "used"), [(60, "10.0.0.0/8", False), (12, "172.16.0.0/12", True)]
)
def test_what_is_in_the_way_is_mended_in_one_round(count: int, cidr: str, used: bool) -> None:
    """Each line names another block: with one for all, they would meet there."""
    found, config = mended([f"c{number}" for number in range(count)], cidr)

    assert len(found) >= 2
    assert any("which nodes use themselves" in line for line in found) == used
    assert blocks(config) == []
    assert overlaps(config) == []
