"""What live clusters must say before anything is touched: a table of checks, each a line a mistake.

They run in every preview and before every `up`, and read only. What a cluster that does not answer
would have said is unknown: a check passes it by, and `up` refuses to begin anyway.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from components import (
    adoption,
    cli,
    gke_checks,
    link_modes,
    management_agent,
    root_checks,
    routes,
    waypoint_checks,
)
from components.access import Access
from components.mistakes import coded
from components.settings import Settings


class Check(NamedTuple):
    """One question to the clusters, with the code by which its mistakes are known."""

    code: str
    """As a rule's (``components.rule``); a line that begins with a code of its own keeps it."""
    look: Callable[[Settings, Mapping[str, Access]], Awaitable[list[str]]]


EARLY: tuple[Check, ...] = (
    Check("AM911", management_agent.check_modes),
    Check("AM912", routes.switched),
)
"""Those that explain what would else be no more than objects in the way, or a missing chart."""

CHECKS: tuple[Check, ...] = (
    Check("AM913", adoption.check),
    Check("AM914", cli.check_tools),
    Check("AM915", waypoint_checks.check),
    Check("AM916", link_modes.check_modes),
    Check("AM917", gke_checks.check),
    Check("AM503", root_checks.check),
)


async def problems(
    settings: Settings, access: Mapping[str, Access], checks: tuple[Check, ...] = CHECKS
) -> list[str]:
    """Return a line for every mistake that only the clusters can tell of."""
    reachable = {name: found for name, found in access.items() if not found.inventory.unreachable}
    found = await asyncio.gather(*(check.look(settings, reachable) for check in checks))
    return [
        line
        for check, lines in zip(checks, found, strict=True)
        for line in coded(check.code, lines)
    ]
