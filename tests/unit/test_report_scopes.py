"""What is said of a service's scope: that of its own label, else of its namespace's."""

from typing import Any

import pytest

from report import masking
from report.facts import Weight
from report.plan import Step
from tests.unit.plans import mesh, step

SCOPE = "solo.io/service-scope"
SERVICE, PATCH = "kubernetes:core/v1:Service", "kubernetes:core/v1:ServicePatch"
NAMESPACE, HOME = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:NamespacePatch"
BEGINS = (Weight.TOUCHES, "becomes global: its pods answer calls to its global host")
ENDS = (Weight.BREAKS, "spans clusters no more")
NEITHER = (Weight.GROWS, "spans no clusters, as before")
KEEPS = (Weight.GROWS, "spans clusters as before, by another label")


def side(name: str, scope: Any, namespace: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"metadata": {**found, "labels": {SCOPE: scope} if scope else {}}}


def sides(op: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return ({} if op == "create" else {"old": old}) | ({} if op == "delete" else {"new": new})


def service(old: str, new: str, op: str = "update", kind: str = SERVICE) -> Step:
    both = sides(op, side("till", old, "shop"), side("till", new, "shop"))
    return step("c1-namespaces-service.shop.till", op, kind, **both)


def home(old: Any, new: Any, op: str = "", kind: str = NAMESPACE) -> Step:
    op = op or ("same" if old == new else "update")
    both = sides(op, side("shop", old), side("shop", new))
    return step("c1-namespaces-namespace.shop", op, kind, **both)


def said(*steps: Step) -> list[tuple[Weight, str]]:
    return [(weight, text.partition("` of `c1` ")[2]) for weight, text in mesh(*steps)]


def begins(found: tuple[Weight, str], wanted: tuple[Weight, str]) -> bool:
    return found[0] is wanted[0] and found[1].startswith(wanted[1])


@pytest.mark.parametrize(
    ("own", "above", "wanted"),
    [
        (("cluster", ""), ("global", "global"), BEGINS),
        (("", "cluster"), ("global", "global"), ENDS),
        (("", "cluster"), ("", ""), NEITHER),
        (("cluster", ""), ("", ""), NEITHER),
        (("global", ""), ("", ""), ENDS),
        (("global", ""), ("global", "global"), KEEPS),
        (("", "global"), ("", ""), BEGINS),
        (("global", "global-only"), ("", ""), (Weight.TOUCHES, "becomes global-only")),
        (("global", ""), ("global-only", "global-only"), (Weight.TOUCHES, "becomes global-only")),
        (("global-only", ""), ("global", "global"), (Weight.TOUCHES, "keeps its global host")),
    ],
)
def test_a_service_without_a_label_has_its_namespaces(
    own: tuple[str, str], above: tuple[str, str], wanted: tuple[Weight, str]
) -> None:
    (found,) = said(service(*own), home(*above))

    assert begins(found, wanted)


def test_a_scope_that_moves_from_a_service_to_its_namespace_ends_nothing() -> None:
    moved = (service("global", "", "delete", PATCH), home("", "global", kind=HOME))

    assert {weight for weight, _ in said(*moved)} == {Weight.TOUCHES, Weight.GROWS}
    assert any(begins(found, KEEPS) for found in said(*moved))


def test_a_scope_that_is_put_on_a_service_that_spanned_by_its_namespace_begins_nothing() -> None:
    (found,) = said(service("", "global", "create", PATCH), home("global", "global", kind=HOME))

    assert begins(found, KEEPS)


def test_a_namespace_that_never_spanned_ends_nothing_where_it_says_so() -> None:
    (found,) = said(home("", "cluster"))

    assert begins(found, NEITHER)


@pytest.mark.parametrize("above", [(), (home("", masking.UNKNOWN),)])
def test_where_the_plan_does_not_know_the_namespace_the_label_alone_is_told(
    above: tuple[Step, ...],
) -> None:
    assert any(begins(one, ENDS) for one in said(service("global", ""), *above))
    given = (Weight.TOUCHES, "has the scope again that others may have given its namespace")
    assert any(begins(one, given) for one in said(service("cluster", ""), *above))


def test_a_namespace_that_others_made_may_have_a_scope_that_its_patch_lacks() -> None:
    lacking = home("", "", kind=HOME)

    (found,) = said(service("", "cluster", "create", PATCH), lacking)
    assert begins(found, ENDS)
    (found,) = said(home("", "cluster", kind=HOME))
    assert begins(found, ENDS)


def test_a_record_of_what_stays_may_have_one_side_alone() -> None:
    stays = step("c1-namespaces-namespace.shop", "same", NAMESPACE, new=side("shop", "global"))

    (found,) = said(service("cluster", ""), stays)
    assert begins(found, BEGINS)


def test_a_namespace_of_the_same_name_in_another_cluster_says_nothing() -> None:
    other = step("c2-namespaces-namespace.shop", "same", NAMESPACE, new=side("shop", "global"))

    (found,) = said(service("global", ""), other)
    assert begins(found, ENDS)
