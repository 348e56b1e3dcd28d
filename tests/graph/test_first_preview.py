"""The first preview: nothing exists, and everything is listed; what is unknown must be."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import pytest

from components.access import Access
from components.ownership import Inventory
from components.settings import Settings
from tests.engine import STACK, Recorder
from tests.mesh import EVERYTHING, OWNER, Memory, build, everything, yet_to_be_made

PLACE: Final = {"location": "europe-west4", "project": "my-project"}
GKE: Final = [
    {"name": "cluster1", "gke": PLACE},
    {"name": "cluster2", "gke": {**PLACE, "autopilot": True}},
]
HELM: Final = {"mesh": {"install": "helm"}}
IN_A_CLUSTER: Final = ("kubernetes:",)
"""Types whose provider is not configured while its kubeconfig is unknown: the engine gives none of
their outputs then, not even what was put in."""

KEYS: Final = {
    "tls:index/certRequest:CertRequest": {"privateKeyPem"},
    "tls:index/selfSignedCert:SelfSignedCert": {"privateKeyPem"},
    "tls:index/locallySignedCert:LocallySignedCert": {
        "caPrivateKeyPem",
        "caCertPem",
        "certRequestPem",
    },
    # As a whole, which the SDK of Kubernetes makes one secret: certificates and tokens.
    "kubernetes:core/v1:Secret": {"data"},
}
"""What follows from keys and certificates that are yet to be made."""

ADDRESSES: Final = {
    "kubernetes:gateway.networking.k8s.io/v1:Gateway": {"spec.addresses.*"},
    "kubernetes:helm.sh/v3:Release": {
        "values.glooAgent.relay.serverAddress",
        "values.telemetryCollector.config.exporters.otlp.endpoint",
    },
}
"""What follows from the address of a load balancer."""

MACHINES: Final = {
    "command:local:Command": {
        # The east-west gateway's address, and the root certificate.
        "environment.AMBIENTMESH_RERUN_ON",
    },
    "command:remote:Command": {
        # The address of an instance, and its host key.
        "connection",
        "triggers.*",
        # The token, which is a credential; the digest of the container that runs.
        "stdin",
        "create",
    },
}

KUBECONFIGS: Final = {
    "pulumi:providers:kubernetes": {"kubeconfig"},
    # The kubeconfigs of commands.
    "command:local:Command": {"stdin"},
}


def unknown(mesh: Recorder) -> dict[str, set[str]]:
    """Return every input that is unknown, by type."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in mesh.seen:
        for path in mesh.unknown(name):
            found[mesh.seen[name].type].add(path)
    return dict(found)


def merged(*parts: Mapping[str, set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        for kind, paths in part.items():
            found[kind] |= paths
    return dict(found)


def empty(config: Settings) -> dict[str, Access]:
    """Return access to clusters that are there, and in which nothing is."""
    return {
        site.name: Access(
            kubeconfig={"current-context": site.name},
            reader=Memory(address=None),
            inventory=Inventory(cluster=site.name, owner=OWNER),
        )
        for site in config.sites
    }


@pytest.mark.parametrize("route", [{}, HELM])
def test_in_empty_clusters_only_keys_and_addresses_are_unknown(route: dict[str, Any]) -> None:
    config = everything(**route)

    found = unknown(build(config, preview=True, found=empty(config)))

    assert found == merged(KEYS, ADDRESSES, MACHINES)


@pytest.mark.parametrize("route", [{}, HELM])
@pytest.mark.parametrize("silent", [(), IN_A_CLUSTER])
def test_of_clusters_that_do_not_exist_only_the_way_to_them_is_unknown_besides(
    route: dict[str, Any], silent: tuple[str, ...]
) -> None:
    config = everything(clusters=GKE, **route)

    mesh = build(config, preview=True, found=yet_to_be_made(config), silent=silent)

    assert unknown(mesh) == merged(KEYS, ADDRESSES, MACHINES, KUBECONFIGS)


@pytest.mark.parametrize("silent", [(), IN_A_CLUSTER])
def test_a_first_preview_registers_what_the_run_does_with_the_same_edges(
    silent: tuple[str, ...],
) -> None:
    config = everything(clusters=GKE)

    planned = build(config, preview=True, found=yet_to_be_made(config), silent=silent)
    made = build(config)

    # The recorder may end before it was told of the stack itself.
    types = [{n: s.type for n, s in m.seen.items() if n != STACK} for m in (planned, made)]
    assert types[0] == types[1]
    for name in types[0]:
        assert planned.parent(name) == made.parent(name)
        assert planned.provider(name) == made.provider(name)
        assert planned.edges(name) == made.edges(name), name


def test_every_object_names_itself_before_its_cluster_exists() -> None:
    config = everything(clusters=GKE)

    mesh = build(config, preview=True, found=yet_to_be_made(config), silent=IN_A_CLUSTER)

    objects = [n for n, seen in mesh.seen.items() if seen.type.startswith("kubernetes:")]
    assert len(objects) > len(EVERYTHING)
    for name in objects:
        inputs = mesh.inputs(name)
        called = inputs["name"] if "chart" in inputs else inputs["metadata"]["name"]
        assert called, name
