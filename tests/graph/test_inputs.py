"""What each object of the mesh says, on clusters whose name, network and trust domain differ."""

import base64
from typing import Any

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from components.gateway_api import HBONE_LISTENER, XDS_LISTENER
from components.settings import Settings
from tests.engine import Echo, Recorder
from tests.mesh import Memory, access, build, settings

NETWORK, CLUSTER = "topology.istio.io/network", "topology.istio.io/cluster"


def differing(**values: Any) -> Settings:
    clusters = tuple(
        {"name": name, "context": name, "network": f"net-{name}", "trustDomain": f"{name}.test"}
        for name in ("alpha", "beta")
    )
    return Settings.model_validate({"clusters": clusters, **values})


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(differing())


def test_a_provider_applies_on_the_server_and_takes_up_what_is_ours(mesh: Recorder) -> None:
    inputs = mesh.inputs("alpha-kubernetes")

    # The SDK sends booleans of a provider as text.
    assert inputs["enableServerSideApply"] == "true"
    assert inputs["upsertExistingObjects"] == "true"


def test_istio_system_carries_its_network_before_anything_of_istio_starts(mesh: Recorder) -> None:
    namespace = mesh.inputs("alpha-trust-namespace")["metadata"]

    assert (namespace["name"], namespace["labels"]) == ("istio-system", {NETWORK: "net-alpha"})
    assert "alpha-trust-namespace" in mesh.reachable("alpha-mesh-controller")


def test_bookinfo_joins_the_mesh_by_its_label(mesh: Recorder) -> None:
    namespace = mesh.inputs("alpha-bookinfo-namespace")["metadata"]

    assert (namespace["name"], namespace["labels"]) == (
        "bookinfo",
        {"istio.io/dataplane-mode": "ambient"},
    )


def test_bookinfo_keeps_the_labels_of_its_manifest(mesh: Recorder) -> None:
    service = mesh.inputs("alpha-bookinfo-reviews-service")["metadata"]

    assert service["labels"] == {"app": "reviews", "service": "reviews"}


def test_the_mesh_controller_gets_the_three_names_of_its_cluster(mesh: Recorder) -> None:
    spec = mesh.inputs("alpha-mesh-controller")["spec"]

    assert (spec["cluster"], spec["network"], spec["trustDomain"]) == (
        "alpha",
        "net-alpha",
        "alpha.test",
    )


def test_an_east_west_gateway_exposes_its_own_cluster(mesh: Recorder) -> None:
    gateway = mesh.inputs("alpha-eastwest-gateway")

    assert gateway["metadata"]["labels"] == {
        "istio.io/expose-istiod": "15012",
        NETWORK: "net-alpha",
        CLUSTER: "alpha",
    }
    assert gateway["spec"]["gatewayClassName"] == "istio-eastwest"
    assert gateway["spec"]["listeners"] == [HBONE_LISTENER, XDS_LISTENER]


def test_a_peer_is_named_after_the_remote_network_and_says_who_is_there(mesh: Recorder) -> None:
    peer = mesh.inputs("alpha-to-beta-peering-gateway")

    assert peer["metadata"]["name"] == "istio-remote-peer-net-beta"
    assert peer["metadata"]["labels"] == {NETWORK: "net-beta", CLUSTER: "beta"}
    annotations = peer["metadata"]["annotations"]
    assert annotations["gateway.istio.io/trust-domain"] == "beta.test"
    assert peer["spec"]["gatewayClassName"] == "istio-remote"
    assert peer["spec"]["listeners"] == [XDS_LISTENER]


def test_the_ports_of_a_gateway_are_those_that_peers_dial() -> None:
    assert (HBONE_LISTENER["port"], HBONE_LISTENER["protocol"]) == (15008, "HBONE")
    assert (XDS_LISTENER["port"], XDS_LISTENER["protocol"]) == (15012, "TLS")
    assert HBONE_LISTENER["tls"] == XDS_LISTENER["tls"] == {"mode": "Passthrough"}


@pytest.mark.parametrize("version", ["1.26.2", "1.27.2"])
def test_before_1_28_nothing_names_the_cluster_and_a_peer_has_both_listeners(version: str) -> None:
    old = build(differing(meshVersion=version, bookinfo={"enabled": False}))

    for name in ("alpha-eastwest-gateway", "alpha-to-beta-peering-gateway"):
        meta, spec = old.inputs(name)["metadata"], old.inputs(name)["spec"]
        assert CLUSTER not in meta["labels"]
        assert not [key for key in meta["annotations"] if key.startswith("peering.solo.io/")]
        assert spec["listeners"] == [HBONE_LISTENER, XDS_LISTENER]


def test_a_peer_points_at_the_others_address_with_the_type_that_fits() -> None:
    config = differing(bookinfo={"enabled": False})
    found = access(config)
    for name, where in {"alpha": "192.0.2.7", "beta": "lb.elb.test"}.items():
        reader = found[name].reader
        assert isinstance(reader, Memory)
        reader.address = where

    mesh = build(config, found=found)

    def address(link: str) -> Any:
        return mesh.inputs(f"{link}-peering-gateway")["spec"]["addresses"]

    assert address("alpha-to-beta") == [{"type": "Hostname", "value": "lb.elb.test"}]
    assert address("beta-to-alpha") == [{"type": "IPAddress", "value": "192.0.2.7"}]


def test_the_root_signs_every_intermediate(mesh: Recorder) -> None:
    root = mesh.inputs("root-authority-certificate")
    assert (root["isCaCertificate"], root["validityPeriodHours"]) == (True, 3650 * 24)
    for name in ("alpha", "beta"):
        certificate = mesh.inputs(f"{name}-trust-certificate")
        assert certificate["isCaCertificate"] is True
        assert certificate["validityPeriodHours"] == 1825 * 24
        assert certificate["earlyRenewalHours"] == 30 * 24
        signers = mesh.seen[f"{name}-trust-certificate"].propertyDependencies
        signed_with = {mesh.names[urn] for urn in signers["caPrivateKeyPem"].urns}
        assert "root-authority-key" in signed_with
        assert f"{name}-trust-key" not in signed_with


def pem(name: str) -> str:
    body = base64.b64encode(name.encode()).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def test_cacerts_has_the_four_files_that_istiod_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(_: Echo, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        made = {
            "privateKeyPem": f"key {args.name}",
            "certRequestPem": f"request {args.name}",
            "certPem": pem(args.name),
            "validityEndTime": "2036-01-01T00:00:00Z",
        }
        return f"{args.name}-id", {**args.inputs, **made}

    monkeypatch.setattr(Echo, "new_resource", named)
    mesh = build(settings(["alpha", "beta"], bookinfo={"enabled": False}))

    data = mesh.inputs("alpha-trust-cacerts")["data"]
    root, own = pem("root-authority-certificate"), pem("alpha-trust-certificate")
    assert {file: base64.b64decode(text).decode() for file, text in data.items()} == {
        "ca-cert.pem": own,
        "ca-key.pem": "key alpha-trust-key",
        "root-cert.pem": root,
        "cert-chain.pem": own + root,
    }


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("RSA", {"algorithm": "RSA", "rsaBits": 4096}),
        ("ECDSA", {"algorithm": "ECDSA", "ecdsaCurve": "P256"}),
    ],
)
def test_keys_are_strong_enough_and_of_a_kind_that_istiod_parses(
    algorithm: str, expected: dict[str, Any]
) -> None:
    mesh = build(settings(["alpha"], trust={"algorithm": algorithm}, bookinfo={"enabled": False}))

    for name in ("root-authority-key", "alpha-trust-key"):
        assert mesh.inputs(name) == expected


def test_the_operator_is_installed_by_name_from_the_chart_of_its_version() -> None:
    old = build(settings(["alpha"], meshVersion="1.26.2")).inputs("alpha-operator-release")
    own = {"glooOperator": "localcloud/charts/gloo-operator"}
    local = build(settings(["alpha"], charts=own)).inputs("alpha-operator-release")

    assert (old["name"], old["namespace"], old["version"]) == (
        "gloo-operator",
        "gloo-system",
        "0.2.4",
    )
    assert old["values"]["manager"]["image"]["repository"].endswith("/gloo-operator")
    assert "version" not in local, "the version of a local chart is in the chart"
    assert "alpha-operator-namespace" in build(settings(["alpha"])).edges("alpha-operator-release")
