"""The objects of the mesh, field by field, for the oldest and the newest documented version."""

import pytest

from components import bookinfo, east_west_gateway, peering, versions
from components.gateway_api import HBONE_LISTENER, XDS_LISTENER
from components.service_mesh import mesh_spec
from components.trust import fingerprint, outlives
from tests.mesh import settings

OLD, NEW = versions.release("1.26.2"), versions.release("1.28.3-patch0")


def test_an_old_east_west_gateway_has_neither_cluster_label_nor_annotation() -> None:
    labels = east_west_gateway.east_west_labels(OLD, cluster="alpha", network="net")

    assert labels == {"istio.io/expose-istiod": "15012", "topology.istio.io/network": "net"}
    assert east_west_gateway.east_west_annotations(OLD) == {}


def test_a_new_east_west_gateway_names_its_cluster_and_data_plane() -> None:
    labels = east_west_gateway.east_west_labels(NEW, cluster="alpha", network="net")

    assert labels["topology.istio.io/cluster"] == "alpha"
    assert east_west_gateway.east_west_annotations(NEW) == {
        "peering.solo.io/data-plane-service-type": "loadbalancer"
    }


def test_an_old_peer_has_both_listeners_and_a_new_one_the_xds_listener_only() -> None:
    address = {"type": "IPAddress", "value": "192.0.2.1"}

    assert peering.peer_spec(OLD, address)["listeners"] == [HBONE_LISTENER, XDS_LISTENER]
    assert peering.peer_spec(NEW, address)["listeners"] == [XDS_LISTENER]
    assert peering.peer_spec(NEW, address)["addresses"] == [address]


def test_a_peer_names_the_remotes_trust_domain_network_and_cluster() -> None:
    assert peering.peer_annotations(NEW, trust_domain="beta.example") == {
        "gateway.istio.io/service-account": "istio-eastwest",
        "gateway.istio.io/trust-domain": "beta.example",
        "peering.solo.io/preferred-data-plane-service-type": "loadbalancer",
    }
    assert peering.peer_labels(NEW, cluster="beta", network="net") == {
        "topology.istio.io/network": "net",
        "topology.istio.io/cluster": "beta",
    }


def test_the_mesh_controller_says_everything_that_has_a_moving_default() -> None:
    spec = mesh_spec(
        settings(["alpha"], meshVersion="1.26.2", scalingProfile="Demo"),
        cluster="alpha",
        network="net",
        trust_domain="td",
        namespace="istio-system",
    )

    assert spec == {
        "version": "1.26.2",
        "cluster": "alpha",
        "network": "net",
        "trustDomain": "td",
        "dataplaneMode": "Ambient",
        "distribution": "Standard",
        "scalingProfile": "Demo",
        "installNamespace": "istio-system",
    }


@pytest.mark.parametrize(
    ("version", "operator"),
    [
        ("1.26.2", "0.2.4"),
        ("1.28.3-patch0", "0.4.0"),
        ("1.99.0", "0.5.0"),
        ("1.25.3", "0.2.4"),
    ],
)
def test_a_version_brings_its_operator_and_an_unknown_one_that_of_its_nearest(
    version: str, operator: str
) -> None:
    assert versions.release(version).operator == operator


def test_the_default_version_is_in_the_table() -> None:
    assert versions.is_known(versions.DEFAULT_MESH_VERSION)


def test_bookinfo_has_the_workshops_services_workloads_and_accounts() -> None:
    objects = bookinfo.manifests("mirror.example/istio")
    by_kind: dict[str, set[str]] = {}
    for obj in objects:
        by_kind.setdefault(obj["kind"], set()).add(obj["metadata"]["name"])

    workloads = {"details-v1", "ratings-v1", "reviews-v1", "reviews-v2", "reviews-v3"} | {
        "productpage-v1"
    }
    apps = {"details", "ratings", "reviews", "productpage"}
    assert by_kind == {
        "Deployment": workloads,
        "Service": apps | {"reviews-v1", "reviews-v2", "reviews-v3"},
        "ServiceAccount": {f"bookinfo-{app}" for app in apps},
    }


def test_every_bookinfo_image_comes_from_the_configured_registry_and_is_pinned() -> None:
    images = [
        container["image"]
        for obj in bookinfo.manifests("mirror.example/istio")
        if obj["kind"] == "Deployment"
        for container in obj["spec"]["template"]["spec"]["containers"]
    ]

    assert len(images) == 6
    assert all(i.startswith("mirror.example/istio/examples-bookinfo-") for i in images)
    assert all(i.rsplit(":", 1)[1][0].isdigit() for i in images)


def test_a_fingerprint_reads_as_openssl_prints_it() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

    # sha256 of three zero bytes
    assert fingerprint(pem).startswith("70:9E:80:C8:84:87:A2:41:")


def test_an_intermediate_that_ends_after_its_root_is_told_apart() -> None:
    root = "2036-11-21T21:39:50.237217Z"

    assert outlives("2036-11-21T22:39:50Z", root)
    assert not outlives("2036-11-21T21:39:50+01:00", root)
