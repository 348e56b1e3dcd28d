"""What other stacks publish, read before the first resource, and whether it fits this one.

There are three cases, and they are never mixed up. A stack that publishes is linked to, if what it
says is what this stack expects. One that has published nothing, or is not there yet, is waited for.
One that cannot be read ends the run, as does one that is gone while this stack has links to it:
links are never taken away because a backend did not answer. docs/decisions/0010-regions.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi.runtime

from components import live, readiness, remote_links
from components.access import Access
from components.live import Unreachable
from components.naming import GATEWAY_NAMESPACE
from components.ownership import Key
from components.remote_links import RemoteLink
from components.settings import Settings

CONTRACT: Final = 1
"""Of the outputs that other stacks read; raised when one of them changes its meaning."""

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Published:
    """What one stack publishes."""

    exists: bool = True
    """Whether the backend knows it."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Empty, also for a stack that was destroyed or whose first ``up`` has not ended."""

    @property
    def clusters(self) -> Mapping[str, Any]:
        """What it says of its clusters: of each a map of facts, if it is a stack of ours."""
        found = self.outputs.get("clusters")
        return found if isinstance(found, Mapping) else {}


Remotes = Mapping[str, Published]
"""By the stack's name, as the stack file has it."""


class Unreadable(Exception):  # noqa: N818 a state of the backend, told to the user as such
    """The backend did not say whether there is such a stack, or what it publishes."""


def read(stack: str) -> Published:
    """Return what a stack publishes.

    Raises:
        Unreadable: with what the engine says. A stack that does not exist is no such case.
    """
    try:
        result = pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": stack})
    except Exception as error:  # noqa: BLE001 the SDK raises no narrower one
        # The words of the engine's own client, whatever the backend is (pkg/backend/backend.go).
        if str(error).endswith(f'unknown stack "{stack}"'):
            return Published(exists=False)
        raise Unreadable(" ".join(str(error).split())) from None
    return Published(outputs=(result.value or {}).get("outputs") or {})


def read_all(settings: Settings) -> tuple[dict[str, Published], list[str]]:
    """Return what every stack of ``settings.remotes`` publishes, and a line for each unreadable."""
    found: dict[str, Published] = {}
    lines = []
    for index, remote in enumerate(settings.remotes):
        try:
            found[remote.stack] = read(remote.stack)
        except Unreadable as error:
            lines.append(
                f"AM521 remotes[{index}].stack: found {remote.stack!r}, which cannot be read"
                f" ({error}); allowed: a stack of this backend; fix: mend what keeps from reading"
            )
    return found, lines


def waiting(link: RemoteLink, remotes: Remotes) -> str:
    """Return why a link cannot be made yet; nothing, if it can."""
    found = remotes.get(link.stack, Published())
    if link.target.name in found.clusters:
        return ""
    if not found.exists:
        return f"waiting: there is no stack {link.stack}"
    if not found.clusters:
        return f"waiting: stack {link.stack} publishes nothing"
    listed = ", ".join(sorted(found.clusters))
    return f"waiting: stack {link.stack} publishes no {link.target.name} (it has {listed})"


def later(settings: Settings, remotes: Remotes) -> dict[str, str]:
    """Return why links cannot be made yet, by their names; those that can are not in it."""
    found = {link.name: waiting(link, remotes) for link in remote_links.links(settings)}
    return {name: reason for name, reason in found.items() if reason}


def peer(link: RemoteLink) -> Key:
    """Return the peer Gateway of a link."""
    return ("Gateway", GATEWAY_NAMESPACE, link.target.peer)


async def _lost(link: RemoteLink, found: Published, access: Access) -> str:
    what = f"{link.source} has a link to {link.target.name}"
    if not found.exists:
        return (
            f"AM522 {link.key}: found no stack {link.stack} in this backend, but {what}; allowed: a"
            " stack that can be seen; fix: log in to its backend and organization, or, if it was"
            " removed, take it out of remotes: then its links go"
        )
    try:
        gateway = await access.reader.get(live.gateway_path(GATEWAY_NAMESPACE, link.target.peer))
    except Unreachable:
        return ""  # `up` refuses to begin anyway
    if readiness.link_verdict(gateway).state != "ready":
        return ""
    return (
        f"AM523 {link.key}: found that stack {link.stack} publishes no {link.target.name}, but"
        f" {what} that is connected; allowed: to take away links that are down; fix: run pulumi up"
        " there, or take it out of remotes: then its links go"
    )


async def lost(settings: Settings, remotes: Remotes, access: Mapping[str, Access]) -> list[str]:
    """Return a line for every link that would be taken away though its other end may be alive."""
    lines = []
    for link in remote_links.links(settings):
        here = access.get(link.source)
        if here and waiting(link, remotes) and here.inventory.owns(peer(link)):
            lines.append(await _lost(link, remotes[link.stack], here))
    return [line for line in lines if line]
