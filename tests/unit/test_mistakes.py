"""Seeded mistakes: a change to a mesh that is right, and the codes that it is told by."""

import json
import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from components import manifests, rules
from components.settings import ConfigurationError, parse
from tests import corpus
from tests.unit.mutations import GONE, changed, mutated

Change = Mapping[str, Any]

TWO, GKE, OLD = "two clusters", "clusters on GKE", "an old mesh"
EVERYTHING, HELM = "everything", "everything by Helm"
_PORT = "ssh.port"

MISTAKES: Final[Mapping[str, tuple[str, Change, str]]] = {
    # One key alone.
    "no clusters": (TWO, {"clusters": GONE}, "AM002"),
    "a key that nobody knows": (TWO, {"colour": "red"}, "AM001"),
    "a key in other letters": (TWO, {"clusters[0].trustdomain": "x"}, "AM001"),
    "a name left out": (TWO, {"clusters[1].name": GONE}, "AM002"),
    "a number for a name": (TWO, {"clusters[1].name": 7}, "AM003"),
    "nothing for a name": (TWO, {"clusters[1].name": None}, "AM003"),
    "a map for a list": (TWO, {"clusters": {"alpha": {}}}, "AM003"),
    "a text for a switch": (EVERYTHING, {"bookinfo.reviewsRoute": "no"}, "AM003"),
    "a profile that is none": (TWO, {"scalingProfile": "Tiny"}, "AM004"),
    "a route that is none": (TWO, {"mesh": {"install": "kustomize"}}, "AM004"),
    "a mode of links that is none": (TWO, {"links": {"mode": "manual"}}, "AM004"),
    "a scope that is none": (EVERYTHING, {"namespaces[1].scope": "world"}, "AM004"),
    "a shape that is none": ("a hub", {"topology.shape": "star"}, "AM004"),
    "a generation of zero": (EVERYTHING, {"drills[0].generation": 0}, "AM005"),
    "a port that is none": ("machines", {f"vms[0].{_PORT}": 70000}, "AM005"),
    "a root of no time": (TWO, {"trust": {"rootValidityDays": 1}}, "AM005"),
    "no cluster in the list": (TWO, {"clusters": []}, "AM006"),
    "an ingress nowhere": (EVERYTHING, {"ingress.clusters": []}, "AM006"),
    "an empty path": (TWO, {"kubeconfig": ""}, "AM006"),
    "a number with a fraction": (EVERYTHING, {"drills[0].generation": 1.5}, "AM003"),
    "half a character": (TWO, {"bookinfo": r'{"registry": "\ud800"}'}, "AM007"),
    "a link of one cluster": ("groups", {"topology.links[0].between": ["e"]}, "AM010"),
    "a stack of four parts": ("another stack", {"remotes[0].stack": "a/b/c/d"}, "AM010"),
    "a range with bits behind": (GKE, {"clusters[0].gke.cidr": "10.0.0.1/17"}, "AM010"),
    "a name with an underscore": (TWO, {"clusters[1].name": "be_ta"}, "AM011"),
    "a name of 41 letters": (TWO, {"clusters[1].name": "b" * 41}, "AM011"),
    "a network that is no name": (TWO, {"clusters[1].network": "10.0.0.0/8"}, "AM011"),
    "an account with a wildcard": (EVERYTHING, {"egress.hosts[0].allow[0]": "*"}, "AM011"),
    "a trust domain with a scheme": (TWO, {"clusters[1].trustDomain": "spiffe://b"}, "AM012"),
    "half a version": (TWO, {"meshVersion": "1.28"}, "AM013"),
    "a version with its suffix": (TWO, {"meshVersion": "1.28.3-solo"}, "AM013"),
    "a wait without a unit": (TWO, {"timeouts": {"link": 30}}, "AM014"),
    "a registry with a scheme": (TWO, {"bookinfo": {"registry": "https://mirror.test"}}, "AM015"),
    "a host with a wildcard": (EVERYTHING, {"egress.hosts[0].host": "*.test"}, "AM016"),
    "a host key of another type": ("machines", {"vms[0].ssh.hostKey": "ssh-dss AAAA"}, "AM017"),
    "half a checksum": ("tools to download", {"cli.checksums[0].sha256": "0a"}, "AM018"),
    "a cluster that is made and there": (GKE, {"clusters[0].context": "alpha"}, "AM020"),
    "a cluster that is neither": (TWO, {"clusters[1].context": GONE}, "AM020"),
    "a machine that is made and there": (
        "machines", {"vms[0].gce": {"project": "p", "zone": "z"}}, "AM020"),
    "a plane in two places": (EVERYTHING, {"management.dedicated":
        {"name": "m", "context": "m"}}, "AM020"),
    "a root that ends before what it signs": (
        TWO, {"trust": {"rootValidityDays": 90, "intermediateValidityDays": 90}}, "AM020"),
    # Clusters and their links.
    "a name twice": (TWO, {"clusters[1].name": "alpha"}, "AM101"),
    "a context twice": (TWO, {"clusters[1].context": "context-alpha"}, "AM102"),
    "a namespace in no cluster": ("machines", {"namespaces[0].clusters": ["c"]}, "AM110"),
    "a machine in no cluster": ("machines", {"vms[1].cluster": "gamma"}, "AM110"),
    "a plane in no cluster": (OLD, {"management.cluster": "gamma"}, "AM110"),
    "a host twice": (EVERYTHING, {"egress.hosts[1].host": "httpbin.org"}, "AM111"),
    "a machine twice": ("machines", {"vms[1].name": "vm1"}, "AM111 AM421"),
    "a plane called as a member": (
        "management outside the mesh", {"management.dedicated.name": "cluster1"}, "AM112"),
    "a plane reached as a member": (
        "management outside the mesh", {"management.dedicated.kubeconfig": GONE}, "AM112"),
    "sizes by Helm": (HELM, {"scalingProfile": "Demo"}, "AM113"),
    "an operator by Helm": (HELM, {"operatorVersion": "0.4.0"}, "AM113"),
    "nodes for the operator": (TWO, {"clusters[0].platform": "gke"}, "AM113"),
    "a hub without hubs": ("a hub", {"topology.hubs": GONE}, "AM120"),
    "groups of a ring": ("a ring", {"topology.groups": [{"name": "g", "clusters": ["a"]}]},
                         "AM120"),
    "a hub of no cluster": ("a hub", {"topology.hubs": ["z"]}, "AM121"),
    "a hub of another group": ("groups", {"topology.groups[0].hubs": ["d"]}, "AM121"),
    "a link twice": ("one way", {"topology.links[1]": {"from": "a", "to": "b"}}, "AM122"),
    "a link to itself": ("one way", {"topology.links[0].to": "a"}, "AM123"),
    "a cluster in no group": ("groups", {"topology.links": []}, "AM124"),
    "a cluster in no group beside one that another stack links": (
        "groups and another stack", {"remotes[0].from": ["alpha"]}, "AM124"),
    "two links of one name": (TWO, {"clusters": corpus.clusters("a", "a-to-b", "b-to-c", "c")},
                              "AM125"),
    "a network twice in an old mesh": (OLD, {"clusters[1].network": "alpha"}, "AM126"),
    "a network twice for istioctl": ("links by istioctl", {"clusters[1].network": "alpha"},
                                     "AM126"),
    "a network called as a member of another": (
        "clusters of one network",
        {"clusters[2]": {"name": "gamma", "context": "g", "network": "alpha"}}, "AM127"),
    "a drill without a way": (EVERYTHING, {"topology": {"shape": "none", "links": [
        {"from": "cluster2", "to": "cluster1"}]}}, "AM128"),
    # Google Cloud.
    "a GKE cluster's name in two projects": (GKE, {
        "clusters[0].name": "beta", "clusters[0].gke.project": "other-project"}, "AM101"),
    "no project": (GKE, {"gcp.project": GONE}, "AM201 AM201"),
    "a continent": (GKE, {"clusters[0].gke.location": "europe"}, "AM202"),
    "a cluster that begins with a digit": (GKE, {"clusters[0].name": "1st"}, "AM203"),
    "a cluster called as the tag of all nodes": (GKE, {"clusters[0].name": "ambientmesh"},
                                                 "AM203"),
    "the whole internet": (GKE, {"gcp.authorizedNetworks": [{"cidr": "0.0.0.0/0"}]}, "AM204"),
    "space of the internet": (GKE, {"gcp.cidr": "8.0.0.0/8"}, "AM205"),
    "space that nodes use themselves": (GKE, {"gcp.cidr": "172.17.0.0/16"}, "AM205"),
    "a block too narrow": (GKE, {"clusters[0].gke.cidr": "10.0.0.0/24"}, "AM206"),
    "a name whose block nodes use themselves": (
        GKE, {"gcp.cidr": "172.16.0.0/12", "clusters[0].name": "c181"}, "AM206"),
    "blocks that overlap": (GKE, {"clusters[0].gke.cidr": "10.0.0.0/16",
                                  "clusters[1].gke.cidr": "10.0.128.0/17"}, "AM207"),
    "more nodes than addresses": (GKE, {"clusters[0].gke.nodePools": [{"maxPerZone": 90}]},
                                  "AM208"),
    "a pool twice": (GKE, {"clusters[0].gke.nodePools": [{}, {}]}, "AM211"),
    "pools of Autopilot": ("GKE in all its forms", {"clusters[0].gke.nodePools": [{}]}, "AM212"),
    "kinds of GKE and of the operator": (GKE, {"clusters[0].gke.gatewayApi": "standard"}, "AM213"),
    "a taint twice": (GKE, {"clusters[0].gke.nodePools": [
        {}, {"name": "b", "taints": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]}]},
                      "AM214"),
    "a label that is Kubernetes' own": (GKE, {"clusters[0].gke.nodePools": [
        {"labels": {"app.kubernetes.io/name": "x"}}]}, "AM214"),
    "labels in a list": (GKE, {"gcp.labels": ["a"]}, "AM003"),
    "a network with a long name": (GKE, {"gcp.authorizedNetworks": [
        {"cidr": "192.0.2.0/24", "name": "n" * 64}]}, "AM010"),
    "a label in capitals": (GKE, {"gcp.labels": {"Team": "x"}}, "AM214"),
    # What runs in the mesh.
    "a namespace of the mesh itself": (EVERYTHING, {"namespaces[1].name": "istio-system"},
                                       "AM401 AM413 AM413"),
    "a scope outside the mesh": ("long names", {"namespaces[0].ambient": False, "egress": GONE},
                                 "AM402"),
    "a service listed for nothing": (EVERYTHING, {"namespaces[0].services[2]": {"name": "x"}},
                                     "AM402"),
    "an ingress to a local page": (EVERYTHING, {"namespaces[0].services[0].scope": "cluster",
                                                "drills": []}, "AM403 AM403"),
    "a waypoint called none": (EVERYTHING, {"namespaces[1].waypoint": "none"}, "AM411"),
    "a waypoint called as a service": (EVERYTHING, {"namespaces[0].waypoint": "reviews"}, "AM411"),
    "a route that nobody serves": (EVERYTHING, {"namespaces[0].waypoint": GONE}, "AM412"),
    "a host of the mesh": (EVERYTHING, {"egress.hosts[0].host": "a.b.mesh.internal"}, "AM413"),
    "a host in a namespace that is not there": (
        EVERYTHING, {"egress.hosts[1].namespace": "lost"}, "AM413 AM413"),
    "an account that nobody has": (EVERYTHING, {"egress.hosts[0].allow[0]": "nobody"}, "AM413"),
    "a machine with everybody's account": ("machines", {"vms[0].serviceAccount": "default"},
                                           "AM421"),
    "a machine in the mesh's namespace": ("machines", {"vms[0].namespace": "istio-system"},
                                          "AM421"),
    "an instance that begins with a digit": (GKE, {"vms[0].name": "1vm"}, "AM422"),
    "a machine behind one address twice": ("machines", {f"vms[1].{_PORT}": 2201}, "AM423"),
    "an instance in a region": (GKE, {"vms[0].gce.zone": "europe-west4"}, "AM424"),
    "an instance in no project": (GKE, {"vms[0].gce.project": "p"}, "AM424"),
    "a drill of a local service": (EVERYTHING, {"drills[0].service": "ratings"}, "AM431"),
    "a drill twice": (EVERYTHING, {"drills[1]": {"service": "productpage",
                                                 "cluster": "cluster1"}}, "AM431 AM431"),
    # Other stacks.
    "a root that no other stack has": ("another stack", {"trust": GONE}, "AM510"),
    "another stack by istioctl": ("another stack", {"links": {"mode": "istioctl"}}, "AM511"),
    "another stack twice": ("another stack", {"remotes[1]":
        {"stack": "east", "clusters": [{"name": "delta"}]}}, "AM512"),
    "a cluster here and there": ("another stack", {"remotes[0].clusters[0].name": "alpha"},
                                 "AM513 AM513"),
    "two links of one name to another stack": (
        "another stack", {"clusters": corpus.clusters("a", "a-to-b"),
                          "remotes[0].clusters": [{"name": "c"}, {"name": "b-to-c"}]}, "AM514"),
    "a network of another stack twice in an old mesh": ("another stack", {
        "meshVersion": "1.26.2", "remotes[0].clusters": [
            {"name": "c", "network": "n"}, {"name": "d", "network": "n"}]}, "AM515"),
    "a network called as a member of another there": ("another stack", {
        "remotes[0].clusters": [{"name": "c", "network": "n"}, {"name": "d", "network": "n"},
                                {"name": "e", "network": "d"}]}, "AM516"),
    # Limits.
    "too many clusters": ("limits", {"limits.clusters": 1}, "AM701"),
    "too many links": ("limits", {"limits.links": 1}, "AM702"),
    "too many load balancers": ("limits", {"limits.loadBalancers": 1}, "AM703"),
    "too many resources": ("limits", {"limits.resources": 9}, "AM704"),
    "too much money": ("limits", {"limits.monthlyUsd": 1}, "AM705"),
    # Versions.
    "an operator that is too old": ("a new mesh", {"operatorVersion": "0.4.2"}, "AM801"),
    "a plane that is too old": ("a new mesh", {"management.version": "2.8.0"}, "AM802"),
    # Several at once.
    "a version and a name": (TWO, {"meshVersion": "latest", "clusters[1].name": "alpha"},
                             "AM013 AM101"),
    "a colour and a context": (TWO, {"colour": 1, "clusters[1].context": "context-alpha"},
                               "AM001 AM102"),
    "a wrong name and what names it": ("machines", {"clusters[0].name": "Alpha"}, "AM011"),
    "a wrong namespace and who needs it": (EVERYTHING, {"namespaces[1].name": 7}, "AM003"),
    "a wrong entry before a wrong rule": (
        "machines", {"vms[0].ssh.hostKey": "x", "vms[1].cluster": "gamma"}, "AM017 AM110"),
    "a misspelt scope and its drill": (EVERYTHING, {"namespaces[0].services[0].scpoe": "global",
                                                    "namespaces[0].services[0].scope": GONE},
                                       "AM001"),
    "a wrong default and its rule": (HELM, {"mesh.install": "hlem"}, "AM004"),
    "three in three places": (
        EVERYTHING, {"timeouts": {"mesh": "0s"}, "drills[0].cluster": "gamma",
                     "cli": {"download": "yes"}}, "AM003 AM014 AM110"),
}  # fmt: skip

LINE = re.compile(r"(AM[0-9]{3}) (\S.*?): found (.+); allowed: (.+); fix: (.+)")


def told(values: Mapping[str, str]) -> list[str]:
    """Return the lines about a stack file."""
    try:
        parse(values)
    except ConfigurationError as error:
        return error.lines
    return []


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_by_its_codes_and_no_others(case: str) -> None:
    mesh, change, codes = MISTAKES[case]

    lines = told(corpus.raw(changed(corpus.mesh(mesh), change)))

    assert sorted(line.partition(" ")[0] for line in lines) == codes.split(), "\n".join(lines)
    assert all(LINE.fullmatch(line) for line in lines), "\n".join(lines)


@pytest.mark.parametrize("name", corpus.MESHES)
def test_nothing_is_told_of_a_mesh_that_is_right(name: str) -> None:
    assert told(corpus.raw(corpus.mesh(name))) == []


def test_nothing_is_told_of_the_stacks_of_this_checkout() -> None:
    found = corpus.committed()

    assert len(found) >= 4
    assert {name: told(values) for name, values in found.items()} == {name: [] for name in found}


def test_every_rule_has_a_mistake_that_it_finds() -> None:
    seeded = {code for _, _, codes in MISTAKES.values() for code in codes.split()}
    routes = {code for _, _, code in ROUTES.values()}

    assert {rule.code for rule in rules.RULES} - routes <= seeded
    assert len(MISTAKES) >= 60


def test_a_place_is_that_of_the_file_also_after_an_entry_that_is_wrong() -> None:
    [_, line] = told(
        corpus.raw(changed(corpus.mesh("machines"), {"vms[0]": "none", "vms[1].cluster": "gamma"}))
    )

    assert line.startswith("AM110 vms[1].cluster: found 'gamma'")


ROUTES: Final[Mapping[str, tuple[str, tuple[str, str], str]]] = {
    "a listener that is not there": (
        "ingress", ("- name: bookinfo-gateway", "- name: bookinfo-gateway\n    port: 8080"),
        "AM404"),
    "a Gateway that is not there": (
        "ingress", ("  - name: bookinfo-gateway\n  rules", "  - name: other\n  rules"), "AM404"),
    "a port that the product page has not": ("ingress", ("port: 9080", "port: 80"), "AM403"),
    "a parent that Bookinfo has not": (
        "reviews", ("name: reviews\n    port", "name: lost\n    port"), "AM404"),
    "a port of the parent that is none": ("reviews", ("name: reviews\n    port: 9080",
                                                      "name: reviews\n    port: 80"), "AM404"),
    "a backend that Bookinfo has not": ("reviews", ("reviews-v2", "reviews-v9"), "AM405"),
    "a port of the backend that is none": ("reviews", ("reviews-v1\n      port: 9080",
                                                       "reviews-v1\n      port: 81"), "AM405"),
    "what is no YAML": ("ingress", ("kind: Gateway\n", "kind: [Gateway\n"), "AM406"),
    "a Gateway without listeners": ("ingress", ("  listeners:\n", "  ears:\n"), "AM406"),
    "a document without a kind": ("ingress", ("kind: HTTPRoute\n", ""), "AM406"),
    "a document that is a word": ("ingress", ("---\n", "---\ntext\n---\n"), "AM406"),
    "no Gateway at all": ("ingress", ("kind: Gateway\n", "kind: Service\n"), "AM406"),
    "a Service without spec": ("bookinfo", ("spec:\n  selector:", "spex:\n  selector:"), "AM406"),
    "a kind that Bookinfo is not made of": ("bookinfo", ("kind: ServiceAccount", "kind: Secret"),
                                            "AM406"),
    "a container without an image": ("bookinfo", ("image: examples", "picture: examples"),
                                     "AM406"),
    "a backend without a name": ("reviews", ("- name: reviews-v2\n      port", "- port"), "AM406"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROUTES)
def test_a_route_that_users_have_edited_leads_to_what_is_there(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, (old, new), code = ROUTES[case]
    for path in manifests.FOLDER.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if path.stem == file:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / path.name).write_text(text)
    monkeypatch.setattr(manifests, "FOLDER", tmp_path)

    lines = told(corpus.raw(corpus.mesh(EVERYTHING)))

    assert {line.partition(" ")[0] for line in lines} == {code}
    assert all(LINE.fullmatch(line) for line in lines), "\n".join(lines)


GENERATED: Final = 10_000


def test_generated_files_are_read_or_refused_in_lines_and_nothing_else() -> None:
    chance = random.Random(20261125)  # noqa: S311 the same files every time, and no secret
    meshes = [corpus.mesh(name) for name in corpus.MESHES]
    wrong = 0
    for _ in range(GENERATED):
        stack = mutated(chance.choice(meshes), chance)
        lines = told(corpus.raw(stack))
        wrong += bool(lines)
        for line in lines:
            assert LINE.fullmatch(line), f"{line!r} of {json.dumps(stack)}"
            assert "\n" not in line

    assert GENERATED // 2 < wrong < GENERATED
