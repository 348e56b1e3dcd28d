"""A waypoint: the proxy that routes and judges requests (layer 7) to the services of a namespace.

Which namespace has which is one entry of ``namespaces`` for all clusters, so that their names are
alike everywhere. The label that sends traffic through it comes with the namespace; alone, without
a waypoint that is ready, it does nothing (ambient/waypoints.go of istiod).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import gateway_gates, manifests, membership, waypoint_gates
from components.cluster import Cluster
from components.gates import once
from components.gateway_api import GATEWAY, waypoint_labels, waypoint_spec
from components.gateway_gates import Place
from components.membership import AUTO
from components.ownership import Key
from components.settings import NamespaceSettings, Settings, Timeouts


def entries(settings: Settings, site: str) -> Iterator[NamespaceSettings]:
    """Yield the entries of ``namespaces`` that have a waypoint in a cluster."""
    yield from (entry for _, entry in membership.entries(settings, site) if entry.waypoint)


def routes(settings: Settings, entry: NamespaceSettings) -> list[dict[str, Any]]:
    """Return the routes that the waypoint of an entry serves: ``manifests/reviews.yaml``."""
    if settings.bookinfo.reviews_route and membership.is_bookinfos(settings, entry):
        return manifests.load("reviews")
    return []


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the waypoints and routes of one cluster; those called ``auto`` istiod makes."""
    found: set[Key] = set()
    for entry in entries(settings, site):
        if entry.waypoint and entry.waypoint != AUTO:
            found.add(("Gateway", entry.name, entry.waypoint))
        for obj in routes(settings, entry):
            found.add((obj["kind"], entry.name, obj["metadata"]["name"]))
    return found


def warnings(settings: Settings) -> Iterable[str]:
    """Return one line if services that span clusters are behind a waypoint."""
    with_waypoint = {entry.name for entry in settings.namespaces if entry.waypoint}
    spanning = membership.spanning(settings)
    behind = [name for name in spanning if name.partition(".")[2] in with_waypoint]
    if behind:
        yield (
            f"failover of {', '.join(behind)} is weak: ztunnel does not see the health of what is"
            " behind a waypoint (istio/istio#57537, docs/waypoints.md)"
        )


@dataclass(frozen=True, kw_only=True)
class WaypointArgs:
    """Which namespace of which cluster has which waypoint."""

    cluster: Cluster
    entry: NamespaceSettings
    routes: list[dict[str, Any]]
    """What it serves beside the plain services."""
    namespace: pulumi.Output[str]
    """Known once the namespace is there and labelled."""
    mesh: pulumi.Output[str]
    """Known once the mesh is ready: istiod serves the class."""
    timeouts: Timeouts


class Waypoint(pulumi.ComponentResource):
    """A Gateway of class istio-waypoint; one called ``auto`` is istiod's and only waited for."""

    programmed: pulumi.Output[str]
    """The waypoint's name, once it serves."""

    def __init__(
        self, name: str, args: WaypointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:Waypoint", name, None, opts)
        self._name, self._args = name, args
        waypoint, namespace = args.entry.waypoint or AUTO, args.entry.name
        there = once(pulumi.Output.all(args.namespace, args.mesh), namespace)
        place = self._place(waypoint)
        if waypoint == AUTO:
            judge = waypoint_gates.automatic_verdict
            # A gate, and no object: what istiod made is looked at, once the label is there.
            self.programmed = waypoint_gates.once(self, place, "Gateway", judge, there)
        else:
            gateway = self._object(
                f"{name}-gateway",
                {**GATEWAY, "spec": waypoint_spec(), "labels": waypoint_labels()},
                waypoint,
                there,
            )
            self.programmed = waypoint_gates.once(
                gateway, place, "Gateway", waypoint_gates.waypoint_verdict
            )
        served = [self._route(obj) for obj in args.routes]
        self.register_outputs({"waypoint": self.programmed, "routes": served})

    def _object(
        self, name: str, obj: dict[str, Any], called: str, within: pulumi.Output[str]
    ) -> k8s.apiextensions.CustomResource:
        gone = f"{self._args.timeouts.deletion}s"
        return k8s.apiextensions.CustomResource(
            name,
            api_version=obj["api_version"],
            kind=obj["kind"],
            metadata=self._args.cluster.inventory.metadata(
                called,
                namespace=self._args.entry.name,
                within=within,
                labels=obj.get("labels"),
                annotations=obj.get("annotations"),
            ),
            spec=obj["spec"],
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=gone)
            ),
        )

    def _route(self, obj: dict[str, Any]) -> pulumi.Output[str]:
        meta = obj["metadata"]
        # Only a waypoint that serves routes: before it, requests would pass by the route.
        within = once(self.programmed, self._args.entry.name)
        route = self._object(
            f"{self._name}-{meta['name']}-{obj['kind'].lower()}",
            {**meta, "api_version": obj["apiVersion"], "kind": obj["kind"], "spec": obj["spec"]},
            meta["name"],
            within,
        )
        return gateway_gates.route(route, self._place(meta["name"]))

    def _place(self, name: str) -> Place:
        args = self._args
        return Place(
            cluster=args.cluster, namespace=args.entry.name, name=name, timeouts=args.timeouts
        )
