"""Objects for the checks themselves: right ones, and wrong ones that each check must report.

Right ones are of the kinds that a mesh may have, so that a check of a kind does not begin on the
day that the mesh has it.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Final

from tests.validation.manifests import Manifest


def _object(
    api: str, kind: str, labels: Mapping[str, str] | None = None, **spec: object
) -> Manifest:
    metadata = {"name": "sample", "namespace": "default", "labels": dict(labels or {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}


SERVICE_ENTRY: Final = _object(
    "networking.istio.io/v1",
    "ServiceEntry",
    {"istio.io/use-waypoint": "waypoint"},
    hosts=["sample.example"],
    ports=[{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 443}],
    resolution="DNS",
)
AUTHORIZATION_POLICY: Final = _object(
    "security.istio.io/v1",
    "AuthorizationPolicy",
    targetRefs=[{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "sample"}],
    action="ALLOW",
    rules=[{"from": [{"source": {"principals": ["cluster1/ns/default/sa/caller"]}}]}],
)
DESTINATION_RULE: Final = _object(
    "networking.istio.io/v1",
    "DestinationRule",
    host="sample.example",
    trafficPolicy={"tls": {"mode": "SIMPLE", "sni": "sample.example"}},
)
HTTP_ROUTE: Final = _object(
    "gateway.networking.k8s.io/v1",
    "HTTPRoute",
    parentRefs=[{"name": "sample"}],
    rules=[
        {
            "matches": [{"path": {"type": "Exact", "value": "/"}}],
            "backendRefs": [
                {
                    "group": "networking.istio.io",
                    "kind": "Hostname",
                    "name": "sample.example",
                    "port": 80,
                }
            ],
        }
    ],
)
GATEWAY: Final = _object(
    "gateway.networking.k8s.io/v1",
    "Gateway",
    gatewayClassName="istio",
    listeners=[{"name": "http", "port": 80, "protocol": "HTTP"}],
)


def named(manifest: Manifest, name: str) -> Manifest:
    """Return a copy of an object under another name."""
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


def changed(manifest: Manifest, value: object, *path: str | int) -> Manifest:
    """Return a copy of an object with another value at a path below ``spec``."""
    copy = deepcopy(manifest)
    place = copy["spec"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


WAYPOINT: Final = named(
    changed(
        changed(GATEWAY, "istio-waypoint", "gatewayClassName"),
        [{"name": "mesh", "port": 15008, "protocol": "HBONE"}],
        "listeners",
    ),
    "waypoint",
)
RIGHT: Final = (
    SERVICE_ENTRY,
    AUTHORIZATION_POLICY,
    DESTINATION_RULE,
    HTTP_ROUTE,
    GATEWAY,
    WAYPOINT,
)


WRONG_FOR_ISTIO: Final = {
    "unknown enum": changed(SERVICE_ENTRY, "NONSENSE", "resolution"),
    "port out of range": changed(SERVICE_ENTRY, 80000, "ports", 0, "number"),
    "no host": changed(SERVICE_ENTRY, [], "hosts"),
    "unknown field": changed(SERVICE_ENTRY, "DNS", "resolutions"),
    "empty source": changed(AUTHORIZATION_POLICY, [{"from": [{"source": {}}]}], "rules"),
    "two targets": changed(AUTHORIZATION_POLICY, {"matchLabels": {"app": "a"}}, "selector"),
    "client certificate alone": changed(DESTINATION_RULE, "MUTUAL", "trafficPolicy", "tls", "mode"),
}
"""What istiod refuses, the API server's schema or not."""

WRONG_FOR_THE_API: Final = {
    "unknown field": changed(HTTP_ROUTE, [], "rule"),
    "unknown kind of match": changed(
        HTTP_ROUTE, "Nearly", "rules", 0, "matches", 0, "path", "type"
    ),
    "path without slash": changed(
        HTTP_ROUTE, "productpage", "rules", 0, "matches", 0, "path", "value"
    ),
    "service without port": changed(HTTP_ROUTE, [{"name": "web"}], "rules", 0, "backendRefs"),
    "two listeners alike": changed(GATEWAY, GATEWAY["spec"]["listeners"] * 2, "listeners"),
    "no class": changed(GATEWAY, "", "gatewayClassName"),
    "unknown enum": changed(SERVICE_ENTRY, "NONSENSE", "resolution"),
    "wildcard with DNS": changed(SERVICE_ENTRY, ["*"], "hosts"),
}
"""What an API server with the real CRDs refuses, by their schemas or by their CEL rules."""

WRONG_REFERENCES: Final = {
    "InvalidKind": changed(HTTP_ROUTE, "Host", "rules", 0, "backendRefs", 0, "kind"),
    "BackendNotFound": changed(HTTP_ROUTE, "no.example", "rules", 0, "backendRefs", 0, "name"),
    "NoMatchingParent": changed(
        HTTP_ROUTE, [{"name": "sample", "sectionName": "https"}], "parentRefs"
    ),
    "TargetNotFound": changed(AUTHORIZATION_POLICY, "missing", "targetRefs", 0, "name"),
}
"""What only istiod can know to be wrong, for it alone looks from one object to the other: by the
reason that it gives."""
