"""What live clusters say against a waypoint: whatever else is there under its name."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from components import membership, ownership
from components.access import Access
from components.gateway_api import WAYPOINT_CLASS
from components.live import Unreachable
from components.membership import AUTO
from components.naming import OWNER_ANNOTATION
from components.settings import NamespaceSettings, Settings

GATEWAY_NAME: Final = "gateway.networking.k8s.io/gateway-name"
"""What istiod labels a Service with that it made for a Gateway."""

Object = Mapping[str, Any]


async def check(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Return a line for everything that keeps a waypoint from being made under its name.

    Namespaces that are labelled for another waypoint are ``components.adoption``'s to report, and
    Gateways that exist under a name of ours ``components.ownership``'s.
    """
    wanted = [
        (site, index, entry)
        for site in settings.names
        if site in access
        for index, entry in membership.entries(settings, site)
        if entry.waypoint
    ]
    found = await asyncio.gather(
        *(_problems(access[site], site, f"namespaces[{index}]", entry)
          for site, index, entry in wanted)
    )  # fmt: skip
    return [line for lines in found for line in lines]


async def _problems(access: Access, site: str, key: str, entry: NamespaceSettings) -> list[str]:
    name = entry.waypoint or AUTO
    paths = (
        f"{ownership.collection('Gateway', entry.name)}/{name}",
        f"{ownership.collection('Service', entry.name)}/{name}",
    )
    try:
        gateway, service = await asyncio.gather(*(access.reader.get(path) for path in paths))
    except Unreachable as error:
        return [f"{site} does not answer: {error}"]
    title = f"{key}.waypoint: found {name!r}"
    lines = []
    if name == AUTO and gateway is not None and (why := _foreign(gateway)):
        lines.append(
            f"{title}, but {site} has a Gateway {entry.name}/{name} {why}; allowed: none, or"
            " istiod's own; fix: delete it, and istiod makes its own, or give the waypoint"
            " another name"
        )
    if service is not None and (service["metadata"].get("labels") or {}).get(GATEWAY_NAME) != name:
        lines.append(
            f"{title}, but {site} has a Service {entry.name}/{name} that is no waypoint's; allowed:"
            " a name that is free, because istiod makes a Service of it; fix: write another name"
        )
    return lines


def _foreign(gateway: Object) -> str:
    found = gateway.get("spec", {}).get("gatewayClassName")
    if found != WAYPOINT_CLASS:
        return f"of class {found}"
    holder = (gateway["metadata"].get("annotations") or {}).get(OWNER_ANNOTATION)
    return f"of stack {holder}" if holder else ""
