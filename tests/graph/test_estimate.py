"""What is counted before anything is registered is what the program registers."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pytest

from components import estimate, published
from components.published import Published, Remotes
from components.settings import Settings, parse
from tests.engine import STACK
from tests.mesh import LICENSE, PUBLISHED, build, everything, settings
from tests.roots import make_root

COMPONENTS: Final = "ambientmesh:index:"
THREE: Final = [{"name": name, "context": name} for name in ("a", "b", "c")]
GKE: Final = [
    {"name": "a", "gke": {"location": "europe-west4"}},
    {"name": "b", "gke": {"location": "europe-west4", "autopilot": True, "network": "there"}},
    {"name": "c", "gke": {
        "location": "us-central1", "project": "other-project",
        "serviceAccount": "nodes@other-project.iam.gserviceaccount.com",
        "nodePools": [{"name": "one"}, {"name": "two"}],
    }},
    {"name": "d", "context": "d"},
]  # fmt: skip
FOREIGN: Final = [
    {"name": "web", "scope": "global", "services": [{"name": "x", "scope": "cluster"}]},
    {"name": "own", "create": True, "scope": "global", "services": [{"name": "y"}]},
    {"name": "plain", "waypoint": "auto", "clusters": ["cluster1"]},
]
CORPUS: Final[Mapping[str, Mapping[str, Any]]] = {
    "everything": {},
    "helm": {"mesh": {"install": "helm"}},
    "helm on GKE": {
        "mesh": {"install": "helm"},
        "clusters": [
            {"name": name, "context": name, "platform": "gke"} for name in ("cluster1", "cluster2")
        ],
    },
    "istioctl": {"links": {"mode": "istioctl"}},
    "istioctl without a check": {"links": {"mode": "istioctl"}, "meshVersion": "1.26.2"},
    "no links at all": {
        "links": {"mode": "istioctl"}, "topology": {"shape": "none"}, "drills": None,
    },
    "a plane of its own": {"management": {"dedicated": {"name": "plane", "context": "plane"}}},
    "meshctl": {"management": {"cluster": "cluster1", "mode": "meshctl"}},
    "no plane": {"management": None},
    "no machines": {"vms": None},
    "no drills": {"drills": None},
    "a route with a named waypoint": {
        "namespaces": [{"name": "bookinfo", "waypoint": "w", "services": [
            {"name": "productpage", "scope": "global"},
        ]}],
        "drills": None,
        "egress": None,
    },
    "somebody else's namespaces": {
        "namespaces": FOREIGN, "bookinfo": {"enabled": False}, "ingress": None, "egress": None,
        "vms": None, "drills": None,
    },
    "a way in and out of one cluster": {
        "ingress": {"clusters": ["cluster2"]},
        "egress": {"clusters": ["cluster1"], "hosts": [{"host": "example.com"}]},
    },
    "a given root": {"trust": {"rootCertificate": make_root()[0]}, "vms": None},
}  # fmt: skip
SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "full-mesh": {},
    "hub-and-spokes": {"hubs": ["b"]},
    "ring": {},
    "groups": {"groups": [{"name": "g", "clusters": ["a", "b"]}, {"name": "h", "clusters": ["c"]}]},
    "none": {"links": [{"from": "a", "to": "c"}]},
}


def registered(
    config: Settings, license_key: str | None = LICENSE, remotes: Remotes | None = None
) -> Counter[str]:
    """Return the resources of every kind of component, itself included, and what is only read."""
    mesh = build(config, license_key=license_key, remotes=remotes)
    found: Counter[str] = Counter()
    for name, request in {**mesh.seen, **mesh.read}.items():
        if name != STACK:
            own = request.type.startswith(COMPONENTS)
            part = request.type if own else mesh.seen[mesh.names[request.parent]].type
            found[part.removeprefix(COMPONENTS)] += 1
    return found


@pytest.mark.parametrize("name", CORPUS)
def test_the_parts_of_a_stack_are_counted_as_they_are_registered(name: str) -> None:
    config = everything(**CORPUS[name])

    assert estimate.parts(config) == registered(config)


@pytest.mark.parametrize("shape", SHAPES)
def test_links_are_counted_as_they_are_registered(shape: str) -> None:
    raw = {"clusters": THREE, "topology": {"shape": shape, **SHAPES[shape]}}
    config = parse({key: json.dumps(value) for key, value in raw.items()})

    assert estimate.parts(config) == registered(config)


def test_gke_clusters_are_counted_as_they_are_registered() -> None:
    raw = {"clusters": GKE, "gcp": {"project": "some-project"}}
    config = parse({key: json.dumps(value) for key, value in raw.items()})

    assert estimate.parts(config) == registered(config)


def test_links_out_of_the_stack_are_counted_as_they_are_registered() -> None:
    gamma = {"name": "gamma"}
    delta = {"name": "delta", "network": "net-delta", "trustDomain": "delta.test"}
    raw = {
        "clusters": THREE,
        "trust": {"rootCertificate": make_root()[0]},
        "remotes": [{"stack": "east", "clusters": [gamma, delta], "from": ["a", "c"]}],
    }
    config = parse({key: json.dumps(value) for key, value in raw.items()})

    assert estimate.parts(config) == registered(config)
    assert estimate.parts(config)["Peering"] == 20


@pytest.mark.parametrize("there", [[], ["gamma"]])
def test_links_that_wait_are_counted_as_they_are_registered(there: list[str]) -> None:
    raw = {
        "clusters": THREE,
        "trust": {"rootCertificate": make_root()[0]},
        "remotes": [{"stack": "east", "clusters": [{"name": n} for n in PUBLISHED]}],
    }
    config = parse({key: json.dumps(value) for key, value in raw.items()})
    remotes = {"east": Published(outputs={"clusters": {name: PUBLISHED[name] for name in there}})}
    waiting = published.later(config, remotes)

    assert estimate.parts(config, waiting=waiting) == registered(config, remotes=remotes)


@pytest.mark.parametrize("install", ["operator", "helm"])
def test_without_a_license_key_there_are_no_secrets_of_it(install: str) -> None:
    config = everything(mesh={"install": install})

    assert estimate.parts(config, licensed=False) == registered(config, license_key=None)
    assert estimate.resources(config, licensed=False) < estimate.resources(config)


def test_load_balancers_are_those_of_gateways_and_of_the_plane() -> None:
    config = everything(ingress={"clusters": ["cluster2"]})
    apart = everything(management={"dedicated": {"name": "plane", "context": "plane"}})

    assert estimate.load_balancers(config) == {"cluster1": 3, "cluster2": 2}
    assert estimate.load_balancers(apart) == {"cluster1": 2, "cluster2": 2, "plane": 2}
    assert estimate.load_balancers(settings(["a", "b"])) == {"a": 1, "b": 1}
