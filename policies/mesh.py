"""What istiod knows clusters, networks and identities by."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components import versions
from components.naming import CLUSTER_LABEL, ISTIO_NAMESPACE, NETWORK_LABEL
from policies.policy import Context, Finding, Policy
from policies.resource import Resource
from policies.values import UNKNOWN, items

TRUST_ANNOTATION: Final = "gateway.istio.io/trust-domain"
_CLASSES: Final = ("istio-eastwest", "istio-remote")
_DOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST: Final = 255
"""Characters of a trust domain (SPIFFE ID standard, 2.1)."""
_PRINCIPAL: Final = "source.principal"
"""What a condition of an AuthorizationPolicy calls the caller's identity."""
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"


def _is_chart(resource: Resource, name: str) -> bool:
    chart = resource.at("chart")
    if resource.type != _RELEASE or not isinstance(chart, str):
        return False
    return chart.rstrip("/").rpartition("/")[2] == name


def _peers(resource: Resource) -> bool:
    return resource.kind == "Gateway" and resource.at("spec", "gatewayClassName") in _CLASSES


def _labels(resource: Resource, context: Context) -> Iterator[str]:
    """Yield the labels that a resource must have."""
    if resource.kind == "Namespace" and resource.at("metadata", "name") == ISTIO_NAMESPACE:
        yield NETWORK_LABEL
    if _peers(resource):
        yield NETWORK_LABEL
        mesh = context.settings.mesh_version if context.settings else ""
        if mesh and versions.release(mesh).cluster_labels:
            yield CLUSTER_LABEL


def _fields(resource: Resource) -> Iterator[tuple[str, ...]]:
    """Yield the fields that say the same to those who set no labels."""
    if resource.kind == "ServiceMeshController":
        yield from (("spec", "network"), ("spec", "cluster"))
    if _is_chart(resource, "istiod"):
        yield from (("values", "global", "network"),)
        yield ("values", "global", "multiCluster", "clusterName")
    if _is_chart(resource, "ztunnel"):
        yield from (("values", "network"), ("values", "multiCluster", "clusterName"))


def unlabelled(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse what istiod would take for a part of another network, or of none."""
    for label in _labels(resource, context):
        if not resource.at("metadata", "labels", label):
            yield Finding(
                f"{resource.title} has no label {label}.",
                f"set {label} in its metadata to what the cluster is called in the mesh.",
            )
    for path in _fields(resource):
        if not resource.at(*path):
            where = ".".join(path)
            yield Finding(
                f"{resource.title} does not say {where}.",
                f"set {where} to what the cluster is called in the mesh.",
            )


def is_trust_domain(value: Any) -> bool:
    """Whether a value is the bare name of a trust domain."""
    return isinstance(value, str) and len(value) <= _LONGEST and bool(_DOMAIN.fullmatch(value))


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in items(value) if isinstance(item, Mapping))


def _principals(rules: Any) -> Iterator[str]:
    """Yield the identities that rules of an AuthorizationPolicy name, or say that nobody has."""
    for rule in _maps(rules):
        sources = [entry.get("source") for entry in _maps(rule.get("from"))]
        conditions = [one for one in _maps(rule.get("when")) if one.get("key") == _PRINCIPAL]
        lists = [one.get(key) for one in _maps(sources) for key in ("principals", "notPrincipals")]
        lists += [one.get(key) for one in conditions for key in ("values", "notValues")]
        for found in lists:
            yield from (name for name in items(found) if isinstance(name, str))


def _domains(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Yield where a resource says, or must say, a trust domain, and what stands there."""
    if resource.kind == "ServiceMeshController":
        yield "spec.trustDomain", resource.at("spec", "trustDomain")
    elif _is_chart(resource, "istiod"):
        where = ("values", "meshConfig", "trustDomain")
        yield ".".join(where), resource.at(*where)
    elif resource.kind == "Gateway":
        if resource.at("spec", "gatewayClassName") == "istio-remote":
            yield TRUST_ANNOTATION, resource.at("metadata", "annotations", TRUST_ANNOTATION)
    elif resource.kind == "AuthorizationPolicy":
        for principal in _principals(resource.at("spec", "rules")):
            domain, namespace, _ = principal.partition("/ns/")
            if namespace and "*" not in domain:
                yield f"principal {principal}", domain


def illegal_trust_domain(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse a trust domain that is left to a default, or that nobody could have."""
    del context
    for where, domain in _domains(resource):
        if domain is not UNKNOWN and not is_trust_domain(domain):
            found = "no trust domain" if domain is None else f"the trust domain {domain!r}"
            said = domain is None or (where, domain) in _domains(resource.told)
            yield Finding(
                f"{resource.title} has {found} at {where}."
                if said
                else f"{resource.title} has a trust domain in a secret that is none.",
                "write the cluster's bare one: a lower-case DNS name, without spiffe://.",
            )


POLICIES: Final = (
    Policy(
        name="mesh-labels",
        says="What istiod tells networks and clusters apart by is there.",
        of_resource=unlabelled,
    ),
    Policy(
        name="trust-domain-legal",
        says="A trust domain is said, and is one.",
        of_resource=illegal_trust_domain,
    ),
)
