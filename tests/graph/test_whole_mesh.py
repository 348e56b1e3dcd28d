"""With every part on: what order, a preview and another cluster change, and where secrets are."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from components import plan
from components.settings import Settings
from tests.engine import SECRET_SIGNATURE, SIGNATURE_KEY, STACK, Recorder
from tests.mesh import EVERYTHING, SSH_KEY, Memory, access, build, everything

VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "operator": {},
    "helm": {"mesh": {"install": "helm"}},
    "istioctl": {"links": {"mode": "istioctl"}},
    "dedicated": {"management": {"dedicated": {"name": "plane", "context": "plane"}}},
    "meshctl": {"management": {"cluster": "cluster1", "mode": "meshctl"}},
}
ORDERED: Final[Mapping[str, Any]] = {
    **EVERYTHING,
    "drills": [*EVERYTHING["drills"], {"service": "details", "cluster": "cluster2"}],
}
"""With two entries at least in every list whose order could matter."""

ALL = pytest.mark.parametrize("variant", VARIANTS)
SLOW = budget(max_examples=8)

JOINING = ("Peering", "ManagementAgent", "Drill", "LinkCheck")
"""Components that two clusters are involved in."""


def registrations(mesh: Recorder) -> dict[str, Any]:
    return {
        name: (mesh.inputs(name), mesh.provider(name), mesh.parent(name), sorted(mesh.edges(name)))
        for name in mesh.seen
        if name != STACK
    }


def shuffled(value: Any, random: Any) -> Any:
    """Return a value of a stack file with every list in it, however deep, in another order."""
    if isinstance(value, Mapping):
        return {key: shuffled(item, random) for key, item in value.items()}
    if isinstance(value, list):
        items = [shuffled(item, random) for item in value]
        random.shuffle(items)
        return items
    return value


def objects(mesh: Recorder, site: str) -> set[tuple[str, str, str]]:
    found = set()
    for name, request in mesh.seen.items():
        is_object = request.type.startswith("kubernetes:") and "helm.sh" not in request.type
        if is_object and mesh.provider(name) == f"{site}-kubernetes":
            meta = mesh.inputs(name)["metadata"]
            key = (mesh.inputs(name)["kind"], meta.get("namespace", ""), meta["name"])
            assert key not in found, f"{name} is {key} once more"
            found.add(key)
    return found


def site(mesh: Recorder, config: Settings, name: str) -> str:
    """Return the cluster of a resource: its provider's, or the one that its name begins with."""
    if name == STACK:
        return ""
    own = (mesh.provider(name) or name).removesuffix("-kubernetes")
    return next((each.name for each in config.sites if own.startswith(each.name)), "")


@SLOW
@given(st.sampled_from(sorted(VARIANTS)), st.randoms())
def test_the_order_of_no_list_matters(variant: str, random: Any) -> None:
    changes = {**ORDERED, **VARIANTS[variant]}

    expected = registrations(build(everything(**changes)))
    assert registrations(build(everything(**shuffled(changes, random)))) == expected


@ALL
def test_another_cluster_changes_only_what_is_about_all_of_them(variant: str) -> None:
    changes = VARIANTS[variant]
    more = [*EVERYTHING["clusters"], {"name": "zz", "context": "zz"}]

    before = registrations(build(everything(**changes)))
    after = registrations(build(everything(**changes, clusters=more)))

    changed = {name for name in before if after.get(name) != before[name]}
    assert all("-drill-" in name or name == "link-check-command" for name in changed), changed
    assert all("zz" in name for name in set(after) - set(before))


@ALL
def test_the_first_preview_plans_everything_that_up_registers(variant: str) -> None:
    config = everything(**VARIANTS[variant])
    nothing_there = access(config)
    for cluster in nothing_there.values():
        assert isinstance(cluster.reader, Memory)
        cluster.reader.address = None

    planned = build(config, preview=True, found=nothing_there)

    assert set(planned.seen) - {STACK} == set(build(config).seen) - {STACK}


@ALL
def test_the_plan_names_every_object_and_release(variant: str) -> None:
    config = everything(**VARIANTS[variant])
    mesh = build(config)

    for name in (each.name for each in config.sites):
        assert objects(mesh, name) == plan.objects(config, name), "unplanned is unguarded"
        releases = {
            (mesh.inputs(own)["namespace"], mesh.inputs(own)["name"], own)
            for own, request in mesh.seen.items()
            if "helm.sh" in request.type and mesh.provider(own) == f"{name}-kubernetes"
        }
        expected = {(r.namespace, r.name, r.resource) for r in plan.releases(config, name)}
        assert releases == expected


@ALL
def test_clusters_wait_for_each_other_only_where_they_are_joined(variant: str) -> None:
    config = everything(**VARIANTS[variant])
    mesh = build(config)

    for name in mesh.seen:
        component = name if mesh.parent(name) == STACK else mesh.parent(name)
        kind = mesh.seen[component].type.rpartition(":")[2] if component != STACK else ""
        own = site(mesh, config, name)
        if not own or kind in JOINING:
            continue
        foreign = {edge for edge in mesh.edges(name) if site(mesh, config, edge) not in ("", own)}
        assert not foreign, f"{name} waits for another cluster"


def in_clear(value: Any) -> Iterator[str]:
    """Yield every text of a registration that is in no secret envelope."""
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) != SECRET_SIGNATURE:
            for item in value.values():
                yield from in_clear(item)
    elif isinstance(value, list):
        for item in value:
            yield from in_clear(item)
    elif isinstance(value, str):
        yield value


@ALL
def test_no_secret_is_in_clear_in_any_input(variant: str) -> None:
    mesh = build(everything(**VARIANTS[variant]))

    for name, request in mesh.seen.items():
        for text in in_clear(json_format.MessageToDict(request.object)):
            assert "canary" not in text, f"{name}: {text}"
            assert SSH_KEY not in text, name


def test_names_that_run_into_each_other_stay_apart() -> None:
    names = ("a", "a-vm", "a-vms", "a-gce")
    machines = [("a", "vm-x"), ("a-vm", "x"), ("a", "vms-y"), ("a-vms", "y"), ("a-gce", "z"),
                ("a", "gce-z")]  # fmt: skip
    gce = {"project": "my-project", "zone": "europe-west4-a"}
    vms = [{"name": name, "cluster": cluster, "gce": gce} for cluster, name in machines]

    # The recorder takes no two resources of one name; the engine stops in the middle of a run.
    mesh = build(
        everything(clusters=[{"name": n, "context": n} for n in names], vms=vms, management=None,
                   drills=None)
    )  # fmt: skip

    assert len([n for n in mesh.seen if n.endswith("-probe")]) == len(machines)
