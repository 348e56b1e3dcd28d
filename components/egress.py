"""The way out: an egress gateway in one cluster, and the external hosts that are called through it.

A host that is listed may be called by the service accounts that its entry names, and by nobody
else. Whatever is not listed leaves as before. Three objects a host, and their order is the point:
the ServiceEntry is what sends calls to the gateway, so that the policy and the encryption are there
before it and outlive it, and the gateway serves before it. At no moment is a listed host open to
all, or called in clear text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s

from components import waypoint_gates
from components.cluster import Cluster
from components.gates import after, once
from components.gateway_api import GATEWAY, waypoint_labels, waypoint_spec
from components.gateway_gates import Place
from components.naming import EGRESS_GATEWAY, EGRESS_NAMESPACE, host_objects
from components.ownership import Key
from components.settings import EgressHost, Settings, Timeouts, chosen

ENTRY: Final = {"api_version": "networking.istio.io/v1", "kind": "ServiceEntry"}
RULE: Final = {"api_version": "networking.istio.io/v1", "kind": "DestinationRule"}
POLICY: Final = {"api_version": "security.istio.io/v1", "kind": "AuthorizationPolicy"}
HTTP, HTTPS = 80, 443

ENTRY_LABELS: Final = {
    "istio.io/use-waypoint": EGRESS_GATEWAY,
    "istio.io/use-waypoint-namespace": EGRESS_NAMESPACE,
}
"""They bind a ServiceEntry to the gateway, also where its namespace has a waypoint of its own."""


def entry_spec(host: EgressHost) -> dict[str, Any]:
    """Return the spec of a ServiceEntry: plain HTTP at port 80, that leaves for port 443."""
    port = {"number": HTTP, "name": "http", "protocol": "HTTP", "targetPort": HTTPS}
    return {"hosts": [host.host], "ports": [port], "resolution": "DNS"}


def rule_spec(host: EgressHost) -> dict[str, Any]:
    """Return the spec of a DestinationRule: the gateway encrypts.

    Without ``sni``: only then does istiod have the proxy compare the certificate with the host
    (setAutoSniAndAutoSanValidation in pilot/pkg/networking/core/cluster_tls.go).
    """
    return {"host": host.host, "trafficPolicy": {"tls": {"mode": "SIMPLE"}}}


def policy_spec(host: EgressHost, trust_domain: str) -> dict[str, Any]:
    """Return the spec of an AuthorizationPolicy; without rules it lets nobody through.

    Only the cluster's own trust domain is named: callers are the cluster's own pods, because a
    ServiceEntry is known to its cluster alone. ``cluster.local`` would stand for the domain and for
    its aliases at a waypoint, but not for certain anywhere else.
    """
    target = {
        "group": "networking.istio.io",
        "kind": ENTRY["kind"],
        "name": host_objects(host.host),
    }
    spec: dict[str, Any] = {"targetRefs": [target], "action": "ALLOW"}
    accounts = (account.rpartition("/")[::2] for account in host.allow)
    principals = sorted(
        {f"{trust_domain}/ns/{where or host.namespace}/sa/{name}" for where, name in accounts}
    )
    if principals:
        spec["rules"] = [{"from": [{"source": {"principals": principals}}]}]
    return spec


def leaves(settings: Settings, site: str) -> bool:
    """Whether a cluster has an egress gateway."""
    egress = settings.egress
    return egress is not None and site in chosen(egress.clusters, settings.names)


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the objects of the egress in one cluster."""
    if settings.egress is None or not leaves(settings, site):
        return set()
    return {
        ("Namespace", "", EGRESS_NAMESPACE),
        ("Gateway", EGRESS_NAMESPACE, EGRESS_GATEWAY),
    } | {
        (kind["kind"], host.namespace, host_objects(host.host))
        for host in settings.egress.hosts
        for kind in (ENTRY, RULE, POLICY)
    }


@dataclass(frozen=True, kw_only=True)
class EgressArgs:
    """Which cluster calls which external hosts."""

    cluster: Cluster
    hosts: tuple[EgressHost, ...]
    namespaces: Mapping[str, pulumi.Output[str]]
    """Those of the hosts by name, each known once it is there."""
    mesh: pulumi.Output[str]
    """Known once the mesh is ready: it brings the kinds, and serves the class."""
    timeouts: Timeouts


class Egress(pulumi.ComponentResource):
    """The Gateway ``egress-gateway`` with its namespace, and three objects for every host."""

    def __init__(
        self, name: str, args: EgressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Egress", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(
            parent=self,
            custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.timeouts.deletion}s"),
        )
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=args.cluster.inventory.metadata(EGRESS_NAMESPACE),
            opts=self._child,
        )
        gateway = self._object(
            f"{name}-gateway",
            GATEWAY,
            (EGRESS_NAMESPACE, EGRESS_GATEWAY),
            once(pulumi.Output.all(namespace.urn, args.mesh), EGRESS_NAMESPACE),
            waypoint_spec("All"),
            waypoint_labels(),
        )
        ready = waypoint_gates.once(
            gateway,
            self._place(EGRESS_NAMESPACE, EGRESS_GATEWAY),
            "Gateway",
            waypoint_gates.waypoint_verdict,
        )
        self.register_outputs(
            {"gateway": ready, "hosts": [self._host(host, ready) for host in args.hosts]}
        )

    def _host(self, host: EgressHost, ready: pulumi.Output[str]) -> pulumi.Output[str]:
        args, called = self._args, host_objects(host.host)
        key = (host.namespace, called)
        within = once(pulumi.Output.all(args.namespaces[host.namespace], args.mesh), host.namespace)
        policy = self._object(
            # A dot, which no cluster's name has: no two clusters' resources can be called alike.
            f"{self._name}-policy.{host.host}",
            POLICY,
            key,
            within,
            policy_spec(host, args.cluster.trust_domain),
        )
        rule = self._object(f"{self._name}-rule.{host.host}", RULE, key, within, rule_spec(host))
        before = pulumi.Output.all(ready, policy.urn, rule.urn)
        entry = self._object(
            f"{self._name}-entry.{host.host}",
            ENTRY,
            key,
            within,
            entry_spec(host),
            after(before, ENTRY_LABELS),
        )
        place = self._place(*key)
        bound = waypoint_gates.once(entry, place, ENTRY["kind"], waypoint_gates.bound_verdict)
        judge = waypoint_gates.enforced_verdict
        enforced = waypoint_gates.once(policy, place, POLICY["kind"], judge, bound)
        return enforced.apply(lambda _: host.host)

    def _object(
        self,
        name: str,
        kind: Mapping[str, str],
        key: tuple[str, str],
        within: pulumi.Output[str],
        spec: dict[str, Any],
        labels: Mapping[str, Any] | None = None,
    ) -> k8s.apiextensions.CustomResource:
        namespace, called = key
        return k8s.apiextensions.CustomResource(
            name,
            **kind,
            metadata=self._args.cluster.inventory.metadata(
                called, namespace=namespace, within=within, labels=labels
            ),
            spec=spec,
            opts=self._child,
        )

    def _place(self, namespace: str, name: str) -> Place:
        args = self._args
        return Place(cluster=args.cluster, namespace=namespace, name=name, timeouts=args.timeouts)
