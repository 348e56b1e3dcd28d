"""The stand-in tls, command and Release plugins serve the real Pulumi engine."""

from collections.abc import Iterator

import pytest

from localcloud.stack import Stack
from localcloud.world import World
from tests.localcloud.plugins.program_kit import stack_of
from tests.localcloud.plugins.release_kit import write_chart

pytestmark = [pytest.mark.engine, pytest.mark.planes]
PROGRAM = """
import pulumi, pulumi_command as command, pulumi_kubernetes as k8s, pulumi_tls as tls

config = pulumi.Config()
root = tls.PrivateKey("root", algorithm="ECDSA", ecdsa_curve="P256")
ca = tls.SelfSignedCert("ca", private_key_pem=root.private_key_pem, is_ca_certificate=True,
    subject={"common_name": "root"}, validity_period_hours=1000, allowed_uses=["cert_signing"])
key = tls.PrivateKey("key", algorithm="RSA", rsa_bits=2048)
csr = tls.CertRequest("csr", private_key_pem=key.private_key_pem, dns_names=["a.example"],
    subject={"common_name": "leaf"})
cert = tls.LocallySignedCert("cert", ca_cert_pem=ca.cert_pem, validity_period_hours=100,
    ca_private_key_pem=root.private_key_pem, cert_request_pem=csr.cert_request_pem,
    allowed_uses=["server_auth"], early_renewal_hours=10)
run = command.local.Command("run", create="echo made $COLOUR", update="echo changed",
    delete="touch " + config.require("marker"), triggers=[cert.cert_pem],
    environment={"COLOUR": config.get("colour") or "blue",
                 "LICENSE": config.require_secret("license")})
provider = k8s.Provider("cluster", kubeconfig=config.require_secret("kubeconfig"),
    cluster_identifier="one")
release = k8s.helm.v3.Release("demo", chart=config.require("chart"), name="demo",
    values={"greeting": run.stdout, "license": config.require_secret("license")},
    opts=pulumi.ResourceOptions(provider=provider))
pulumi.export("stdout", run.stdout)
pulumi.export("revision", release.status.revision)
pulumi.export("key", key.private_key_pem)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Yield a stack of the program above on one plane."""
    base = tmp_path_factory.mktemp("engine")
    made = stack_of(PROGRAM, base)
    with World(base / "world", planes=("one",)) as world:
        values = {"chart": str(write_chart(base / "chart")), "marker": str(base / "deleted")}
        made.configure({f"ambientmesh:{key}": value for key, value in values.items()})
        made.set_secret("ambientmesh:license", "canary-license")
        made.set_secret("ambientmesh:kubeconfig", world.plane("one").kubeconfig.read_text())
        yield made


def test_the_whole_life_of_a_stack(stack: Stack) -> None:
    preview = stack.run("preview")
    assert preview.code == 0, preview.output
    first = stack.run("up")
    assert first.code == 0, first.output
    assert preview.operations == first.operations, "a preview lists what an up makes"
    assert stack.outputs() == {"stdout": "made blue", "revision": 1, "key": "[secret]"}

    again = stack.run("up")
    assert (again.code, again.changes) == (0, {}), again.output
    refreshed = stack.run("refresh")
    assert (refreshed.code, refreshed.changes) == (0, {}), refreshed.output

    colour = "ambientmesh:colour: red\n  ambientmesh:chart"
    text = stack.config_file.read_text()
    stack.config_file.write_text(text.replace("ambientmesh:chart", colour))
    changed = stack.run("up")
    assert (changed.code, changed.changes) == (0, {"update": 2}), changed.output
    assert stack.outputs()["stdout"] == "changed"
    assert stack.outputs()["revision"] == 2

    written = [path for path in stack.home.rglob("*") if path.is_file()]
    for secret in (b"canary-license", b"PRIVATE KEY-----"):
        leaks = [path for path in written if secret in path.read_bytes()]
        assert not leaks, f"{secret!r} in the clear"
    for result in (preview, first, again, refreshed, changed):
        assert "canary-license" not in result.output
        assert "PRIVATE KEY" not in result.output

    gone = stack.run("destroy")
    assert gone.code == 0, gone.output
    assert set(gone.operations) == set(first.operations)
    assert (stack.checkout.parent / "deleted").exists(), "the delete command ran"
