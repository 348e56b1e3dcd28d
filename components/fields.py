"""Domain types of the configuration: each says what it allows and how to mend a wrong value."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from components.naming import MAX_NAME
from components.shapes import DURATION, NO_SUFFIX, VERSION, like

_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")
_VERSION = re.compile(VERSION)
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_REGISTRY = re.compile(r"[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)*")
_ACCOUNT = re.compile(r"([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+")
_LOGIN = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_BUCKET = re.compile(r"gs://[a-z0-9][-_.a-z0-9]+(/[^\s/]+)+")
_VALUE = re.compile(r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?)?")
_KEY_TYPES = ("ssh-ed25519", "ssh-rsa", *(f"ecdsa-sha2-nistp{bits}" for bits in (256, 384, 521)))
_DOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

MAX_VERSION = 63
"""Characters; a version becomes a label's value."""

MAX_HOST = 253
"""Characters of a host name."""

LONGEST = 24 * 3600
"""Seconds. What is not ready after a day will not be, and units were meant otherwise."""


def is_dns_label(value: object) -> bool:
    """Whether a value is a legal name, so that defaults may be derived from it."""
    return isinstance(value, str) and bool(_LABEL.fullmatch(value)) and len(value) <= MAX_NAME


WRONG = "AM010"
"""The code of values that have no code of their own."""


def wrong(allowed: str, fix: str, code: str = WRONG) -> PydanticCustomError:
    """Return the error that a validator raises; the reader adds the key and the value."""
    text = f"allowed: {allowed}; fix: {fix}"
    return PydanticCustomError("rule", "{text}", {"text": text, "code": code})


def _matching(
    pattern: re.Pattern[str], limit: int, allowed: str, code: str = "AM011"
) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value) or len(value) > limit:
            slug = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[: min(limit, 63)].strip("-")
            hint = f", for example {slug!r}" if slug else ""
            raise wrong(allowed, f"write another value{hint}", code)
        return value

    return check


def _registry(value: str) -> str:
    if not _REGISTRY.fullmatch(value):
        bare = value.partition("://")[2] or value
        example = bare.strip("/").lower()
        fix = f"write {example!r}" if _REGISTRY.fullmatch(example) else "write host/path"
        raise wrong("a registry and a path, no scheme and no '/' at the end", fix, "AM015")
    return value


def _duration(value: Any) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    parts = [int(part or 0) for part in match.groups()] if match else [0, 0, 0]
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    if not 0 < seconds <= LONGEST:
        raise wrong(
            "a duration above zero such as '90s', '10m' or '1h30m', at most '24h'",
            "add the unit: h, m or s" if match is None else "write a duration in range",
            "AM014",
        )
    return seconds


def is_duration(field: FieldInfo) -> bool:
    """Whether a field is written with units."""
    return any(item is _SECONDS for item in field.metadata)


def in_units(seconds: int) -> str:
    """Return a duration as a stack file has it: ``10m``, ``90s``."""
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _host(value: str) -> str:
    if not _HOST.fullmatch(value) or len(value) > MAX_HOST:
        bare = value.partition("://")[2] or value
        bare = re.split(r"[/:?#]", bare.rpartition("@")[2])[0].lower().strip("*.")
        fits = _HOST.fullmatch(bare) and len(bare) <= MAX_HOST
        fix = f"write {bare!r}" if fits else "write a host such as 'httpbin.org'"
        raise wrong("a host name with a dot, no scheme, port or wildcard", fix, "AM016")
    return value


def _cidr(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise wrong("a range of addresses such as '10.0.0.0/16'", "write address/bits") from None
    if "/" not in value or str(network) != value:
        raise wrong("a range as address/bits, no bit set behind those", f"write {str(network)!r}")
    return value


def _block(value: str) -> str:
    if ":" in value:
        raise wrong("a range of IPv4", "write one such as '10.64.0.0/17'")
    return _cidr(value)


def _numbered(example: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not _VERSION.fullmatch(value) or len(value) > MAX_VERSION:
            raise wrong(f"a full version such as {example!r}", "write major.minor.patch", "AM013")
        return value

    return check


def _version(value: str) -> str:
    if "-solo" in value:
        bare = value.partition("-solo")[0]
        allowed = "a version without '-solo', which the operator appends"
        raise wrong(allowed, f"write {bare!r}", "AM013")
    return value


def _host_key(value: str) -> str:
    """Return the key without what may follow it; its type is in its bytes once more."""
    words = value.split()
    try:
        kind, content = words[0], base64.b64decode(words[1], validate=True)
    except (IndexError, binascii.Error, ValueError):
        kind, content = "", b""
    length = int.from_bytes(content[:4], "big")
    if kind not in _KEY_TYPES or content[4 : 4 + length].decode(errors="replace") != kind:
        raise wrong(
            f"a public key as 'TYPE BASE64', TYPE being one of {', '.join(_KEY_TYPES)}",
            "write what /etc/ssh/ssh_host_ed25519_key.pub on the machine says",
            "AM017",
        )
    return f"{kind} {words[1]}"


DnsLabel = Annotated[
    str,
    AfterValidator(
        _matching(
            _LABEL,
            MAX_NAME,
            f"a DNS label of at most {MAX_NAME} characters: a-z, 0-9 and '-'",
        )
    ),
    like(_LABEL, MAX_NAME, "DNS label"),
]
"""A name that Kubernetes accepts as an object name and as a label value."""

TrustDomain = Annotated[
    str,
    AfterValidator(
        _matching(
            _DOMAIN, 253, "a SPIFFE trust domain: lower-case DNS name, no 'spiffe://'", "AM012"
        )
    ),
    like(_DOMAIN, 253, "trust domain"),
]

ServiceName = Annotated[
    str,
    AfterValidator(_matching(_LABEL, 63, "a DNS label of at most 63 characters: a-z, 0-9 and '-'")),
    like(_LABEL, 63, "DNS label"),
]
"""A namespace, a service, or another name that becomes a part of a host name."""

ServiceAccountName = Annotated[
    str,
    AfterValidator(
        _matching(_ACCOUNT, 127, "a service account as 'name' or 'namespace/name', no wildcard")
    ),
    like(_ACCOUNT, 127, "`name` or `namespace/name`"),
]

ExternalHost = Annotated[str, AfterValidator(_host), like(_HOST, MAX_HOST, "host name")]

GcpName = Annotated[
    str,
    AfterValidator(_matching(_LABEL, 63, "a name as Google Cloud has them: a-z, 0-9 and '-'")),
    like(_LABEL, 63, "name"),
]

Block = Annotated[str, AfterValidator(_block), like("[0-9.]+/[0-9]{1,2}", 18, "CIDR")]
"""A range of IPv4 addresses."""

Bucket = Annotated[
    str, AfterValidator(_matching(_BUCKET, 1024, "a path in Cloud Storage as 'gs://bucket/path'"))
]

LabelValue = Annotated[
    str,
    AfterValidator(_matching(_VALUE, 63, "a label's value: a-z, 0-9, '_' and '-'")),
    like(_VALUE, 63, "label value"),
]
"""Of a label that both Google Cloud and Kubernetes accept."""

HostKey = Annotated[
    str,
    AfterValidator(_host_key),
    like(f"({'|'.join(_KEY_TYPES)}) +[A-Za-z0-9+/=]+( .*)?", 16384, "`TYPE BASE64`"),
]
"""A machine's public ssh key, its comment left out."""

LoginName = Annotated[
    str,
    AfterValidator(
        _matching(_LOGIN, 32, "a user's name: a-z, 0-9, '_' and '-', at most 32 characters")
    ),
    like(_LOGIN, 32, "user's name"),
]

_SECONDS = BeforeValidator(_duration)

Seconds = Annotated[int, _SECONDS, WithJsonSchema(dict(DURATION))]
"""A duration, written with units in the stack file; seconds in the program."""

Version = Annotated[
    str,
    AfterValidator(_numbered("1.28.3-patch0")),
    AfterValidator(_version),
    like(NO_SUFFIX + _VERSION.pattern, MAX_VERSION, "full version"),
]
"""Of the mesh."""

_FULL = like(_VERSION, MAX_VERSION, "full version")

OperatorVersion = Annotated[str, AfterValidator(_numbered("0.4.0")), _FULL]
"""Of the Gloo operator's chart."""

PlatformVersion = Annotated[str, AfterValidator(_numbered("2.10.1")), _FULL]
"""Of the management plane, which has numbers of its own."""

Registry = Annotated[str, AfterValidator(_registry), like(_REGISTRY, 4096, "`host/path`")]
"""The part of an image's name that stands before its last ``/``."""
