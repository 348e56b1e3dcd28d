"""Which names stand for what is deleted or replaced, and which one is proposed."""

import pytest

from report import losses, named
from report.named import Loss
from report.places import placed
from report.plan import Plan, Step
from tests.unit.plans import component, step


def lost(*steps: Step) -> list[Loss]:
    return list(losses.losses(placed(Plan(steps=steps))))


def unnamed(text: str, *steps: Step) -> set[str]:
    return {loss.resource for loss in named.unnamed(lost(*steps), text, "local", alone=True)}


def egress(cluster: str, op: str = "delete") -> tuple[Step, Step]:
    name = f"{cluster}-egress"
    provider = f"urn:pulumi:test::x::pulumi:providers:kubernetes::{cluster}-kubernetes::id"
    within = f"Egress::{name}"
    inside = step(f"{name}-gateway", op, "kubernetes:x:Gateway", within=within, provider=provider)
    return component("Egress", name, op), inside


@pytest.mark.parametrize("name", ["egress", "Egress", "c1-egress"])
def test_a_cluster_is_not_taken_for_a_class_or_for_a_part_of_another(name: str) -> None:
    members = (component("Cluster", "c1"), component("Cluster", name, "delete"))
    own = step(f"{name}-thing", "delete", "x:y:Thing")
    plan = (*members, own, *egress("c1"))

    # The component itself has that very name.
    left = {"c1-egress-gateway", "c1-egress"} - {name}
    assert unnamed(f"Deletes: {name}", *plan) == left


def test_a_class_stands_for_all_of_it_where_no_cluster_is_called_so() -> None:
    members = [component("Cluster", f"c{number}") for number in (1, 2, 3)]
    plan = (*members, *(one for member in members for one in egress(member.name)))

    assert not unnamed("Deletes: egress", *plan)
    assert {loss.advised for loss in lost(*plan)} == {"Egress"}


def test_what_is_proposed_names_everything_also_where_a_cluster_has_the_name_of_a_class() -> None:
    members = [component("Cluster", name) for name in ("c1", "c2", "egress")]
    plan = (*members, *(one for member in members for one in egress(member.name)))

    lines = "\n".join(named.lines({"local": lost(*plan)}, alone=True))
    assert lines == "Deletes: c1-egress, c2-egress, egress-egress"
    assert not unnamed(lines, *plan)


def test_a_cluster_whose_name_begins_as_the_engines_providers_do_is_lost_like_any_other() -> None:
    assert [loss.advised for loss in lost(component("Cluster", "default-us", "delete"))] == [
        "default-us"
    ]
