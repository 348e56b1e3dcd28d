"""Whether an agent of the management plane would be let in, in the order a connection finds out.

Pure. What is not documented of the real handshake is not in it: certificates are compared, not
negotiated, and no traffic is sent.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from localcloud.operator.sides import Management

IN_CLUSTER = ("gloo-mesh-mgmt-server.gloo-mesh", "gloo-mesh-mgmt-server.gloo-mesh.svc")
"""Names by which an agent beside the management server reaches it."""


@dataclass(frozen=True, kw_only=True)
class Agent:
    """What an agent was given."""

    cluster: str
    address: str
    """Of the management server, with its port."""
    authority: str
    root: bytes
    token: str
    """Digest, as ``digest`` makes it."""


def digest(token: bytes) -> str:
    """Return what may be told of a token to others: enough to compare, too little to use."""
    return hashlib.sha256(token).hexdigest() if token else ""


def server_problem(
    served: Mapping[str, bytes], signing: Mapping[str, bytes], token: bytes, license_: bool | None
) -> str:
    """Return why a management server would not serve; empty if it does.

    Args:
        served: content of its own certificate's Secret.
        signing: content of the Secret that it signs agents' certificates with.
        token: the identity token.
        license_: whether there is a license where the chart says so; None if it says nothing.
    """
    for name, files in {"server certificate": served, "signing certificate": signing}.items():
        if problem := _pair_problem(files):
            return f"its {name}: {problem}"
    if not _is_authority(x509.load_pem_x509_certificate(signing["tls.crt"])):
        return "its signing certificate is no authority"
    if not token:
        return "there is no identity token"
    if license_ is False:
        return "there is no license key in the Secret of licensing.licenseSecretName"
    return ""


def _pair_problem(files: Mapping[str, bytes]) -> str:
    missing = [file for file in ("ca.crt", "tls.crt", "tls.key") if not files.get(file)]
    if missing:
        return f"its Secret has no {', '.join(missing)}"
    try:
        certificate = x509.load_pem_x509_certificate(files["tls.crt"])
        key = serialization.load_pem_private_key(files["tls.key"], password=None)
    except (ValueError, TypeError):
        return "its Secret has what is no certificate or key"
    return "" if key.public_key() == certificate.public_key() else "its key belongs to another"


def refusal(agent: Agent, servers: Iterable[tuple[Management, bool]]) -> str:
    """Return why an agent does not connect; empty if it does.

    Args:
        agent: what it was given.
        servers: management servers, each with whether it is in the agent's own cluster.
    """
    host, _, port = agent.address.rpartition(":")
    for server, beside in servers:
        names = server.addresses + (IN_CLUSTER if beside else ())
        if host.strip("[]") in names and port.isdecimal() and int(port) in server.ports:
            return server.problem or _handshake(agent, server)
    return f"nobody listens at {agent.address}"


def _handshake(agent: Agent, server: Management) -> str:
    shown = x509.load_pem_x509_certificate(server.certificate.encode())
    try:
        shown.verify_directly_issued_by(x509.load_pem_x509_certificate(agent.root))
    except (ValueError, TypeError, InvalidSignature):
        return "the server's certificate is signed by an unknown authority"
    if not shown.not_valid_before_utc <= dt.datetime.now(dt.UTC) <= shown.not_valid_after_utc:
        return f"the server's certificate is valid until {shown.not_valid_after_utc.date()} only"
    if agent.authority not in (names := _names(shown)):
        return f"the server's certificate is for {', '.join(names)}, not for {agent.authority}"
    if agent.token != server.token:
        return "the identity token is another"
    if agent.cluster not in server.clusters:
        return f"there is no KubernetesCluster {agent.cluster}"
    return ""


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return found.value.get_values_for_type(x509.DNSName)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value.ca
