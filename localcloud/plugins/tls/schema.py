"""The inputs of each tls resource, their defaults, and what is wrong with given ones.

Names and requirements are those of pulumi-tls 5.6.2's schema; ranges, defaults and what replaces
a resource are those of terraform-provider-tls 4.x.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.plugins.provider import Failure
from localcloud.plugins.tls import keys, names
from localcloud.plugins.values import Secret, Unknown


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input.

    Args:
        kind: the Python type of its value.
        required: whether the program must give it.
        choices: the values it, or each of its elements, may have; empty for any.
        minimum: the least number allowed.
        default: what the outputs say when the program is silent; None for nothing.
        replaces: whether a change makes a new resource.
        kept: whether silence keeps the recorded value.
        secret: whether it is always secret in the state.
    """

    kind: type
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    default: Any = None
    replaces: bool = True
    kept: bool = False
    secret: bool = False


_TEXTS = Field(kind=list)
_NAMES = {
    "subject": Field(kind=dict),
    "dnsNames": _TEXTS,
    "ipAddresses": _TEXTS,
    "uris": _TEXTS,
}
_KEY = Field(kind=str, required=True, secret=True)
_LIFETIME = {
    "allowedUses": Field(kind=list, required=True, choices=names.ALLOWED_USES),
    "validityPeriodHours": Field(kind=int, required=True, minimum=0),
    "earlyRenewalHours": Field(kind=int, minimum=0, default=0, replaces=False),
    "isCaCertificate": Field(kind=bool, default=False),
    "maxPathLength": Field(kind=int, minimum=-1, kept=True),
    "setSubjectKeyId": Field(kind=bool, default=False),
}
RESOURCES: dict[str, dict[str, Field]] = {
    "tls:index/privateKey:PrivateKey": {
        "algorithm": Field(kind=str, required=True, choices=keys.ALGORITHMS),
        "rsaBits": Field(kind=int, default=keys.DEFAULT_RSA_BITS),
        "ecdsaCurve": Field(kind=str, choices=tuple(keys.CURVES), default=keys.DEFAULT_CURVE),
    },
    "tls:index/certRequest:CertRequest": {"privateKeyPem": _KEY, **_NAMES},
    "tls:index/selfSignedCert:SelfSignedCert": {
        "privateKeyPem": _KEY,
        **_NAMES,
        **_LIFETIME,
        "setAuthorityKeyId": Field(kind=bool, default=False),
    },
    "tls:index/locallySignedCert:LocallySignedCert": {
        "caCertPem": Field(kind=str, required=True),
        "caPrivateKeyPem": _KEY,
        "certRequestPem": Field(kind=str, required=True),
        **_LIFETIME,
    },
}
# Outputs that only the operation itself can fill in.
COMPUTED: dict[str, tuple[str, ...]] = {
    "tls:index/privateKey:PrivateKey": (
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "privateKeyOpenssh",
        "publicKeyPem",
        "publicKeyOpenssh",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
    ),
    "tls:index/certRequest:CertRequest": ("certRequestPem", "keyAlgorithm"),
    "tls:index/selfSignedCert:SelfSignedCert": (
        "certPem",
        "keyAlgorithm",
        "validityStartTime",
        "validityEndTime",
    ),
    "tls:index/locallySignedCert:LocallySignedCert": (
        "certPem",
        "caKeyAlgorithm",
        "validityStartTime",
        "validityEndTime",
    ),
}
SECRET_OUTPUTS = frozenset(
    {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "caPrivateKeyPem"}
)


def failures(fields: Mapping[str, Field], inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield what is wrong with ``inputs``; unknown values are believed."""
    for name, field in fields.items():
        if inputs.get(name) is None and field.required:
            yield Failure(property=name, reason=f"missing required property {name!r}")
        elif inputs.get(name) is not None:
            yield from _field_failures(name, field, inputs[name])
    for name in inputs:
        if name not in fields and not name.startswith("__"):
            known = ", ".join(fields)
            yield Failure(property=name, reason=f"unknown property {name!r}; known are {known}")


def _is_a(kind: type, value: Any) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _field_failures(name: str, field: Field, given: Any) -> Iterator[Failure]:
    value: Any = given.value if isinstance(given, Secret) else given
    if isinstance(value, Unknown):
        return
    if not _is_a(field.kind, value):
        kind = f"must be of type {field.kind.__name__}, not {type(value).__name__}"
        yield Failure(property=name, reason=f"{name} {kind}")
        return
    if field.minimum is not None and value < field.minimum:
        yield Failure(property=name, reason=f"{name} is {value}, must be at least {field.minimum}")
    allowed = names.SUBJECT_FIELDS if field.kind is dict else field.choices
    items = value if isinstance(value, list | dict) else [value]
    for item in items if allowed else ():
        if isinstance(item, str) and item not in allowed:
            reason = f"{name} has {item!r}, must be one of {', '.join(allowed)}"
            yield Failure(property=name, reason=reason)


def planned(
    fields: Mapping[str, Field], inputs: Mapping[str, Any], old: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the outputs that mirror inputs, with defaults; ``old`` is the recorded state."""
    found: dict[str, Any] = {}
    for name, field in fields.items():
        value = inputs.get(name)
        if value is None:
            value = old.get(name) if field.kept else field.default
        if value is not None:
            found[name] = value
    return found
