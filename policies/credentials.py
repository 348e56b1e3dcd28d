"""Credentials are secrets in the eyes of the engine, or they are in its state for all to read."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from policies.policy import Context, Finding, Policy
from policies.resource import Resource
from policies.values import Path, open_values, shown

_SECRET_KINDS: Final = ("kubernetes:core/v1:Secret", "kubernetes:core/v1:SecretPatch")
_SECRET_PLACES: Final = ("data", "stringData")
_PLACE: Final = re.compile(
    r"(?i)(licen[sc]e[-_.]?key|private[-_.]?key(pem)?|secret[-_.]?key|api[-_.]?key|access[-_.]?key"
    r"|password|passphrase|client[-_.]?secret|(^|[-_.])token|[a-z]Token|client-key-data"
    r"|_TOKEN|tls\.key|ca-key\.pem)$"
)
"""Names that credentials are given: the end of a key, or of an environment variable's name."""
_KEY: Final = r"(?:[\w.-]*[.-])?(?:client-key-data|token|password)"
_VALUE: Final = r"[\w+/=.-]{8}"
_LEAST: Final = 1000
"""The least number that can be a password."""
_NUMBERS: Final = re.compile(r"(?i)(password|passphrase)$")
"""Names whose value is a credential if it is a number, too: of tokens and keys there are counts."""
_NO_CREDENTIAL: Final = re.compile(
    r"(?i)(?:(?:bearer|basic) )?(?:\$\([\w.-]+\)|\$\{\w+\}|\{\{[^{}]*\}\})+"
    r"|true|false|yes|no|on|off"
)
"""What refers to a credential that is elsewhere, or says whether there is one."""
_KEY_OF: Final = re.compile(r"(?i)secret[-_]?key$")
_ANOTHER: Final = ("remoteRef", "sourceRef", "secretName", "secretRef", "existingSecret")
"""Keys that name a Secret: beside one of them ``secretKey`` says which of its keys."""
_RUN: Final = frozenset({"args", "command", "create", "update", "delete"})
"""Where arguments and commands stand."""
_BARE: Final = re.compile(r"--[\w-]+")
_OPTION: Final = re.compile(
    r"(?i)(?:^|[\s\"'])--(?!no-)[\w-]*(?:password|passphrase|token|licen[sc]e-key|client-secret"
    r"|(?:api|access|secret)-key)=[\"']?(?![-$<{/%`@]|(?:file|env):)[^\s\"']{8}"
)
"""An argument with a credential, and not with a file or a variable that has it."""
_LOOKS: Final = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a signed token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    "a token of GitHub": re.compile(r"\b(gh[oprsu]_\w{36}|github_pat_\w{60})"),
    "a token of GitLab": re.compile(r"\bglpat-[\w-]{20}"),
    "a token of Slack": re.compile(r"\bxox[abeprs]-[0-9]{8,}-[\w-]{8}"),
    "a token of Google": re.compile(r"\bya29\.[\w-]{20}|\bAIza[\w-]{35}"),
    "a password": re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^/\s:@'\"]*:(?![${<])[^/\s'\"]+@"),
    "a key of AWS": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a login of Docker": re.compile(
        r"[\"']auths[\"']\s*:\s*\{(?:(?![\"']auths[\"']).)*?[\"']auth[\"']\s*:\s*"
        r"[\"'][A-Za-z0-9+/]{8,}={0,2}[\"']",
        re.DOTALL,
    ),
    "a token or a password": re.compile(
        # JSON, and YAML that is written like it.
        rf"[\"']{_KEY}[\"']\s*:\s*[\"']?{_VALUE}"
        rf"|[{{,]\s*{_KEY}\s*:\s*[\"']?{_VALUE}[^\s,}}]*\s*[,}}]"
        # A line of YAML on which nothing else stands: where text has these words, it goes on.
        rf"|^[ \t]*(?:-[ \t]+)*{_KEY}[ \t]*:[ \t]+(?!(?:required|optional|disabled|forbidden)\b)"
        rf"(?:{_VALUE}\S*|\"{_VALUE}[^\"\n]*\"|'{_VALUE}[^'\n]*')[ \t]*(?:#.*)?\r?$"
        # A block of YAML that begins with a line of one word.
        rf"|^(?P<indent>[ \t]*)(?:-[ \t]+)*[\"']?{_KEY}[\"']?[ \t]*:[ \t]*[|>].*\n"
        rf"(?P=indent)[ \t]+{_VALUE}\S*[ \t]*\r?$",
        re.MULTILINE,
    ),
}
"""What credentials look like, wherever they are; ``$(NAME)`` in an address is filled in later."""
_ENCODED: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]{20,}")
"""Base64 of ``-----BEGIN``, as in a kubeconfig or a Secret."""
_FIX: Final = "wrap it in pulumi.Output.secret, or set its key with config set --secret."


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
    beside = _at(props, path[:-1])
    return beside.get("name") if isinstance(beside, Mapping) else None


def _at(props: Any, path: Path) -> Any:
    for part in path:
        props = props[part]
    return props


def _is_named(props: Any, path: Path, value: str | float) -> bool:
    """Whether a value is a credential by its key, or by that of its list, or by its variable."""
    key = next((part for part in reversed(path) if isinstance(part, str)), None)
    names = (key, _variable(props, path))
    if not isinstance(value, str):
        # Fewer digits say whether there is a password, or how long it must be.
        named = any(isinstance(name, str) and _NUMBERS.search(name) for name in names)
        return named and value >= _LEAST
    if not any(map(is_place, names)) or _NO_CREDENTIAL.fullmatch(value):
        return False
    beside = _at(props, path[:-1])
    of_another = isinstance(beside, Mapping) and any(beside.get(name) for name in _ANOTHER)
    return not (of_another and isinstance(key, str) and _KEY_OF.search(key))


def _is_option(props: Any, path: Path, text: str) -> bool:
    """Whether a command has a credential among its arguments, in one or in two."""
    if _RUN.isdisjoint(path[-2:]):
        return False
    last = path[-1]
    before = _at(props, path[:-1])[last - 1] if isinstance(last, int) and last else ""
    alone = isinstance(before, str) and _BARE.fullmatch(before)
    return bool(_OPTION.search(text) or (alone and _OPTION.match(f"{before}={text}")))


def _exposed(resource: Resource, props: Any) -> Iterator[tuple[str, str]]:
    """Yield where a credential is for all to read, and what it is."""
    for path, value in open_values(props):
        if resource.type in _SECRET_KINDS and path[0] in _SECRET_PLACES:
            yield shown(path), "data of a Secret"
        elif _is_named(props, path, value):
            yield shown(path), "a credential by its name"
        elif isinstance(value, str):
            found = looks(value) or ("a credential" if _is_option(props, path, value) else "")
            if found:
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
