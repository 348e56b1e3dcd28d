"""For any clusters: what one of them adds, removes or reorders is its own."""

from typing import Any

import networkx as nx
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from components import topology
from tests.mesh import build, settings

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), unique=True, max_size=8)
FEW = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), unique=True, min_size=1, max_size=3)
SLOW = budget(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def registrations(names: list[str]) -> dict[str, Any]:
    mesh = build(settings(names, bookinfo={"enabled": False}))
    return {
        name: (mesh.inputs(name), mesh.provider(name), sorted(mesh.edges(name)))
        for name, request in mesh.seen.items()
        if request.type != "pulumi:pulumi:Stack"
    }


@given(NAMES)
def test_a_full_mesh_is_the_complete_directed_graph(names: list[str]) -> None:
    links = topology.full_mesh(names)
    expected = nx.complete_graph(sorted(names), create_using=nx.DiGraph)

    assert {(link.source, link.target) for link in links} == set(expected.edges)
    assert list(links) == sorted(links)


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
