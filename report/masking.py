"""Values as an event log has them, made fit to be read by all: no secret, and unknown ones named.

The engine masks what it knows to be secret. What it does not know is masked here by its look and by
the key that it is under: a comment is read by more people than a state.
"""

import base64
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key that marks a value that JSON has no form for (pulumi: sdk/go/common/resource/sig)."""
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a mark, not a secret
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for a value that only an `up` will know (pulumi: resource.UnknownStringValue)."""


class Mark(str):
    """Text that stands for a value, and is none itself."""

    __slots__ = ()


SECRET: Final = Mark("[secret]")
UNKNOWN: Final = Mark("(known after up)")
OTHER: Final = Mark("(a file)")
KEY: Final = Mark("[secret: a private key]")
CERTIFICATE: Final = Mark("(a certificate)")

_PRIVATE: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?-----END [A-Z ]*PRIVATE KEY-----|.*)", re.DOTALL
)
_PUBLIC: Final = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_ENCODED: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=\s]*")
"""The beginning of any PEM in base64, as Secrets hold it."""
_TOKEN: Final = re.compile(
    r"\beyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]+)*|\bya29\.[A-Za-z0-9_-]+|\bAIza[\w-]{35}"
    r"|\bgh[oprsu]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{20,}|\bxox[abeprs]-[\w-]{10,}"
    r"|\b(AKIA|ASIA)[0-9A-Z]{16}\b"
)
"""JSON web tokens, which license keys and service account tokens are; those of Google, GitHub,
GitLab, Slack and AWS by how they begin."""
_IN_ADDRESS: Final = re.compile(
    r"(\b[a-z][a-z0-9+.-]{0,30}://)[^/\s:@'\"]*:[^/\s'\"]+@", re.IGNORECASE
)
"""Name and password in an address, as of a registry: errors quote addresses whole."""
_IN_HEADER: Final = re.compile(
    r"(\bauthorization['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|basic|token)\s+)?|\bbearer\s+(?=\S{16}))"
    r"[^\s'\"]+",
    re.IGNORECASE,
)
_NAMES: Final = (
    r"(?:licen[cs]e|licen[cs]e_?-?key|password|passphrase|token|private_?-?key(?:_?pem)?"
    r"|(?:api|access|secret|root|ssh|signing)_?-?key|client-key-data|tls\.key|ca-key\.pem"
    r"|(?:client|bearer)_?-?(?:secret|token)|credentials?|secret|authorization)"
)
_NAMED: Final = re.compile(rf"{_NAMES}$", re.IGNORECASE)
_HOLDS: Final = frozenset({"value", "values", "data", "stringData", "plaintext", "literal", "raw"})
"""Keys that say nothing themselves: what is below them is what the key above them says."""
_OPTION: Final = re.compile(rf"--?[\w-]*{_NAMES}", re.IGNORECASE)
"""An argument of its own, whose value is the next one."""
_LINE: Final = r"(?:\n|\\{1,9}n)"
"""The end of a line, also in a text that is quoted in another."""
_BLOCK: Final = re.compile(
    rf"((?:^|{_LINE}|(?<=['\"]))([ \t]*)(-[ \t]+)?['\"\\]{{0,9}}[\w./-]{{0,200}}{_NAMES}"
    rf"['\"\\]{{0,9}}[ \t]*:[ \t]*)[|>](?:(?!{_LINE}).){{0,200}}"
    rf"(?:{_LINE}[ \t]*(?={_LINE})|{_LINE}\2(?(3)[ \t]{{3}}|[ \t])(?:(?!{_LINE}).)*)+",
    re.IGNORECASE,
)
"""A block of YAML under such a key: it has the lines that are indented deeper than the key is. What
may repeat has a limit, or a long line of quotes would take minutes."""
_ASSIGNED: Final = re.compile(
    r"\b([A-Za-z_-]{0,200}(?:licen[cs]e[_-]?key|password|passphrase|(?:api|access|secret)[_-]?key"
    r"|secret|token|client-key-data)['\"\\]*)(\s*[=:]\s*)"
    r"(\\?\"[^\"]*\"|'[^']*'|\S+)",
    re.IGNORECASE,
)
"""As in YAML, JSON, also JSON within JSON, an environment, and the options of a command."""
_SPACED: Final = re.compile(
    r"((?:(?<![\w-])|(?<=\\[nrt]))--[A-Za-z_-]{0,200}(?:licen[cs]e[_-]?key|password|passphrase|token"
    r"|(?:api|access)[_-]?key)"
    rf"(?:['\"\\]+,\s*|['\"]?{_LINE}\s*-\s+|\s+))"
    r"(?!['\"\\]*-)(\\*\"[^\"\\]*\\*\"|'[^']*'"
    r"|(?:(?!\\{1,9}[nrt])(?:[^\s\"'\\]|[\"'\\](?=\w)))+)",
    re.IGNORECASE,
)
"""As in the options of a command, with a blank, or as the next of a list. ``--secret`` is not of
them: what follows it is mostly a name."""
_LOGIN: Final = re.compile(
    r"(\bauth['\"\\]*\s*:\s*['\"\\]*)([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE
)
"""Whom Docker's configuration logs in as."""
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation with all that kubectl has applied: of a Secret, its values."""


def text(value: str) -> str:
    """Return a text without what looks like a secret; certificates are shortened."""
    found = _PRIVATE.sub(KEY, value)
    found = _PUBLIC.sub(CERTIFICATE, found)
    found = _ENCODED.sub("(PEM, in base64)", found)
    found = _TOKEN.sub(SECRET, found)
    found = _IN_ADDRESS.sub(rf"\1{SECRET}@", found)
    found = _BLOCK.sub(rf"\1{SECRET}", found)  # before a header, which would take its mark away
    found = _IN_HEADER.sub(rf"\1{SECRET}", found)
    found = _LOGIN.sub(lambda one: f"{one[1]}{SECRET}" if _is_login(one[2]) else one[0], found)
    found = _SPACED.sub(rf"\1{SECRET}", found)
    return _ASSIGNED.sub(rf"\1\2{SECRET}", found)


def _is_login(found: str) -> bool:
    """Whether a text is ``name:password`` in base64."""
    try:
        return ":" in base64.b64decode(found, validate=True).decode()
    except ValueError:
        return False


def value(found: Any, key: str = "") -> Any:
    """Return a value of the log as plain JSON, with marks in place of what may not or cannot be.

    Args:
        found: as it is in the log.
        key: that it is under, of the innermost map.
    """
    if isinstance(found, Mapping):
        if _SIGNATURE in found:
            return SECRET if found[_SIGNATURE] == _SECRET else OTHER
        beside = str(found.get("name"))
        return {str(name): _below(item, str(name), key, beside) for name, item in found.items()}
    if isinstance(found, list):
        return [
            value(item, _option(before, item) or key) for before, item in pairwise(["", *found])
        ]
    if isinstance(found, int | float) and not isinstance(found, bool):
        return SECRET if _NAMED.search(key) else found
    return _text(found, key) if isinstance(found, str) else found


def _below(found: Any, name: str, key: str, beside: str) -> Any:
    """Return a value of a map that is itself under ``key``, and has a ``name`` beside it."""
    if name == "value" and _NAMED.search(beside):  # as of a variable
        return value(found, beside)
    return _all(found, key) if name in _HOLDS and _NAMED.search(key) else value(found, name)


def _all(found: Any, key: str) -> Any:
    """Return a value with all that is below it masked, as the key of a secret would."""
    if isinstance(found, Mapping) and _SIGNATURE not in found:
        return {str(name): _all(item, key) for name, item in found.items()}
    return [_all(item, key) for item in found] if isinstance(found, list) else value(found, key)


def _option(before: Any, item: Any) -> str:
    """Return the argument that names the next one, if that is its value; nothing otherwise."""
    if not isinstance(before, str) or not isinstance(item, str) or item.startswith("-"):
        return ""
    return before if _OPTION.fullmatch(before) else ""


def _text(found: str, key: str) -> str:
    if isinstance(found, Mark):
        return found
    if found == _UNKNOWN:
        return UNKNOWN
    if found == SECRET or (found and _NAMED.search(key)) or (key == "auth" and _is_login(found)):
        return SECRET
    return text(found)


def inputs(found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of a resource; of a Kubernetes Secret no value is shown.

    Args:
        found: as they are in the log.
        kind: token of the resource's type.
    """
    clean: dict[str, Any] = value(found)
    if kind in ("kubernetes:core/v1:Secret", "kubernetes:core/v1:SecretPatch"):
        for part in ("data", "stringData"):
            if isinstance(clean.get(part), Mapping):
                clean[part] = dict.fromkeys(clean[part], SECRET)
        metadata = clean.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
        if isinstance(annotations, dict) and _APPLIED in annotations:
            annotations[_APPLIED] = SECRET
    return clean
