"""How clusters are reached before the first resource: contexts, and the stack's own state."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components import bootstrap, gke_kubeconfig, stack_state, ways
from components.access import Access
from components.gke_kubeconfig import CLUSTER_TYPE, PLUGIN, Incomplete
from components.later import LaterReader
from components.live import Nothing, Unreachable
from components.settings import Settings
from tests.engine import UNKNOWN, record
from tests.mesh import Memory
from tests.mesh import settings as contexts
from tests.unit.test_bootstrap import told

GKE = {"location": "europe-west4", "project": "my-project"}
CA = "Y2VydGlmaWNhdGU="


def settings_of(clusters: list[dict[str, Any]], **values: Any) -> Settings:
    """Return settings of these clusters, as a stack file would have them."""
    return Settings.model_validate_json(json.dumps({"clusters": clusters, **values}))


def settings(*names: str, **values: Any) -> Settings:
    """Return settings of clusters that the stack makes."""
    return settings_of([{"name": name, "gke": GKE} for name in names], **values)


def urn(cluster: str) -> str:
    path = f"ambientmesh:index:Cluster$ambientmesh:index:GkeCluster${CLUSTER_TYPE}"
    return f"urn:pulumi:test::ambientmesh::{path}::{cluster}-gke-cluster"


def made(**outputs: Any) -> dict[str, Any]:
    """Return a cluster as the state has it."""
    full = {"endpoint": "192.0.2.1", "masterAuth": {"clusterCaCertificate": CA}, **outputs}
    return {"type": CLUSTER_TYPE, "outputs": full}


def named(*, open_to_all: bool) -> dict[str, Any]:
    ways = {"endpoint": "gke-1.example.com", "allowExternalTraffic": open_to_all}
    return {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": ways}}


def test_a_cluster_that_the_state_knows_is_reached_by_its_plugin_and_no_token() -> None:
    found = gke_kubeconfig.of_state("alpha", {urn("beta"): made(), urn("alpha"): made()})

    assert found is not None
    assert found["current-context"] == "alpha"
    expected = {"server": "https://192.0.2.1", "certificate-authority-data": CA}
    assert found["clusters"][0]["cluster"] == expected
    user = found["users"][0]["user"]
    assert list(user) == ["exec"]
    assert user["exec"]["command"] == PLUGIN


@pytest.mark.parametrize("open_to_all", [True, False])
def test_its_dns_name_is_used_where_that_lets_everybody_ask(*, open_to_all: bool) -> None:
    found = gke_kubeconfig.of_state("alpha", {urn("alpha"): made(**named(open_to_all=open_to_all))})

    assert found is not None
    cluster = found["clusters"][0]["cluster"]
    assert (cluster == {"server": "https://gke-1.example.com"}) is open_to_all


@pytest.mark.parametrize(
    "state",
    [
        {},
        {urn("beta"): made()},
        {urn("an-alpha"): made()},
        {urn("alpha"): {"type": "gcp:container/nodePool:NodePool", "outputs": {}}},
    ],
)
def test_a_cluster_that_the_state_does_not_know_is_not_there(state: dict[str, Any]) -> None:
    assert gke_kubeconfig.of_state("alpha", state) is None


@pytest.mark.parametrize("lacking", ["endpoint", "masterAuth"])
def test_a_cluster_without_an_address_says_what_to_do(lacking: str) -> None:
    with pytest.raises(Incomplete, match="pulumi refresh"):
        gke_kubeconfig.of_state("alpha", {urn("alpha"): made(**{lacking: None})})


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a run meets: the state, whether the plugin is there, and the live clusters."""
    found: dict[str, Any] = {"state": {}, "plugin": "/usr/bin/plugin", "live": {}, "asked": 0}

    def resources() -> Mapping[str, Any]:
        found["asked"] += 1
        state: Mapping[str, Any] = found["state"]
        return state

    monkeypatch.setattr(stack_state, "resources", resources)
    monkeypatch.setattr("shutil.which", lambda _: found["plugin"])
    monkeypatch.setattr(
        ways, "ClusterReader", lambda given: found["live"][given["current-context"]]
    )
    monkeypatch.setattr("pulumi.get_organization", lambda: "organization")
    return found


def entered(config: Settings, *, preview: bool = False) -> dict[str, Access]:
    """Return how the clusters of a stack are reached."""
    found: dict[str, Access] = {}
    record(lambda: found.update(bootstrap.access(config)), preview=preview)
    return found


class Silent(Memory):
    """A cluster that does not answer."""

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        raise Unreachable(f"connection refused for {path}")


@pytest.mark.parametrize("preview", [True, False])
def test_a_cluster_that_is_yet_to_be_made_holds_nothing(
    world: dict[str, Any], *, preview: bool
) -> None:
    found = entered(settings("alpha"), preview=preview)["alpha"]

    assert not found.exists
    assert found.kubeconfig == {}
    assert isinstance(found.reader, Nothing)
    assert not found.inventory.found
    assert not found.inventory.unreachable
    assert found.later is LaterReader
    assert world["asked"] == 1


def test_of_a_cluster_that_is_yet_to_be_made_it_is_known_what_is_there(
    world: dict[str, Any],
) -> None:
    network = "urn:pulumi:test::ambientmesh::gcp:compute/network:Network::gcp-my-project-network"
    world["state"] = {network: {"type": "gcp:compute/network:Network", "outputs": {}}}

    assert entered(settings("alpha"))["alpha"].made == {"gcp-my-project-network"}


def test_a_cluster_that_is_made_is_asked_what_is_in_it(world: dict[str, Any]) -> None:
    world["state"] = {urn("alpha"): made()}
    world["live"] = {"alpha": Memory()}

    found = entered(settings("alpha"))["alpha"]

    assert found.exists
    assert found.reader is world["live"]["alpha"]
    assert found.kubeconfig["current-context"] == "alpha"


def test_a_made_cluster_that_does_not_answer_ends_up_and_not_a_preview(
    world: dict[str, Any],
) -> None:
    world["state"] = {urn("alpha"): made()}
    world["live"] = {"alpha": Silent()}

    found = entered(settings("alpha"), preview=True)["alpha"]
    message = told(lambda: bootstrap.access(settings("alpha")))

    assert found.exists
    assert "connection refused" in found.inventory.unreachable
    assert message.startswith(
        "nothing was touched\nAM904 alpha does not answer: connection refused"
    )


@pytest.mark.parametrize("state", [{}, {urn("alpha"): made()}])
def test_without_the_plugin_up_is_refused_before_it_makes_a_cluster(
    world: dict[str, Any], state: dict[str, Any]
) -> None:
    world.update(state=state, plugin=None, live={"alpha": Memory()})

    found = entered(settings("alpha"), preview=True)["alpha"]
    message = told(lambda: bootstrap.access(settings("alpha")))

    assert (PLUGIN in found.inventory.unreachable) is bool(state)
    assert message.startswith(f"nothing was touched\nAM905 {PLUGIN} is not on the PATH")
    assert "gcloud components install" in message


def test_a_cluster_that_is_half_made_ends_up_and_says_what_to_do(world: dict[str, Any]) -> None:
    world["state"] = {urn("alpha"): made(endpoint=None)}

    message = told(lambda: bootstrap.access(settings("alpha")))

    assert message.startswith("nothing was touched\nAM904 alpha does not answer: the stack's state")
    assert "pulumi refresh" in message


def test_what_is_to_be_adopted_cannot_be_in_a_cluster_that_is_yet_to_be_made(
    world: dict[str, Any],
) -> None:
    del world
    config = settings("alpha", namespaces=[{"name": "shop"}])

    message = told(lambda: bootstrap.access(config), preview=True)

    assert "namespaces[0].name: found 'shop', which alpha does not have" in message


def test_a_stack_of_contexts_never_asks_for_the_state(world: dict[str, Any]) -> None:
    config = contexts(["alpha"])

    told(lambda: bootstrap.access(config))

    assert world["asked"] == 0


def test_the_state_is_asked_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Answer:
        value = {"outputs": {urn("alpha"): made()}}  # noqa: RUF012 read once

    def invoke(token: str, arguments: Any) -> Answer:
        asked.append((token, arguments))
        return Answer()

    monkeypatch.setattr("pulumi.runtime.invoke", invoke)
    record(lambda: asked.append(stack_state.resources()))

    assert asked[0] == ("pulumi:pulumi:readStackResourceOutputs", {"stackName": "test"})
    assert asked[1] == {urn("alpha"): made()}


KUBECONFIG = {"current-context": "alpha"}
PATH = "/api/v1/namespaces/shop"


def asked(*, preview: bool, known: bool, later: Memory) -> list[Any]:
    """Return what a reader by an output says of an object, or why not."""
    heard: list[Any] = []

    def program() -> pulumi.Output[None]:
        value: Any = KUBECONFIG if known else UNKNOWN
        config = pulumi.Output.from_input(pulumi.UNKNOWN if value == UNKNOWN else value)
        reader = LaterReader(config, lambda _: later)

        async def look() -> None:
            try:
                heard.append(await reader.get(PATH))
            except Unreachable as error:
                heard.append(str(error))

        return pulumi.Output.from_input(look())

    record(program, preview=preview)
    return heard


def test_a_later_reader_finds_nothing_in_a_preview_and_waits_in_a_run() -> None:
    assert asked(preview=True, known=False, later=Memory()) == [None]
    assert asked(preview=False, known=False, later=Memory()) == ["the cluster is not made yet"]


@pytest.mark.parametrize("preview", [True, False])
def test_a_later_reader_reads_once_the_way_is_known(*, preview: bool) -> None:
    (found,) = asked(preview=preview, known=True, later=Memory())

    assert found["status"]["addresses"] == [{"value": "192.0.2.1"}]
