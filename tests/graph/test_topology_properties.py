"""For any clusters: what one of them adds, removes or reorders is its own."""

from collections.abc import Iterable, Sequence
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from components import topology
from tests.mesh import build, settings

NAMES = st.lists(
    st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), unique=True, min_size=1, max_size=8
)
FEW = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), unique=True, min_size=1, max_size=3)
SLOW = budget(max_examples=8)
NEW = "zz-new"
"""A cluster that no other is called like: names have no dash."""

Edges = set[tuple[str, str]]


def edges(names: Sequence[str], shape: str = "full-mesh", **more: Any) -> Edges:
    found = topology.links(settings(names, topology={"shape": shape, **more}))
    assert list(found) == sorted(set(found))
    return {(link.source, link.target) for link in found}


def graph(names: Sequence[str], found: Iterable[tuple[str, str]]) -> "nx.DiGraph[str]":
    made: nx.DiGraph[str] = nx.DiGraph()
    made.add_nodes_from(names)
    made.add_edges_from(found)
    return made


@st.composite
def grouped(draw: st.DrawFn) -> tuple[list[str], tuple[dict[str, Any], ...]]:
    """Clusters in groups, some in several, each group with hubs."""
    names = draw(NAMES)
    groups = []
    for index in range(draw(st.integers(1, 4))):
        some = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
        hubs = draw(st.lists(st.sampled_from(some), unique=True, min_size=1))
        groups.append({"name": f"g{index}", "clusters": tuple(some), "hubs": tuple(hubs)})
    left = tuple(name for name in names if not any(name in g["clusters"] for g in groups))
    rest = [{"name": "rest", "clusters": left, "hubs": left[:1]}] if left else []
    return names, (*groups, *rest)


def registrations(names: list[str], **values: Any) -> dict[str, Any]:
    mesh = build(settings(names, bookinfo={"enabled": False}, **values))
    return {
        name: (mesh.inputs(name), mesh.provider(name), sorted(mesh.edges(name)))
        for name, request in mesh.seen.items()
        if request.type != "pulumi:pulumi:Stack"
    }


@given(NAMES)
def test_a_full_mesh_is_the_complete_directed_graph(names: list[str]) -> None:
    expected = nx.complete_graph(sorted(names), create_using=nx.DiGraph)

    assert edges(names) == set(expected.edges)


@given(NAMES)
def test_another_cluster_of_a_full_mesh_adds_its_links_and_removes_none(names: list[str]) -> None:
    before, after = edges(names), edges([*names, NEW])

    assert before < after
    assert len(after - before) == 2 * len(names)


@given(NAMES, st.data())
def test_every_cluster_is_two_links_from_every_other_through_a_hub(
    names: list[str], data: st.DataObject
) -> None:
    hubs = data.draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    found = graph(names, edges(names, "hub-and-spokes", hubs=tuple(hubs)))

    for name in names:
        others = len(names) - 1 if name in hubs else len(hubs)
        assert found.out_degree(name) == found.in_degree(name) == others
    assert len(names) == 1 or nx.diameter(found) <= 2


@given(NAMES)
def test_a_ring_leads_round_all_clusters_in_both_directions(names: list[str]) -> None:
    found = graph(names, edges(names, "ring"))

    assert nx.is_strongly_connected(found)
    neighbours = min(2, len(names) - 1)
    assert {degree for _, degree in found.out_degree()} == {neighbours}
    assert {degree for _, degree in found.in_degree()} == {neighbours}


@given(NAMES)
def test_another_cluster_of_a_ring_changes_one_place_of_it(names: list[str]) -> None:
    before, after = edges(names, "ring"), edges([*names, NEW], "ring")

    assert len(after - before) <= 4
    assert all(NEW in pair for pair in after - before)
    assert len(before - after) == (2 if len(names) > 2 else 0)


@given(grouped())
def test_groups_are_full_meshes_that_their_hubs_connect(
    world: tuple[list[str], tuple[dict[str, Any], ...]],
) -> None:
    names, groups = world
    found = graph(names, edges(names, "groups", groups=groups))

    assert nx.is_strongly_connected(found)
    for group in groups:
        inside = nx.complete_graph(group["clusters"], create_using=nx.DiGraph)
        assert set(inside.edges) <= set(found.edges)
    for a, b in found.edges:
        together = any({a, b} <= set(group["clusters"]) for group in groups)
        assert together or (
            any(a in group["hubs"] for group in groups)
            and any(b in group["hubs"] for group in groups)
        )


@given(grouped())
def test_groups_without_hubs_stay_apart(
    world: tuple[list[str], tuple[dict[str, Any], ...]],
) -> None:
    names, groups = world
    bare = tuple({key: group[key] for key in ("name", "clusters")} for group in groups)
    found = edges(names, "groups", groups=bare)

    assert all(any({a, b} <= set(group["clusters"]) for group in groups) for a, b in found)


@given(NAMES, st.data())
def test_explicit_links_are_added_to_any_shape(names: list[str], data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(["full-mesh", "ring", "none"]))
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names))))
    listed = tuple({"from": a, "to": b} for a, b in pairs if a != b)
    between = ({"between": tuple(names[:3])},) if len(names) > 1 else ()

    found = edges(names, shape, links=(*listed, *between))

    both = {(a, b) for a in names[:3] for b in names[:3] if a != b}
    assert found == edges(names, shape) | {(a, b) for a, b in pairs if a != b} | both


@pytest.mark.parametrize("shape", ["full-mesh", "ring", "hub-and-spokes", "groups", "none"])
@given(names=NAMES, random=st.randoms())
def test_links_do_not_depend_on_the_order_of_the_list(
    shape: str, names: list[str], random: Any
) -> None:
    keys: dict[str, dict[str, Any]] = {
        "hub-and-spokes": {"hubs": (max(names),)},
        "groups": {"groups": ({"name": "g", "clusters": (min(names), max(names))},)},
        "none": {"links": ({"from": min(names), "to": max(names)},)},
    }
    more = keys.get(shape, {})
    shuffled = list(names)
    random.shuffle(shuffled)

    assert edges(shuffled, shape, **more) == edges(names, shape, **more)


@SLOW
@given(FEW, st.randoms())
def test_the_order_of_the_list_is_irrelevant(names: list[str], random: Any) -> None:
    shuffled = list(names)
    random.shuffle(shuffled)

    assert registrations(names) == registrations(shuffled)


@SLOW
@given(FEW)
def test_another_cluster_adds_its_subtree_and_its_links_only(names: list[str]) -> None:
    before = registrations(names)
    after = registrations([*names, "zz"])

    assert {name: after[name] for name in before} == before, "an existing resource changed"
    added = set(after) - set(before)
    links = {n for n in added if n.endswith("-peering")}
    assert links == {f"{n}-to-zz-peering" for n in names} | {f"zz-to-{n}-peering" for n in names}
    assert all("zz" in name for name in added)


def test_another_shape_touches_only_the_links_that_differ() -> None:
    names = ["a", "b", "c"]
    hub = registrations(names, topology={"shape": "hub-and-spokes", "hubs": ("a",)})
    full = registrations(names)

    assert {name: full[name] for name in hub} == hub
    new = set(full) - set(hub)
    assert new == {
        f"{link}-peering{part}" for link in ("b-to-c", "c-to-b") for part in ("", "-gateway")
    }
