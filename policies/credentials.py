"""Credentials are secrets in the eyes of the engine, or they are in its state for all to read."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from policies.policy import Context, Finding, Policy
from policies.resource import Resource
from policies.values import Path, open_texts, shown

_SECRET_KINDS: Final = ("kubernetes:core/v1:Secret", "kubernetes:core/v1:SecretPatch")
_SECRET_PLACES: Final = ("data", "stringData")
_PLACE: Final = re.compile(
    r"(?i)(licen[sc]e[-_.]?key|private[-_.]?key(pem)?|secret[-_.]?key|api[-_.]?key|access[-_.]?key"
    r"|password|passphrase|client[-_.]?secret|(^|[-_.])token|[a-z]Token|client-key-data"
    r"|_TOKEN|tls\.key|ca-key\.pem)$"
)
"""Names that credentials are given: the end of a key, or of an environment variable's name."""
_LOOKS: Final = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a signed token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    "a token of GitHub": re.compile(r"\b(gh[opsu]_\w{36}|github_pat_\w{60})"),
    "a token of Google": re.compile(r"\bya29\.[\w-]{20}|\bAIza[\w-]{35}"),
    "a password": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@'\"]*:(?![${<])[^/\s'\"]+@"),
    "a key of AWS": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a credential of a kubeconfig": re.compile(
        r"[\"']?\b(client-key-data|token|password)[\"']?\s*:\s*[\"']?[\w+/=.-]{8}"
    ),
}
"""What credentials look like, wherever they are; ``$(NAME)`` in an address is filled in later."""
_ENCODED: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]{20,}")
"""Base64 of ``-----BEGIN``, as in a kubeconfig or a Secret."""
_FIX: Final = "pass it as a secret: pulumi.Output.secret, or a key set with config set --secret."


def looks(text: str) -> str:
    """Return which credential a text has in it, in words; nothing if it has none."""
    for name, pattern in _LOOKS.items():
        if pattern.search(text):
            return name
    for match in _ENCODED.finditer(text):
        try:
            decoded = base64.b64decode(match[0], validate=False)
        except binascii.Error:
            continue
        if _LOOKS["a private key"].search(decoded.decode(errors="replace")):
            return "a private key"
    return ""


def is_place(name: object) -> bool:
    """Whether a key, or an environment variable, is called as credentials are."""
    return isinstance(name, str) and bool(_PLACE.search(name))


def _variable(props: Any, path: Path) -> object:
    """Return the name that stands beside a value, as in ``env: [{name: …, value: …}]``."""
    if not path or path[-1] != "value":
        return None
    beside = props
    for part in path[:-1]:
        beside = beside[part]
    return beside.get("name") if isinstance(beside, Mapping) else None


def _exposed(resource: Resource, props: Any) -> Iterator[tuple[str, str]]:
    """Yield where a credential is for all to read, and what it is."""
    for path, text in open_texts(props):
        if resource.type in _SECRET_KINDS and path[0] in _SECRET_PLACES:
            yield shown(path), "data of a Secret"
        elif is_place(path[-1]) or is_place(_variable(props, path)):
            yield shown(path), "a credential by its name"
        elif found := looks(text):
            yield shown(path), found


def plaintext_input(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse credentials among the inputs of a resource."""
    del context
    for where, what in _exposed(resource, resource.kept):
        yield Finding(f"{resource.title} has {what} in clear text at {where}.", _FIX)


def plaintext_output(resources: Sequence[Resource], context: Context) -> Iterator[Finding]:
    """Refuse credentials among what resources, and the stack itself, give.

    What an object of Kubernetes gives is what was put into it, which is looked at there.
    """
    del context
    for resource in resources:
        if resource.type.startswith("kubernetes:"):
            continue
        for where, what in _exposed(resource, resource.kept):
            yield Finding(
                f"{resource.title} gives {what} in clear text at {where}.",
                "name it in additional_secret_outputs, or export it as pulumi.Output.secret.",
                resource.urn,
            )


POLICIES: Final = (
    Policy(
        name="no-plaintext-credential",
        says="A credential that goes into a resource is a secret.",
        of_resource=plaintext_input,
    ),
    Policy(
        name="no-plaintext-output",
        says="A credential that comes out of a resource, or out of the stack, is a secret.",
        of_stack=plaintext_output,
    ),
)
