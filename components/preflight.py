"""What live clusters must say before anything is touched: a table of checks, each a line a mistake.

They run in every preview and before every `up`, and read only. What a cluster that does not answer
would have said is unknown: a check passes it by, and `up` refuses to begin anyway.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from components import (
    adoption,
    cli,
    link_modes,
    management_agent,
    root_checks,
    routes,
    waypoint_checks,
)
from components.access import Access
from components.settings import Settings

Check = Callable[[Settings, Mapping[str, Access]], Awaitable[list[str]]]

EARLY: tuple[Check, ...] = (management_agent.check_modes, routes.switched)
"""Those that explain what would else be no more than objects in the way, or a missing chart."""

CHECKS: tuple[Check, ...] = (
    adoption.check,
    cli.check_tools,
    waypoint_checks.check,
    link_modes.check_modes,
    root_checks.check,
)


async def problems(
    settings: Settings, access: Mapping[str, Access], checks: tuple[Check, ...] = CHECKS
) -> list[str]:
    """Return a line for every mistake that only the clusters can tell of."""
    reachable = {name: found for name, found in access.items() if not found.inventory.unreachable}
    found = await asyncio.gather(*(check(settings, reachable) for check in checks))
    return [line for lines in found for line in lines]
