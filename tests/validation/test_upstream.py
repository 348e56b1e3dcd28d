"""Every manifest of a mesh with everything on, before the eyes of upstream's istioctl.

``istioctl validate`` decodes objects of the istio.io groups strictly and then runs what istiod's
webhook runs (``ValidateConfig`` of its schemas). Of Services it checks the names of ports. Other
kinds it passes unread, those of the Gateway API among them: for these the API server with the real
CRDs is asked (test_api_server.py).

``istioctl analyze`` is given all objects of a cluster, so that it can look from one to the other;
what it knows nothing about (classes of gateways, kind Hostname) it does not judge. It overlooks
unknown fields, and of the Gateway API it reads types of fields, no more.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

from components import versions
from tests import mesh
from tests.validation import samples
from tests.validation.manifests import GROUPS, Manifest, by_cluster, group, mesh_kinds
from tests.validation.upstream import Finding, analyze, validate

pytestmark = pytest.mark.nightly

VERSIONS = ("1.26.2", versions.DEFAULT_MESH_VERSION)
Clusters = dict[str, list[Manifest]]


@pytest.fixture(scope="module", params=["operator", "helm"])
def install(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=VERSIONS)
def clusters(request: pytest.FixtureRequest, install: str) -> Clusters:
    """Return what a mesh of this version sends to each cluster."""
    settings = mesh.everywhere(meshVersion=request.param, mesh={"install": install})
    return by_cluster(mesh.build(settings))


def system_authorities(manifests: Iterable[Manifest]) -> set[Finding]:
    """Return the one warning that is not heeded, for every DestinationRule that earns it.

    Without ``caCertificates`` the proxy trusts the authorities of its operating system, says
    DestinationRule's own reference: right for a public host, and a file of ours would go stale.
    """
    return {
        Finding(
            level="Warning",
            code="IST0128",
            origin=f"DestinationRule {where}/{name}",
            message=f"DestinationRule {where}/{name} in namespace {where} has TLS mode set to"
            " SIMPLE but no caCertificates are set to validate server identity for host:"
            f" {manifest['spec']['host']}",
        )
        for manifest in manifests
        if manifest["kind"] == "DestinationRule"
        for where, name in [(manifest["metadata"]["namespace"], manifest["metadata"]["name"])]
    }


def test_istiod_would_admit_every_manifest(clusters: Clusters, tmp_path: Path) -> None:
    assert clusters
    for manifests in clusters.values():
        assert mesh_kinds(manifests), "a cluster without a single object of the mesh"
        assert validate(manifests, tmp_path) == ""


def test_the_manifests_of_a_cluster_fit_together(clusters: Clusters, tmp_path: Path) -> None:
    for manifests in clusters.values():
        assert analyze(manifests, tmp_path) <= system_authorities(manifests)


def test_right_samples_are_valid(tmp_path: Path) -> None:
    assert validate(samples.RIGHT, tmp_path) == ""
    assert analyze(samples.RIGHT, tmp_path) == system_authorities(samples.RIGHT)
    assert {group(sample) for sample in samples.RIGHT} < set(GROUPS)


@pytest.mark.parametrize("fault", samples.WRONG_FOR_ISTIO)
def test_what_istiod_refuses_is_reported(fault: str, tmp_path: Path) -> None:
    wrong = samples.WRONG_FOR_ISTIO[fault]
    assert f"{wrong['kind']}/default/sample" in validate([*samples.RIGHT, wrong], tmp_path)


@pytest.mark.parametrize("fault", sorted({*samples.WRONG_FOR_ISTIO} - {"unknown field"}))
def test_what_istiod_refuses_is_found_by_the_analysis_too(fault: str, tmp_path: Path) -> None:
    assert "Error" in {found.level for found in analyze([samples.WRONG_FOR_ISTIO[fault]], tmp_path)}


def test_routes_are_not_istioctls_to_judge(tmp_path: Path) -> None:
    """If this fails, upstream has begun to check the Gateway API, and the docs must say so."""
    wrong = samples.changed(samples.HTTP_ROUTE, [], "rule")
    assert validate([wrong], tmp_path) == ""
    assert analyze([wrong], tmp_path) == set()


def test_a_route_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    wrong = samples.changed(samples.HTTP_ROUTE, "80", "rules", 0, "backendRefs", 0, "port")
    assert {found.code for found in analyze([wrong], tmp_path)} == {"unreadable"}
