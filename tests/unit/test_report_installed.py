"""What is said of installations and their parts, of drills, and of machines that the stack made."""

from typing import Any

import pytest

from report.facts import Weight
from tests.unit.plans import component, mesh, step

OPERATOR = component("GlooOperator", "c1-operator")
ISTIO = component("IstioHelm", "c1-istio")
EXTENSIONS = {"metadata": {"name": "gloo-extensions-config", "namespace": "gloo-system"}}


def extensions(op: str, **sides: Any) -> Any:
    kind = "kubernetes:core/v1:ConfigMap"
    return step("c1-operator-extensions", op, kind, within="GlooOperator::c1-operator", **sides)


@pytest.mark.parametrize(
    ("op", "sides", "verb"),
    [
        ("create", {"new": EXTENSIONS}, "is added"),
        ("delete", {"old": EXTENSIONS}, "is removed"),
        ("update", {"old": EXTENSIONS, "new": {**EXTENSIONS, "data": {"a": "b"}}}, "changes"),
    ],
)
def test_what_the_operator_adds_to_istiod_restarts_it(
    op: str, sides: dict[str, Any], verb: str
) -> None:
    assert mesh(OPERATOR, extensions(op, **sides)) == [
        (
            Weight.TOUCHES,
            f"ConfigMap `gloo-extensions-config` {verb} in `c1`: the operator restarts istiod",
        )
    ]


def test_an_operator_that_comes_with_it_has_nothing_to_restart() -> None:
    operator = component("GlooOperator", "c1-operator", "create")

    assert mesh(operator, extensions("create", new=EXTENSIONS)) == [
        (Weight.GROWS, "the Gloo operator is installed in `c1`")
    ]


@pytest.mark.parametrize(
    ("op", "weight", "verb"),
    [
        ("create", Weight.GROWS, "added"),
        ("delete", Weight.BREAKS, "removed"),
        ("replace", Weight.BREAKS, "replaced"),
    ],
)
def test_a_part_of_an_installation_that_stays_is_told_by_its_name(
    op: str, weight: Weight, verb: str
) -> None:
    side = {"old" if op == "delete" else "new": {"metadata": {"name": "solo-istio-license"}}}
    kind = "kubernetes:core/v1:Secret"
    part = step("c1-istio-license", op, kind, within="IstioHelm::c1-istio", **side)

    text = f"of Istio's installation Secret `solo-istio-license` is {verb} in `c1`"
    assert mesh(ISTIO, part) == [(weight, text)]


def test_an_installation_that_goes_as_a_whole_is_told_as_one() -> None:
    kind, within = "kubernetes:helm.sh/v3:Release", "IstioHelm::c1-istio"
    gone = (step(f"c1-istio-{name}", "delete", kind, within=within) for name in "ab")

    assert mesh(component("IstioHelm", "c1-istio", "delete"), *gone) == [
        (Weight.BREAKS, "Istio's installation is removed in `c1`")
    ]


def drill(op: str, service: str = "shop.till", cluster: str = "c1", **more: Any) -> tuple[Any, ...]:
    name = f"{cluster}-drill-{service}"
    whole = op if op in ("create", "delete") else "same"
    command = step(f"{name}-command", op, "command:local:Command", within=f"Drill::{name}", **more)
    return component("Drill", name, whole), command


@pytest.mark.parametrize("op", ["create", "replace"])
def test_a_drill_takes_a_service_away_for_a_while(op: str) -> None:
    assert mesh(*drill(op)) == [
        (Weight.TOUCHES, "a drill takes `shop.till` away in `c1` for a while")
    ]


def test_a_drill_in_a_cluster_that_joins_is_told_too() -> None:
    assert mesh(component("Cluster", "c4", "create"), *drill("create", cluster="c4")) == [
        (Weight.TOUCHES, "a drill takes `shop.till` away in `c4` for a while"),
        (Weight.GROWS, "`c4` joins the mesh of 3 clusters"),
    ]


def test_a_drill_in_a_mesh_that_begins_comes_after_what_begins() -> None:
    begins = component("Cluster", "c1", "create")

    assert mesh(begins, *drill("create"), clusters=0) == [
        (Weight.GROWS, "a new mesh of 1 cluster: nothing of it runs yet"),
        (Weight.GROWS, "a drill takes `shop.till` away in `c1` for a while"),
    ]


def test_drills_that_another_version_runs_come_after_it() -> None:
    old, new = ({"spec": {"version": version}} for version in ("1.29.1", "1.29.2"))
    upgraded = step("c1-mesh", "update", "kubernetes:x:ServiceMeshController", old=old, new=new)

    found = mesh(*drill("replace"), *drill("replace", "shop.web", "c2"), upgraded)
    assert [weight for weight, _ in found] == [Weight.TOUCHES, Weight.TOUCHES]
    assert found[0][1].startswith("mesh version 1.29.1 → 1.29.2")
    assert found[1][1] == (
        "drills take services away for a while, one after the other: `shop.till` and `shop.web`"
        " in `c1` and `c2`"
    )


def test_a_drill_that_does_not_run_touches_nothing() -> None:
    ((gone, _),) = mesh(*drill("delete"))
    ((kept, text),) = mesh(*drill("update", old={"stdin": "a"}, new={"stdin": "b"}))

    assert gone is kept is Weight.GROWS
    assert text == "1 drill changes and does not run: `shop.till` in `c1`"


DELETED = "machines are deleted with their disks: `c1-gce.till`"
ANEW = "machines are made anew, and what is on the disks of the old ones is deleted: `c1-gce.till`"


@pytest.mark.parametrize(("op", "text"), [("delete", DELETED), ("replace", ANEW)])
@pytest.mark.parametrize("leaves", [True, False])
def test_a_machine_of_the_stack_that_goes_takes_its_disk_along(
    op: str, text: str, *, leaves: bool
) -> None:
    within = "GceInstance::c1-gce.till"
    instance = step("c1-gce.till-vm", op, "gcp:compute/instance:Instance", within=within)
    provider = step("c1-gce.till-gcp", op, "pulumi:providers:gcp", within=within)
    machine = component("GceInstance", "c1-gce.till", "delete" if op == "delete" else "same")
    left = (component("Cluster", "c1", "delete"),) if leaves else ()

    found = mesh(machine, instance, provider, *left)
    assert found[0] == (Weight.BREAKS, text)
    assert len(found) == 1 + leaves
