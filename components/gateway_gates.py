"""Gates of Gateway API objects: a Gateway's address, a route that is taken up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import readiness
from components.cluster import Cluster
from components.gates import gated, teller
from components.live import Unreachable
from components.ownership import collection
from components.readiness import Address, NotReady
from components.settings import Timeouts


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the live object behind a resource is, and how long it may take."""

    cluster: Cluster
    namespace: str
    name: str
    timeouts: Timeouts

    def title(self, kind: str) -> str:
        """Return the object as a user would name it."""
        return f"{self.cluster.name}: {kind} {self.namespace}/{self.name}"

    async def read(self, kind: str) -> Mapping[str, Any] | None:
        """Return the live object, or None."""
        return await self.cluster.reader.get(f"{collection(kind, self.namespace)}/{self.name}")


def address(gateway: pulumi.Resource, place: Place) -> pulumi.Output[Address]:
    """Return the address of a Gateway that is programmed, read from the live object in every run.

    So a load balancer that was replaced is followed. A preview takes what is there.
    """

    async def wait() -> Address:
        ready = await readiness.wait(
            place.title("Gateway"),
            lambda: place.read("Gateway"),
            readiness.gateway_verdict,
            place.timeouts.gateway,
            "timeouts.gateway",
            teller(gateway),
        )
        found = readiness.address(ready)
        if found is None:
            raise NotReady(f"{place.title('Gateway')} lost its address")
        return found

    async def look() -> Address | None:
        try:
            return readiness.address(await place.read("Gateway"))
        except Unreachable:
            return None

    return gated(gateway, wait, look)


def route(resource: pulumi.Resource, place: Place) -> pulumi.Output[str]:
    """Return the name of an HTTPRoute once its parents have taken it and its backends exist."""

    async def wait() -> str:
        await readiness.wait(
            place.title("HTTPRoute"),
            lambda: place.read("HTTPRoute"),
            readiness.route_verdict,
            place.timeouts.gateway,
            "timeouts.gateway",
            teller(resource),
        )
        return place.name

    async def look() -> str:
        return place.name

    return gated(resource, wait, look)
