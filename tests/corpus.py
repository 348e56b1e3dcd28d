"""Meshes that are right, as stack files say them: what nothing may be reported on."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from components import layers, stack_files
from localcloud import shared_root
from tests.mesh import EVERYTHING, HOST_KEY
from tests.roots import make_root

ROOT, _ = make_root()
PROJECT: Final = Path(__file__).parents[1]

Stack = dict[str, Any]


def clusters(*names: str) -> list[dict[str, Any]]:
    """Return clusters that are there already."""
    return [{"name": name, "context": f"context-{name}"} for name in names]


def made(*names: str, **gke: Any) -> list[dict[str, Any]]:
    """Return clusters that the stack makes."""
    return [{"name": n, "gke": {"location": "europe-west4", **gke}} for n in names]


def _topology(**keys: Any) -> Stack:
    return {"clusters": clusters(*"abcdef"), "topology": keys}


_WORKSHOP: Final = {key: EVERYTHING[key] for key in ("clusters", "bookinfo", "namespaces")}

MESHES: Final[Mapping[str, Stack]] = {
    "one cluster": {"clusters": clusters("alone")},
    "two clusters": {"clusters": clusters("alpha", "beta")},
    "everything": dict(EVERYTHING),
    "everything by Helm": {
        **{key: value for key, value in EVERYTHING.items() if key != "clusters"},
        "clusters": [
            {"name": "cluster1", "context": "cluster1", "platform": "k3s"},
            {"name": "cluster2", "context": "cluster2"},
        ],
        "mesh": {"install": "helm", "hub": "mirror.test/istio"},
    },
    "an old mesh": {
        "clusters": clusters("alpha", "beta"),
        "meshVersion": "1.26.2",
        "operatorVersion": "0.2.5",
        "management": {"cluster": "alpha", "version": "2.8.0"},
    },
    "a new mesh": {
        "clusters": clusters("alpha", "beta"),
        "meshVersion": "1.29.0",
        "operatorVersion": "0.5.2",
        "management": {"cluster": "beta", "version": "2.14.0"},
    },
    "a mesh that no table has": {
        "clusters": clusters("alpha", "beta"),
        "meshVersion": "1.31.0",
        "operatorVersion": "0.1.0",
        "management": {"cluster": "beta", "version": "2.1.0"},
    },
    "links by istioctl": {
        "clusters": clusters("alpha", "beta", "gamma"),
        "links": {"mode": "istioctl"},
        "cli": {"istioctl": "bin/istioctl"},
    },
    "tools to download": {
        "clusters": clusters("alpha", "beta"),
        "cli": {"download": True, "checksums": [{"file": "istioctl.tar.gz", "sha256": "0a" * 32}]},
    },
    "management by meshctl": {
        **_WORKSHOP,
        "management": {"cluster": "cluster2", "mode": "meshctl"},
    },
    "management outside the mesh": {
        **_WORKSHOP,
        "kubeconfig": "one",
        "management": {"dedicated": {"name": "plane", "context": "cluster1", "kubeconfig": "two"}},
    },
    "machines": {
        "clusters": clusters("alpha", "beta"),
        "namespaces": [{"name": "legacy", "create": True}],
        "vms": [
            {
                "name": name,
                "cluster": "alpha",
                "namespace": "legacy",
                "ssh": {"host": "gate.test", "hostKey": HOST_KEY, "port": port, "user": "ubuntu"},
            }
            for name, port in (("vm1", 2201), ("vm2", 2202))
        ],
    },
    "clusters on GKE": {
        "clusters": made("alpha", "beta"),
        "gcp": {"project": "my-project", "labels": {"team": "mesh"}},
        "vms": [
            {
                "name": "vm1",
                "cluster": "beta",
                "gce": {"project": "my-project", "zone": "europe-west4-a"},
            }
        ],
    },
    "GKE in all its forms": {
        "clusters": [
            *made("alpha", autopilot=True, project="other-project"),
            *made("beta", nodePools=[{}, {"name": "spot", "spot": True, "minPerZone": 0}]),
            {"name": "gamma", "context": "gamma"},
        ],
        "gcp": {"project": "my-project", "authorizedNetworks": [{"cidr": "192.0.2.0/24"}]},
    },
    "limits": {
        "clusters": made("alpha", "beta", project="my-project"),
        "limits": {
            "clusters": 2,
            "links": 2,
            "loadBalancers": 2,
            "resources": 500,
            "monthlyUsd": 100_000,
        },
    },
    "policies": {
        "clusters": made("alpha", project="my-project"),
        "policies": {
            "levels": {"images-pinned": "advisory", "resource-budget": "disabled"},
            "registries": ["mirror.example.com/istio"],
            "resourcesPerCluster": 60,
        },
    },
    "a hub": _topology(shape="hub-and-spokes", hubs=["a"]),
    "a ring": _topology(shape="ring", links=[{"from": "a", "to": "d"}]),
    "groups": _topology(
        shape="groups",
        groups=[
            {"name": "east", "clusters": ["a", "b", "c"], "hubs": ["a"]},
            {"name": "west", "clusters": ["d", "e"], "hubs": ["d"]},
        ],
        links=[{"between": ["e", "f"]}],
    ),
    "one way": _topology(shape="none", links=[{"from": "a", "to": "b"}]),
    "clusters of one network": {
        "clusters": [{**one, "network": "flat"} for one in clusters("alpha", "beta")]
    },
    "a trust domain for all": {
        "clusters": [{**one, "trustDomain": "cluster.local"} for one in clusters("alpha", "beta")],
        "trust": {"algorithm": "ECDSA", "rootValidityDays": 400, "intermediateValidityDays": 90},
    },
    "another stack": {
        "clusters": clusters("alpha", "beta"),
        "trust": {"rootCertificate": ROOT},
        "remotes": [{"stack": "east", "clusters": [{"name": "gamma"}]}],
    },
    "groups and another stack": {
        "clusters": clusters("alpha", "beta"),
        "topology": {"shape": "groups", "groups": [{"name": "g", "clusters": ["alpha"]}]},
        "trust": {"rootCertificate": ROOT},
        "remotes": [{"stack": "east", "clusters": [{"name": "gamma"}], "from": ["beta"]}],
    },
    "another stack with a network for two": {
        "clusters": clusters("alpha", "beta"),
        "trust": {"rootCertificate": ROOT},
        "remotes": [
            {
                "stack": "east",
                "clusters": [{"name": name, "network": "gamma"} for name in ("gamma", "delta")],
            }
        ],
    },
    "long names": {
        "clusters": [
            {"name": f"{letter * 40}", "context": letter, "network": f"n{letter * 39}"}
            for letter in "ab"
        ],
        "namespaces": [
            {
                "name": "s" * 63,
                "create": True,
                "scope": "global",
                "waypoint": "w" * 63,
                "services": [{"name": "v" * 63}],
            }
        ],
        "ingress": None,
        "egress": {
            "hosts": [{"host": f"{'h' * 60}.{'i' * 60}.example.com", "namespace": "s" * 63}]
        },
        "vms": [
            {"name": "v" * 40, "cluster": "a" * 40, "serviceAccount": "x" * 63,
             "gce": {"project": "my-project", "zone": "europe-west4-a"}},
        ],
        "management": {"cluster": "a" * 40},
        "drills": [{"service": "v" * 63, "namespace": "s" * 63, "cluster": "b" * 40}],
    },
    "many clusters": {"clusters": clusters(*(f"cluster{number}" for number in range(12)))},
}  # fmt: skip


def mesh(name: str) -> Stack:
    """Return a mesh that may be changed; a key that is None is left out."""
    found = copy.deepcopy(dict(MESHES[name]))
    return {key: value for key, value in found.items() if value is not None}


def raw(stack: Mapping[str, Any]) -> dict[str, str]:
    """Return a stack as the engine hands it over."""
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in stack.items()}


def committed() -> dict[str, dict[str, str]]:
    """Return the stacks of this checkout, laid over their layers, one of which `make` makes."""
    shared_root.ensure()
    found = {name: stack_files.find(name, PROJECT) for name in stack_files.listed(PROJECT)}
    return {name: layers.read(file, PROJECT).raw for name, file in found.items() if file}
