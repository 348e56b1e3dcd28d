"""What several objects of a mesh must say alike, held to what the program registers of many meshes.

No rule has to demand it of a stack file, because nothing of it is written there twice.
"""

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest

from components import remote_links, topology
from components.models import PolicySettings
from components.naming import CLUSTER_LABEL, NETWORK_LABEL
from components.settings import Settings, parse
from policies.catalog import POLICIES
from policies.policy import Context
from policies.resource import Resource
from tests import corpus
from tests.engine import Recorder
from tests.mesh import OWNER, build

PASSED: Final = ("links by istioctl", "many clusters")
"""Meshes whose Gateways are made by commands, which other tests read; and what takes long."""
OLD: Final = ("an old mesh",)
"""Below 1.28 no Gateway names its cluster."""
MESHES: Final = sorted(set(corpus.MESHES) - set(PASSED))
EACH = pytest.mark.parametrize("name", MESHES)


@dataclass(frozen=True)
class Made:
    """A resource in a cluster."""

    cluster: str
    type: str
    inputs: Mapping[str, Any]


@cache
def recorded(name: str) -> tuple[Settings, Recorder]:
    settings = parse(corpus.raw(corpus.mesh(name)))
    return settings, build(settings)


@cache
def compiled(name: str) -> tuple[Settings, tuple[Made, ...]]:
    settings, mesh = recorded(name)
    made = (
        Made(
            (mesh.provider(called) or "").removesuffix("-kubernetes"), one.type, mesh.inputs(called)
        )
        for called, one in mesh.seen.items()
        if mesh.provider(called)
    )
    return settings, tuple(made)


def objects(made: Iterable[Made], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every object of a kind with its cluster."""
    return ((one.cluster, one.inputs) for one in made if one.inputs.get("kind") == kind)


def gateways(made: Iterable[Made], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for cluster, gateway in objects(made, "Gateway"):
        if gateway["spec"]["gatewayClassName"] == kind:
            yield cluster, gateway


def releases(made: Iterable[Made], chart: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the values of every release of a chart with its cluster."""
    for one in made:
        if one.type.endswith(":Release") and one.inputs["chart"].endswith(f"/{chart}"):
            yield one.cluster, one.inputs["values"]


def installed(made: Iterable[Made]) -> dict[str, dict[str, str]]:
    """Return what every cluster's own istiod is told that the cluster is."""
    keys = ("cluster", "network", "trustDomain")
    found = {
        site: {key: controller["spec"][key] for key in keys}
        for site, controller in objects(made, "ServiceMeshController")
    }
    for site, values in releases(made, "istiod"):
        names = values["global"]["multiCluster"]["clusterName"], values["global"]["network"]
        said = (*names, values["meshConfig"]["trustDomain"])
        found[site] = dict(zip(keys, said, strict=True))
    return found


def expected(settings: Settings) -> dict[tuple[str, str], topology.Member]:
    """Return the far end of every link, by its two clusters."""
    members = {member.name: member for member in topology.members(settings)}
    inside = {(link.source, link.target): members[link.target] for link in topology.links(settings)}
    outside = {
        (link.source, link.target.name): link.target for link in remote_links.links(settings)
    }
    return inside | outside


@EACH
def test_istiod_is_told_what_the_stack_file_says_of_its_cluster(name: str) -> None:
    settings, mesh = compiled(name)

    assert installed(mesh) == {
        one.name: {"cluster": one.name, "network": one.network, "trustDomain": one.trust_domain}
        for one in settings.clusters
    }


@EACH
def test_a_peer_has_the_network_cluster_and_trust_domain_of_its_far_end(name: str) -> None:
    settings, mesh = compiled(name)
    far = expected(settings)
    here = installed(mesh)
    by_network = {(source, member.network): member for (source, _), member in far.items()}

    for source, gateway in gateways(mesh, "istio-remote"):
        labels, annotations = gateway["metadata"]["labels"], gateway["metadata"]["annotations"]
        cluster = labels.get(CLUSTER_LABEL)
        assert (cluster is None) == (name in OLD)
        target = far[source, cluster] if cluster else by_network[source, labels[NETWORK_LABEL]]
        trust_domain = annotations["gateway.istio.io/trust-domain"]
        assert labels[NETWORK_LABEL] == target.network
        assert trust_domain == target.trust_domain
        if target.name in here:
            assert here[target.name]["network"] == labels[NETWORK_LABEL]
            assert here[target.name]["trustDomain"] == trust_domain
        assert target.name != source, "a cluster is no peer of itself"


@EACH
def test_there_is_one_peer_for_every_link_and_no_other(name: str) -> None:
    settings, mesh = compiled(name)
    found = list(gateways(mesh, "istio-remote"))

    called = Counter((source, gateway["metadata"]["name"]) for source, gateway in found)
    assert called == Counter(
        (source, member.peer) for (source, _), member in expected(settings).items()
    )
    assert set(called.values()) <= {1}


@EACH
def test_the_type_of_an_address_fits_its_value(name: str) -> None:
    _, mesh = compiled(name)

    for _, gateway in gateways(mesh, "istio-remote"):
        (address,) = gateway["spec"]["addresses"]
        try:
            ipaddress.ip_address(address["value"])
            kind = "IPAddress"
        except ValueError:
            kind = "Hostname"
        assert address["type"] == kind


@EACH
def test_a_cluster_says_the_same_of_itself_on_its_gateway_and_to_its_dataplane(name: str) -> None:
    settings, mesh = compiled(name)
    here = installed(mesh)

    exposed = dict(gateways(mesh, "istio-eastwest"))
    assert set(exposed) == set(settings.names)
    for cluster, gateway in exposed.items():
        labels = gateway["metadata"]["labels"]
        assert labels[NETWORK_LABEL] == here[cluster]["network"]
        assert labels.get(CLUSTER_LABEL) == (None if name in OLD else cluster)
    for cluster, values in releases(mesh, "ztunnel"):
        assert values["multiCluster"]["clusterName"] == here[cluster]["cluster"]
        assert values["network"] == here[cluster]["network"]


@EACH
def test_a_principal_is_in_the_trust_domain_of_the_cluster_that_lets_it_through(name: str) -> None:
    _, mesh = compiled(name)
    here = installed(mesh)

    for cluster, policy in objects(mesh, "AuthorizationPolicy"):
        for rule in policy["spec"].get("rules", []):
            for source in (item["source"] for item in rule["from"]):
                domains = {text.split("/ns/")[0] for text in source["principals"]}
                assert domains == {here[cluster]["trustDomain"]}


@EACH
def test_an_external_host_is_bound_to_a_gateway_of_its_cluster(name: str) -> None:
    _, mesh = compiled(name)
    served = {
        (cluster, gateway["metadata"]["namespace"], gateway["metadata"]["name"])
        for cluster, gateway in gateways(mesh, "istio-waypoint")
    }

    for cluster, entry in objects(mesh, "ServiceEntry"):
        labels = entry["metadata"]["labels"]
        place = labels["istio.io/use-waypoint-namespace"], labels["istio.io/use-waypoint"]
        assert (cluster, *place) in served


@EACH
def test_a_namespace_has_one_scope_and_one_waypoint_in_all_clusters(name: str) -> None:
    _, mesh = compiled(name)
    said: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    own = ("topology.", "istio.io/rev")
    for kind in ("Namespace", "Service"):
        for _, found in objects(mesh, kind):
            meta = found["metadata"]
            labels = meta.get("labels") or {}
            key = f"{kind} {meta.get('namespace', '')}/{meta['name']}"
            alike = sorted(item for item in labels.items() if not item[0].startswith(own))
            said.setdefault(key, set()).add(tuple(alike))

    assert {key: len(labels) for key, labels in said.items() if len(labels) > 1} == {}


def test_the_meshes_have_what_is_held_to_be_alike() -> None:
    """Were there no such object in any of them, what holds of all would hold of none."""
    seen = Counter[str]()
    for name in MESHES:
        _, mesh = compiled(name)
        for kind in ("istio-remote", "istio-eastwest", "istio-waypoint"):
            seen[kind] += sum(1 for _ in gateways(mesh, kind))
        for kind in ("AuthorizationPolicy", "ServiceEntry", "ServiceMeshController", "Service"):
            seen[kind] += sum(1 for _ in objects(mesh, kind))
        for kind in ("istiod", "ztunnel"):
            seen[kind] += sum(1 for _ in releases(mesh, kind))

    assert min(seen.values()) > 0


@EACH
def test_no_policy_has_anything_against_a_mesh_that_is_right(name: str) -> None:
    settings, mesh = recorded(name)
    mirrors = (*PolicySettings().registries, "mirror.test/istio")
    chosen = settings.policies.model_copy(update={"registries": mirrors})
    context = Context(chosen=chosen, settings=settings, owner=OWNER, project=corpus.PROJECT)
    made = [
        Resource(urn=called, type=one.type, name=called, given=one.object, parent=one.parent)
        for called, one in mesh.seen.items()
    ]

    found = [
        finding.what
        for policy in POLICIES
        if policy.of_resource
        for one in made
        for finding in policy.of_resource(one, context)
    ]

    assert found == []
