"""What is adopted after a crash, and what is refused."""

import asyncio
from typing import Any

from components import ownership, plan
from components.live import METADATA_ONLY, Unreachable
from components.naming import OPERATOR_NAMESPACE, OWNER_ANNOTATION
from components.ownership import Inventory
from tests.mesh import OWNER, settings

OURS = {"annotations": {OWNER_ANNOTATION: OWNER}}
FOREIGN = {"annotations": {OWNER_ANNOTATION: "organization/ambientmesh/other"}}
NAMESPACE = ("Namespace", "", OPERATOR_NAMESPACE)


def inventory(found: dict[ownership.Key, Any]) -> Inventory:
    return Inventory(cluster="alpha", owner=OWNER, found=found)


def record(status: str, name: str = "gloo-operator") -> dict[str, Any]:
    return {"labels": {"owner": "helm", "name": name, "status": status}}


def test_an_object_with_our_mark_is_taken_up_again() -> None:
    key = ("Namespace", "", "bookinfo")

    assert ownership.conflicts(inventory({key: OURS}), [key]) == []


def test_somebody_elses_object_is_refused_by_name() -> None:
    key = ("Service", "bookinfo", "details")

    [line] = ownership.conflicts(inventory({key: {}}), [key])

    assert "alpha: Service bookinfo/details exists and belongs to somebody else" in line


def test_another_stacks_object_is_refused_with_that_stacks_name() -> None:
    key = ("Namespace", "", "bookinfo")

    [line] = ownership.conflicts(inventory({key: FOREIGN}), [key])

    assert "stack organization/ambientmesh/other" in line


def test_an_object_that_nobody_plans_is_no_conflict() -> None:
    found = inventory({("Service", "bookinfo", "mine"): {}})

    assert ownership.conflicts(found, [("Service", "bookinfo", "details")]) == []


def test_planned_objects_carry_the_mark_beside_their_own_annotations() -> None:
    meta: Any = inventory({}).metadata("x", annotations={"a": "b"})

    assert meta.annotations == {"a": "b", OWNER_ANNOTATION: OWNER, **ownership.FORCE}


def test_helm_records_are_seen_in_our_namespace_only() -> None:
    secret = ("Secret", OPERATOR_NAMESPACE, "sh.helm.release.v1.gloo-operator.v1")
    found = {secret: record("pending-install")}

    def left(extra: dict[ownership.Key, Any]) -> dict[str, bool]:
        held = inventory({**found, **extra})
        return ownership.unfinished_releases(held, OPERATOR_NAMESPACE, "gloo-operator")

    assert left({NAMESPACE: FOREIGN}) == {}
    assert left({NAMESPACE: OURS}) == {secret[2]: True}


def test_a_finished_record_is_told_apart_and_other_releases_are_left_alone() -> None:
    found = {
        NAMESPACE: OURS,
        ("Secret", OPERATOR_NAMESPACE, "mine"): record("deployed"),
        ("Secret", OPERATOR_NAMESPACE, "other"): record("pending-install", name="other"),
        ("Secret", OPERATOR_NAMESPACE, "plain"): {},
    }

    records = ownership.unfinished_releases(inventory(found), OPERATOR_NAMESPACE, "gloo-operator")
    assert records == {"mine": False}


def test_every_planned_object_is_looked_for_in_the_cluster() -> None:
    config = settings(["alpha", "beta"])
    asked: set[str] = set()

    class Asked(Listing):
        async def metadata(self, path: str) -> list[dict[str, Any]]:
            asked.add(path)
            return []

    wanted = plan.looked_at(config, "alpha")
    asyncio.run(ownership.take("alpha", OWNER, Asked(), wanted))

    assert {ownership.collection(kind, where) for kind, where, _ in wanted} <= asked
    assert "/api/v1/namespaces/gloo-system/secrets" in asked, "Helm's records are kept in Secrets"


class Listing:
    """Answers every collection with one object, and remembers what was asked."""

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        return [{"name": path.rsplit("/", 1)[-1]}]

    async def get(self, path: str) -> dict[str, Any] | None:
        raise AssertionError(path)

    async def delete(self, path: str) -> None:
        raise AssertionError(path)


PLANNED = [("Secret", "istio-system", "cacerts")]


class Dead(Listing):
    async def metadata(self, path: str) -> list[dict[str, Any]]:
        raise Unreachable(path)


def test_an_inventory_is_keyed_by_kind_namespace_and_name() -> None:
    held = asyncio.run(ownership.take("alpha", OWNER, Listing(), PLANNED))

    assert ("Secret", "istio-system", "secrets") in held.found
    assert ("Namespace", "", "namespaces") in held.found


def test_a_cluster_that_does_not_answer_has_an_empty_inventory_that_says_why() -> None:
    held = asyncio.run(ownership.take("alpha", OWNER, Dead(), PLANNED))

    assert held.found == {}
    assert held.unreachable == "/api/v1/namespaces"


def test_lists_ask_for_metadata_so_that_no_secret_is_read() -> None:
    assert "PartialObjectMetadataList" in METADATA_ONLY


def test_one_cluster_under_two_names_is_found_out() -> None:
    system = ("Namespace", "", "kube-system")
    same = [inventory({system: {"uid": "1"}}), inventory({system: {"uid": "1"}})]

    [line] = ownership.twins(same)

    assert "are the same Kubernetes cluster" in line
    assert ownership.twins([same[0], inventory({system: {"uid": "2"}})]) == []
    assert ownership.twins([inventory({}), inventory({})]) == [], "who is silent is nobody's twin"
