"""What adopted namespaces and services must be like, told from live objects in memory."""

import asyncio
from typing import Any

import pytest

from components import adoption
from components.access import Access
from components.live import Unreachable
from components.naming import OWNER_ANNOTATION, field_manager
from components.ownership import Inventory
from tests.mesh import OWNER, Memory, settings

AMBIENT, SCOPE = "istio.io/dataplane-mode", "solo.io/service-scope"
SHOP = {"name": "shop", "services": ({"name": "web", "scope": "global"},)}
PORT = {"port": 80, "protocol": "TCP", "name": "http"}


def managed(manager: str, **parts: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        f"f:{part}": {f"f:{key}": {} for key in keys} for part, keys in parts.items()
    }
    entry = {"manager": manager, "operation": "Update", "fieldsV1": {"f:metadata": fields}}
    return {**parts, "managedFields": [entry]}


def service(**content: Any) -> dict[str, Any]:
    meta = {"name": "web", "labels": {"app": "web"}, **content.pop("metadata", {})}
    return {"metadata": meta, "spec": {"ports": [PORT], **content}}


class Cluster(Memory):
    """A cluster with one namespace, or none, and services in it."""

    def __init__(self, namespace: dict[str, Any] | None, *services: dict[str, Any]) -> None:
        super().__init__()
        self.namespace, self.services = namespace, services

    async def get(self, path: str) -> dict[str, Any] | None:
        if path.endswith("/services"):
            return {"items": list(self.services)}
        return None if self.namespace is None else {"metadata": self.namespace}


GOOD = Cluster({"name": "shop"}, service())


def told(*entries: Any, alpha: Memory = GOOD, beta: Memory = GOOD, **more: Any) -> list[str]:
    config = settings(["alpha", "beta"], namespaces=entries or (SHOP,), **more)
    found = {
        name: Access(kubeconfig={}, reader=reader, inventory=Inventory(cluster=name, owner=OWNER))
        for name, reader in (("alpha", alpha), ("beta", beta))
    }
    return asyncio.run(adoption.check(config, found))


def test_two_clusters_that_are_alike_have_no_obstacle() -> None:
    assert told() == []


def test_a_namespace_that_is_not_there_is_named_with_the_cluster_that_lacks_it() -> None:
    [line] = told(beta=Cluster(None))

    assert line.startswith("namespaces[0].name: found 'shop', which beta does not have")
    assert "; allowed: " in line
    assert "create: true" in line


def test_a_cluster_that_is_left_out_is_not_asked() -> None:
    assert told({**SHOP, "clusters": ("alpha",)}, beta=Cluster(None)) == []


def test_a_service_that_is_not_there_is_named() -> None:
    [line] = told(beta=Cluster({"name": "shop"}))

    assert "namespaces[0].services: found 'web'" in line
    assert "shop in beta" in line


def test_a_service_of_a_namespace_that_is_to_be_made_may_come_later() -> None:
    assert told({**SHOP, "create": True}, alpha=Cluster(None), beta=Cluster(None)) == []


def test_a_namespace_that_the_stack_made_is_not_turned_into_an_adopted_one() -> None:
    ours = {"name": "shop", "annotations": {OWNER_ANNOTATION: OWNER}}

    [line] = told(alpha=Cluster(ours, service()))

    assert "namespaces[0].create: found false" in line
    assert "would delete it" in line


def test_somebody_elses_value_is_told_with_key_holder_and_fix() -> None:
    theirs = {"name": "shop", **managed("kubectl-label", labels={AMBIENT: "none"})}

    [line] = told(alpha=Cluster(theirs, service()))

    assert line.startswith(
        f"alpha: Namespace shop: label {AMBIENT} is 'none', set by kubectl-label"
    )
    assert "allowed: 'ambient'" in line
    assert f"{AMBIENT}-" in line


def test_a_label_of_a_service_is_looked_at_too() -> None:
    theirs = {"labels": {"app": "web"}} | managed("helm", labels={"app": "web", SCOPE: "cluster"})

    lines = told(alpha=Cluster({"name": "shop"}, service(metadata=theirs)))

    assert [line for line in lines if f"Service shop/web: label {SCOPE} is 'cluster'" in line]


@pytest.mark.parametrize(
    "namespace",
    [
        {"labels": {AMBIENT: "ambient"}},
        managed("kubectl", labels={AMBIENT: "ambient"}),
        managed(field_manager(OWNER), labels={AMBIENT: "none"}),
        {"labels": {AMBIENT: "none"}},
    ],
    ids=["same", "same of another", "what we said before", "nobody's"],
)
def test_what_nobody_else_holds_is_no_conflict(namespace: dict[str, Any]) -> None:
    assert told(alpha=Cluster({"name": "shop", **namespace}, service())) == []


def test_another_stack_that_adopted_it_is_told() -> None:
    annotations = {"pulumi.com/patchFieldManager": "organization/ambientmesh/other"}
    theirs = managed("organization/ambientmesh/other", annotations=annotations)

    [line] = told(alpha=Cluster({"name": "shop", **theirs}, service()))

    assert "organization/ambientmesh/other" in line


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (service(ports=[{**PORT, "port": 8080}]), "beta has 8080/TCP name http"),
        (service(ports=[{**PORT, "name": "web"}]), "beta has 80/TCP name web"),
        (service(ports=[{**PORT, "protocol": "UDP"}]), "beta has 80/UDP name http"),
        (service(ports=[{**PORT, "appProtocol": "grpc"}]), "80/TCP name http appProtocol grpc"),
        (service(ports=[PORT, {"port": 81}]), "alpha has nothing more, beta has 81/TCP"),
        (service(metadata={"labels": {"app": "shop"}}), "alpha has app=web, beta has app=shop"),
    ],
)
def test_a_service_that_spans_must_be_the_same_everywhere(
    other: dict[str, Any], expected: str
) -> None:
    [line] = told(beta=Cluster({"name": "shop"}, other))

    assert "Service shop/web spans clusters, but its " in line
    assert expected in line


def test_a_service_that_does_not_span_may_differ() -> None:
    local = {"name": "shop", "scope": "global", "services": ({"name": "web", "scope": "cluster"},)}

    assert told(local, beta=Cluster({"name": "shop"}, service(ports=[]))) == []


def test_all_services_of_a_namespace_that_spans_are_compared() -> None:
    [line] = told(
        {"name": "shop", "scope": "global"}, beta=Cluster({"name": "shop"}, service(ports=[]))
    )

    assert "its ports differ" in line


def test_what_istiod_makes_for_a_gateway_is_nobodys_to_mend() -> None:
    def front(port: int) -> dict[str, Any]:
        labels = {"gateway.networking.k8s.io/gateway-name": "web"}
        return service(metadata={"labels": labels}, ports=[{"port": port}])

    wide = {"name": "shop", "scope": "global"}
    alpha, beta = (Cluster({"name": "shop"}, front(port)) for port in (80, 81))
    assert told(wide, alpha=alpha, beta=beta) == []


def test_labels_that_tell_istiod_what_to_do_may_differ() -> None:
    labels = {"app": "web", SCOPE: "global", AMBIENT: "x", "topology.istio.io/network": "n"}
    here = service(metadata={"labels": labels})

    assert told(alpha=Cluster({"name": "shop"}, here)) == []


def test_bookinfos_own_namespace_is_nobody_elses() -> None:
    workshop = {"name": "bookinfo", "services": ({"name": "details", "scope": "global"},)}

    assert told(workshop, alpha=Cluster(None), beta=Cluster(None)) == []


TYPO = {"name": "bookinfo", "services": ({"name": "prodpage", "scope": "global"},)}


@pytest.mark.parametrize("made", [None, {"name": "bookinfo"}])
def test_a_service_of_bookinfo_that_nobody_makes_is_misspelt(made: dict[str, Any] | None) -> None:
    [line] = told(TYPO, alpha=Cluster(made), beta=Cluster(made))

    assert line.startswith("namespaces[0].services[0].name: found 'prodpage'; allowed: ")
    assert "productpage" in line.partition("; fix: ")[0]
    assert "did you mean 'productpage'?" in line.partition("; fix: ")[2]


def test_a_service_that_somebody_added_to_bookinfo_is_taken() -> None:
    added = Cluster({"name": "bookinfo"}, service(metadata={"name": "prodpage"}))

    assert told(TYPO, alpha=added, beta=added) == []
    assert told(TYPO, alpha=added, beta=Cluster({"name": "bookinfo"})) == []


def test_without_bookinfo_its_namespace_is_like_any_other() -> None:
    lacking = Cluster({"name": "bookinfo"})
    added = Cluster({"name": "bookinfo"}, service(metadata={"name": "prodpage"}))

    [line] = told(TYPO, alpha=lacking, beta=added, bookinfo={"enabled": False})

    assert "did you mean" not in line
    assert "in alpha" in line


def test_what_a_cluster_that_is_not_asked_has_is_unknown() -> None:
    config = settings(["alpha", "beta"], namespaces=(TYPO,))
    inventory = Inventory(cluster="alpha", owner=OWNER)
    alpha = Access(kubeconfig={}, reader=Cluster(None), inventory=inventory)

    assert asyncio.run(adoption.check(config, {"alpha": alpha})) == []


def test_a_cluster_that_stops_to_answer_is_told() -> None:
    class Dead(Memory):
        async def get(self, path: str) -> dict[str, Any] | None:
            raise Unreachable(f"refused {path}")

    [line] = told(beta=Dead())

    assert line.startswith("beta does not answer: refused ")


def test_a_long_mark_makes_a_manager_that_an_api_server_accepts() -> None:
    long = "organization/" + "x" * 200

    assert len(field_manager(long)) == 128
    assert field_manager(long) != field_manager(f"{long}y")
    assert field_manager(OWNER) == OWNER
