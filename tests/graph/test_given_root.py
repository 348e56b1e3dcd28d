"""The graph under a root that was given: nothing makes a root, everything chains to that one."""

import base64

import pytest

from tests.engine import Recorder
from tests.mesh import ROOT_KEY, build, settings
from tests.roots import make_root

ROOT, _ = make_root()


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(settings(["alpha", "beta"], trust={"rootCertificate": ROOT}))


def test_the_stack_makes_no_root(mesh: Recorder) -> None:
    assert "root-authority" in mesh.seen
    assert not [name for name in mesh.seen if name.startswith("root-authority-")]


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_every_intermediate_is_signed_by_it(mesh: Recorder, name: str) -> None:
    certificate = mesh.inputs(f"{name}-trust-certificate")
    files = mesh.inputs(f"{name}-trust-cacerts")["data"]

    assert certificate["caCertPem"] == ROOT
    assert certificate["caPrivateKeyPem"] == ROOT_KEY
    assert base64.b64decode(files["root-cert.pem"]).decode() == ROOT


def test_its_key_is_a_secret_and_in_no_other_input(mesh: Recorder) -> None:
    holders = sorted(name for name in mesh.seen if ROOT_KEY in str(mesh.inputs(name)))

    assert holders == ["alpha-trust-certificate", "beta-trust-certificate"]
    assert all(mesh.is_secret(name, "caPrivateKeyPem") for name in holders)


def test_the_secret_says_which_root_it_is_under(mesh: Recorder) -> None:
    told = mesh.inputs("alpha-trust-cacerts")["metadata"]["annotations"]["ambientmesh.dev/root"]

    assert len(told) == 95
    assert (
        told == mesh.inputs("beta-trust-cacerts")["metadata"]["annotations"]["ambientmesh.dev/root"]
    )
