"""What a stack file may say of links, and what it may not."""

import json
from typing import Any

import pytest

from components import link_modes, peering, plan, reach, topology, topology_rules
from components.settings import ConfigurationError, parse
from tests.mesh import settings

THREE = [{"name": name, "context": name} for name in ("alpha", "beta", "gamma")]
GROUP = {"name": "one", "clusters": ["alpha", "beta", "gamma"]}


def topo(**values: Any) -> dict[str, Any]:
    return {"topology": values}


def groups(*listed: Any) -> dict[str, Any]:
    return topo(shape="groups", groups=list(listed))


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown shape": (topo(shape="star"), "topology.shape: found 'star'", "write one of them"),
    "shape that YAML reads as nothing": (topo(shape=None), "topology.shape: found null",
                                         "or remove the key"),
    "hubs of a full mesh": (topo(hubs=["alpha"]), "topology.hubs: found a list", "remove the key"),
    "groups of a ring": (topo(shape="ring", groups=[GROUP]), "topology.groups: found a list",
                         "remove the key"),
    "spokes without a hub": (topo(shape="hub-and-spokes"), "topology.hubs: found nothing",
                             "add the key"),
    "groups without a group": (topo(shape="groups"), "topology.groups: found nothing",
                               "add the key"),
    "no hub at all": (topo(shape="hub-and-spokes", hubs=[]), "topology.hubs: found []",
                      "at least one entry"),
    "no group at all": (topo(shape="groups", groups=[]), "topology.groups: found []",
                        "at least one entry"),
    "hub of no cluster": (topo(shape="hub-and-spokes", hubs=["delta"]),
                          "topology.hubs: found 'delta'", "alpha, beta, gamma"),
    "same hub twice": (topo(shape="hub-and-spokes", hubs=["alpha", "alpha"]),
                       "topology.hubs: found 'alpha' 2 times", "take the others out"),
    "empty group": (groups({"name": "one", "clusters": []}),
                    "topology.groups[0].clusters: found []", "at least one entry"),
    "nameless group": (groups({"clusters": ["alpha"]}), "topology.groups[0].name: found nothing",
                       "add the key"),
    "group of no cluster": (groups(GROUP, {"name": "two", "clusters": ["delta"]}),
                            "topology.groups[1].clusters: found 'delta'", "alpha, beta, gamma"),
    "group's hub of no cluster": (groups({**GROUP, "hubs": ["delta"]}),
                                  "topology.groups[0].hubs: found 'delta'", "alpha, beta, gamma"),
    "hub outside its group": (
        groups(GROUP, {"name": "two", "clusters": ["beta"], "hubs": ["alpha"]}),
        "topology.groups[1].hubs: found 'alpha'", "clusters of group two: beta"),
    "two groups of one name": (groups(GROUP, GROUP), "topology.groups: found 'one' 2 times",
                               "take the others out"),
    "cluster twice in a group": (
        groups({"name": "one", "clusters": ["alpha", "alpha", "beta", "gamma"]}),
        "topology.groups[0].clusters: found 'alpha' 2 times", "take the others out"),
    "cluster that was forgotten": (
        groups({"name": "one", "clusters": ["alpha", "beta"]}),
        "topology.groups: found no group with 'gamma'", "add it to a group"),
    "link to itself": (topo(links=[{"from": "alpha", "to": "alpha"}]),
                       "topology.links[0]: found a link from 'alpha' to itself", "write another"),
    "link from no cluster": (topo(links=[{"from": "delta", "to": "alpha"}]),
                             "topology.links[0].from: found 'delta'", "alpha, beta, gamma"),
    "link to no cluster": (topo(links=[{"from": "alpha", "to": "delta"}]),
                           "topology.links[0].to: found 'delta'", "alpha, beta, gamma"),
    "links between no clusters": (topo(links=[{"between": ["alpha", "delta"]}]),
                                  "topology.links[0].between: found 'delta'", "alpha, beta, gamma"),
    "link between one": (topo(links=[{"between": ["alpha"]}]),
                         "topology.links[0].between: found [", "at least two clusters"),
    "links between none": (topo(links=[{"between": []}]),
                           "topology.links[0].between: found []", "at least one entry"),
    "half a link": (topo(links=[{"from": "alpha"}]), "topology.links[0]: found a map",
                    "from and to, or between"),
    "link in both forms": (topo(links=[{"from": "alpha", "between": ["alpha", "beta"]}]),
                           "topology.links[0]: found a map", "from and to, or between"),
    "empty link": (topo(links=[{}]), "topology.links[0]: found a map", "from and to, or between"),
    "same link twice": (
        topo(shape="none", links=[{"from": "alpha", "to": "beta"}, {"between": ["beta", "alpha"]}]),
        "topology.links[0], topology.links[1]: found link alpha -> beta 2 times",
        "take the others out"),
    "same cluster twice in a link": (
        topo(links=[{"between": ["alpha", "beta", "alpha"]}]),
        "topology.links[0].between: found 'alpha' 2 times", "take the others out"),
    "link by its Python name": (topo(links=[{"source": "alpha", "to": "beta"}]),
                                "topology.links[0].source: found an unknown key", "from, to"),
    "one network by istioctl": (
        {"clusters": [{**THREE[0], "network": "n"}, {**THREE[1], "network": "n"}, THREE[2]],
         "links": {"mode": "istioctl"}},
        "clusters[0].network, clusters[1].network: found 'n' 2 times",
        "set links.mode: declarative"),
    "one network before 1.28": (
        {"clusters": [{**THREE[0], "network": "n"}, {**THREE[1], "network": "n"}, THREE[2]],
         "meshVersion": "1.27.2"},
        "clusters[0].network, clusters[1].network: found 'n' 2 times", "raise meshVersion"),
    "drill that fails over to nowhere": (
        {"topology": {"shape": "none", "links": [{"from": "alpha", "to": "beta"}]},
         "namespaces": [{"name": "bookinfo", "services": [{"name": "reviews", "scope": "global"}]}],
         "drills": [{"service": "reviews", "cluster": "alpha"},
                    {"service": "reviews", "cluster": "beta"}]},
        "drills[1].cluster: found 'beta' without a link to alpha or gamma", "add the link"),
    "network called like a cluster of another": (
        {"clusters": [{**THREE[0], "network": "n"}, {**THREE[1], "network": "n"},
                      {**THREE[2], "network": "alpha"}]},
        "clusters[0].network, clusters[2].network: found alpha and gamma with peer Gateways",
        "another name"),
}  # fmt: skip


def raw(**values: Any) -> dict[str, str]:
    values = {"clusters": THREE, **values}
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_in_the_topology_is_one_line_that_says_how_to_mend_it(name: str) -> None:
    values, found, fix = WRONG[name]

    with pytest.raises(ConfigurationError) as caught:
        parse(raw(**values))

    [line] = caught.value.lines
    assert found in line
    assert "; allowed: " in line
    assert fix in line.partition("; allowed: ")[2]


@pytest.mark.parametrize(
    "values",
    [
        {},
        topo(shape="ring"),
        topo(shape="none"),
        topo(shape="hub-and-spokes", hubs=["beta"]),
        topo(shape="hub-and-spokes", hubs=["alpha", "beta", "gamma"]),
        groups(GROUP),
        groups({"name": "a", "clusters": ["alpha"]}, {"name": "b", "clusters": ["beta", "gamma"]}),
        # A link that the shape has already says nothing wrong.
        topo(links=[{"from": "alpha", "to": "beta"}]),
        # In no group, but linked: not forgotten.
        groups({"name": "a", "clusters": ["alpha", "beta"]})
        | {"topology": {"shape": "groups", "groups": [{"name": "a", "clusters": ["alpha", "beta"]}],
                        "links": [{"from": "gamma", "to": "alpha"}]}},
        {"clusters": [{**one, "network": "flat"} for one in THREE]},
    ],
)  # fmt: skip
def test_what_is_meant_is_taken(values: dict[str, Any]) -> None:
    assert topology_rules.RULES
    parse(raw(**values))


def test_a_ring_of_two_is_one_pair() -> None:
    found = topology.links(settings(["a", "b"], topology={"shape": "ring"}))

    assert [(link.source, link.target) for link in found] == [("a", "b"), ("b", "a")]


def test_names_that_only_links_which_exist_share_are_no_mistake() -> None:
    names = ["a", "a-to-b", "b-to-c", "c"]
    clusters = [{"name": name, "context": name} for name in names]

    with pytest.raises(ConfigurationError, match="both called 'a-to-b-to-c'"):
        parse(raw(clusters=clusters))
    parse(raw(clusters=clusters, topology={"shape": "hub-and-spokes", "hubs": ["a"]}))


def test_one_way_is_a_peer_gateway_on_one_side() -> None:
    one_way = {"shape": "none", "links": ({"from": "alpha", "to": "beta"},)}
    for mode in ("declarative", "istioctl"):
        config = settings(["alpha", "beta"], topology=one_way, links={"mode": mode})
        named = {site: {key[2] for key in peering.planned(config, site)} for site in config.names}

        assert named == {"alpha": {"istio-remote-peer-beta"}, "beta": set()}
        assert len(link_modes.gateways(config, "alpha")) == 2
        assert len(link_modes.gateways(config, "beta")) == 1
        wanted = plan.looked_at(config, "beta")
        assert not [key for key in wanted if key[2].startswith("istio-remote-peer")]


def test_a_network_names_its_only_cluster_and_clusters_of_one_are_told_apart_by_name() -> None:
    networks = {"alpha": "flat", "beta": "flat", "gamma": "apart"}
    clusters = [{**one, "network": networks[one["name"]]} for one in THREE]
    found = {member.name: member.peer for member in topology.members(parse(raw(clusters=clusters)))}

    assert found == {
        "alpha": "istio-remote-peer-alpha",
        "beta": "istio-remote-peer-beta",
        "gamma": "istio-remote-peer-apart",
    }


def test_a_cluster_that_joins_the_network_of_another_renames_nothing() -> None:
    before = topology.members(parse(raw()))
    joined = [THREE[0], {**THREE[1], "network": "alpha"}, THREE[2]]
    after = topology.members(parse(raw(clusters=joined)))

    assert [member.peer for member in before] == [member.peer for member in after]


GLOBAL = ({"name": "shop", "scope": "global", "services": ({"name": "web"},)},)


def test_services_that_span_clusters_without_a_link_are_warned_of() -> None:
    hub = {"shape": "hub-and-spokes", "hubs": ("alpha",)}
    config = settings(["alpha", "beta", "gamma"], topology=hub, namespaces=GLOBAL)

    [line] = reach.warnings(config)

    assert line.startswith("*.shop, web.shop: global in alpha, beta, gamma, ")
    assert "no link beta -> gamma, gamma -> beta: " in line
    assert "not transitive" in line


def test_a_long_list_of_missing_links_is_cut() -> None:
    config = settings(list("abcde"), topology={"shape": "none"}, namespaces=GLOBAL)

    [line] = reach.warnings(config)

    assert "a -> b, a -> c, a -> d, a -> e, b -> a, b -> c and 14 more: " in line


def test_nothing_is_warned_of_where_every_cluster_of_a_service_reaches_every_other() -> None:
    hub = {"shape": "hub-and-spokes", "hubs": ("alpha",)}
    spokes = ({**GLOBAL[0], "clusters": ("alpha", "beta")},)

    assert reach.warnings(settings(["alpha", "beta", "gamma"], namespaces=GLOBAL)) == []
    assert reach.warnings(settings(["alpha", "beta", "c"], topology=hub, namespaces=spokes)) == []
