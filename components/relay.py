"""What agents and the management server know each other by: a root, a server certificate, a token.

Made in the graph and not by the management server (``docs/decisions/0005-relay-trust.md``), so that
no agent has to wait for them and no cluster's secrets have to be read.
"""

import hashlib
from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components.naming import MANAGEMENT_NAMESPACE
from components.settings import RENEWAL_DAYS, TrustSettings

MGMT_SERVER = "gloo-mesh-mgmt-server"
TELEMETRY_GATEWAY = "gloo-telemetry-gateway"
AUTHORITY = f"{MGMT_SERVER}.{MANAGEMENT_NAMESPACE}"
"""The name an agent expects in the server's certificate, whatever address it dials: the chart's own
default for ``glooAgent.relay.authority``."""
TELEMETRY_AUTHORITY = f"{TELEMETRY_GATEWAY}.{MANAGEMENT_NAMESPACE}"

_HOURS_A_DAY = 24


def token_of(key_pem: str) -> str:
    """Return a token of 256 bits that only who has the key can tell."""
    return hashlib.sha256(f"relay identity token\n{key_pem}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class RelayAuthorityArgs:
    """How long root and server certificate last: as the mesh's root and intermediates do."""

    trust: TrustSettings


class RelayAuthority(pulumi.ComponentResource):
    """The relay's own root, not the mesh's: it signs the agents' certificates and nothing else."""

    root_pem: pulumi.Output[str]
    root_key_pem: pulumi.Output[str]
    server_pem: pulumi.Output[str]
    """Of the management server and of the telemetry gateway, which run side by side."""
    server_key_pem: pulumi.Output[str]
    token: pulumi.Output[str]
    """By which an agent without a certificate asks for its first one."""
    expires: pulumi.Output[str]

    def __init__(
        self, name: str, args: RelayAuthorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:RelayAuthority", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = tls.PrivateKey(f"{name}-key", algorithm="RSA", rsa_bits=4096, opts=child)
        root = tls.SelfSignedCert(
            f"{name}-certificate",
            private_key_pem=key.private_key_pem,
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
            validity_period_hours=args.trust.root_validity_days * _HOURS_A_DAY,
            subject={"organization": "Gloo Mesh", "common_name": "Relay root CA"},
            opts=child,
        )
        server_key = tls.PrivateKey(
            f"{name}-server-key", algorithm="RSA", rsa_bits=2048, opts=child
        )
        request = tls.CertRequest(
            f"{name}-server-request",
            private_key_pem=server_key.private_key_pem,
            subject={"organization": "Gloo Mesh", "common_name": AUTHORITY},
            dns_names=[AUTHORITY, TELEMETRY_AUTHORITY],
            opts=child,
        )
        server = tls.LocallySignedCert(
            f"{name}-server-certificate",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=key.private_key_pem,
            ca_cert_pem=root.cert_pem,
            allowed_uses=["server_auth", "client_auth", "digital_signature", "key_encipherment"],
            validity_period_hours=args.trust.intermediate_validity_days * _HOURS_A_DAY,
            early_renewal_hours=RENEWAL_DAYS * _HOURS_A_DAY,
            opts=child,
        )
        # No certificate is made for it: a random that stays the same from run to run is all it is.
        seed = tls.PrivateKey(f"{name}-token", algorithm="ED25519", opts=child)
        self.root_pem, self.root_key_pem = root.cert_pem, key.private_key_pem
        self.server_pem, self.server_key_pem = server.cert_pem, server_key.private_key_pem
        self.token = seed.private_key_pem.apply(token_of)
        self.expires = server.validity_end_time
        self.register_outputs({"expires": self.expires})
