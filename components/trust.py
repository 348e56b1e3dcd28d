"""The mesh's certificate authorities: one root, and an intermediate for every cluster.

Keys are made and kept by pulumi-tls, as secrets in the state; a root may be given instead.
``Trust`` owns istio-system, because istiod reads both the namespace's network label and ``cacerts``
once, when it starts.
"""

import base64
import datetime as dt
import hashlib
import ssl
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_tls as tls

from components import given_root
from components.cluster import Cluster
from components.gates import once
from components.naming import CA_SECRET, ISTIO_NAMESPACE, NETWORK_LABEL, ROOT_ANNOTATION
from components.ownership import Key
from components.settings import RENEWAL_DAYS, Timeouts, TrustSettings

HOURS_A_DAY = 24

CA_USES = ["cert_signing", "crl_signing", "digital_signature"]


def _key(name: str, settings: TrustSettings, child: pulumi.ResourceOptions) -> tls.PrivateKey:
    if settings.algorithm == "ECDSA":
        return tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=child)
    return tls.PrivateKey(name, algorithm="RSA", rsa_bits=4096, opts=child)


def fingerprint(pem: str) -> str:
    """Return the SHA-256 fingerprint of a certificate as openssl prints it."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def outlives(intermediate: str, root: str) -> bool:
    """Whether a certificate ends after its root, which makes its chain void (RFC 3339 times)."""
    return dt.datetime.fromisoformat(intermediate) > dt.datetime.fromisoformat(root)


def _warn_of_void_chain(cluster: str, intermediate: str, root: str) -> None:
    if outlives(intermediate, root):
        pulumi.log.warn(
            f"{cluster}: the intermediate is valid until {intermediate}, but the root only until"
            f" {root}: plan another root, or shorten trust.intermediateValidityDays"
        )


def planned() -> set[Key]:
    """Return the objects of trust in one cluster."""
    return {("Namespace", "", ISTIO_NAMESPACE), ("Secret", ISTIO_NAMESPACE, CA_SECRET)}


@dataclass(frozen=True, kw_only=True)
class RootAuthorityArgs:
    """How the root is made, or which one was given."""

    settings: TrustSettings
    key: pulumi.Output[str] | None = None
    """Of the root that was given: a secret."""


class RootAuthority(pulumi.ComponentResource):
    """The one root that all clusters chain to. Replacing it breaks every link of a running mesh."""

    key_pem: pulumi.Output[str]
    cert_pem: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    expires: pulumi.Output[str]
    given: str
    """The fingerprint of a root that was given; empty for one of the stack's own."""

    def __init__(
        self, name: str, args: RootAuthorityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:RootAuthority", name, None, opts)
        certificate = args.settings.root_certificate
        self.given = fingerprint(certificate) if certificate else ""
        if certificate:
            if args.key is None:
                raise ValueError("a root that is given signs with its own key")
            self.key_pem = args.key
            self.cert_pem = pulumi.Output.from_input(certificate)
            self.expires = pulumi.Output.from_input(
                given_root.validity(certificate)[1].isoformat().replace("+00:00", "Z")
            )
        else:
            self._make(name, args.settings)
        self.fingerprint = self.cert_pem.apply(fingerprint)
        self.register_outputs({"fingerprint": self.fingerprint, "expires": self.expires})

    def _make(self, name: str, settings: TrustSettings) -> None:
        child = pulumi.ResourceOptions(parent=self)
        key = _key(f"{name}-key", settings, child)
        certificate = tls.SelfSignedCert(
            f"{name}-certificate",
            private_key_pem=key.private_key_pem,
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=CA_USES,
            validity_period_hours=settings.root_validity_days * HOURS_A_DAY,
            subject={"organization": "Istio", "common_name": "Root CA"},
            opts=child,
        )
        self.key_pem = key.private_key_pem
        self.cert_pem = certificate.cert_pem
        self.expires = certificate.validity_end_time


@dataclass(frozen=True, kw_only=True)
class TrustArgs:
    """Whose intermediate, and under which root."""

    cluster: Cluster
    root: RootAuthority
    settings: TrustSettings
    timeouts: Timeouts


class Trust(pulumi.ComponentResource):
    """istio-system with its network label, and the ``cacerts`` that istiod signs with."""

    home: pulumi.Output[str]
    """istio-system, as soon as it exists."""
    namespace: pulumi.Output[str]
    """istio-system, once ``cacerts`` is in it."""
    expires: pulumi.Output[str]

    def __init__(
        self, name: str, args: TrustArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Trust", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        inventory = args.cluster.inventory
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=inventory.metadata(
                ISTIO_NAMESPACE, labels={NETWORK_LABEL: args.cluster.network}
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.timeouts.deletion}s"),
            ),
        )
        self.home = once(namespace.urn, ISTIO_NAMESPACE)
        key = _key(f"{name}-key", args.settings, child)
        request = tls.CertRequest(
            f"{name}-request",
            private_key_pem=key.private_key_pem,
            subject={
                "organization": "Istio",
                "common_name": "Intermediate CA",
                "locality": args.cluster.name,
            },
            dns_names=[f"istiod.{ISTIO_NAMESPACE}.svc"],
            opts=child,
        )
        certificate = tls.LocallySignedCert(
            f"{name}-certificate",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=args.root.key_pem,
            ca_cert_pem=args.root.cert_pem,
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=CA_USES,
            validity_period_hours=args.settings.intermediate_validity_days * HOURS_A_DAY,
            early_renewal_hours=RENEWAL_DAYS * HOURS_A_DAY,
            opts=child,
        )
        files = {
            "ca-cert.pem": certificate.cert_pem,
            "ca-key.pem": key.private_key_pem,
            "root-cert.pem": args.root.cert_pem,
            "cert-chain.pem": pulumi.Output.concat(certificate.cert_pem, args.root.cert_pem),
        }
        secret = k8s.core.v1.Secret(
            f"{name}-cacerts",
            metadata=inventory.metadata(
                CA_SECRET,
                namespace=ISTIO_NAMESPACE,
                within=self.home,
                annotations={ROOT_ANNOTATION: args.root.given} if args.root.given else None,
            ),
            data={file: _encoded(pem) for file, pem in files.items()},
            opts=child,
        )
        self.namespace = once(secret.urn, ISTIO_NAMESPACE)
        self.expires = certificate.validity_end_time
        pulumi.Output.all(self.expires, args.root.expires).apply(
            lambda ends: _warn_of_void_chain(args.cluster.name, *ends)
        )
        self.register_outputs({"expires": self.expires})


def _encoded(pem: pulumi.Output[str]) -> pulumi.Output[str]:
    return pem.apply(lambda text: base64.b64encode(text.encode()).decode())
