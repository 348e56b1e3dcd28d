"""The links between clusters, and the last gate: ``up`` ends when every one is connected.

Or it says which is not.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi.runtime

from components import cli, live, published, readiness, remote_links, topology, versions
from components.cli_binary import Tool
from components.cluster import Cluster
from components.east_west_gateway import EastWestGateway
from components.gates import teller
from components.istioctl import LinkCheck, LinkCheckArgs
from components.live import Unreachable
from components.naming import GATEWAY_NAMESPACE, link_name
from components.peering import Peering, PeeringArgs
from components.published import Remotes
from components.readiness import NotReady
from components.remote_stack import RemoteStack, RemoteStackArgs
from components.settings import Settings
from components.topology import Link


def _title(link: Link, peer: str) -> str:
    gateway = f"{GATEWAY_NAMESPACE}/{peer}"
    return f"link {link.source} -> {link.target}: Gateway {gateway} in {link.source}"


async def _look(peering: Peering) -> str:
    path = live.gateway_path(GATEWAY_NAMESPACE, peering.peer)
    try:
        found = await peering.source.reader.get(path)
    except Unreachable as error:
        return f"unknown: {error}"
    if found is None:
        return "planned"
    verdict = readiness.link_verdict(found)
    return "connected" if verdict.state == "ready" else f"not connected: {verdict.reason}"


async def _wait(link: Link, peering: Peering, timeout: int) -> str:  # noqa: ASYNC109
    path = live.gateway_path(GATEWAY_NAMESPACE, peering.peer)
    await readiness.wait(
        _title(link, peering.peer),
        lambda: peering.source.reader.get(path),
        readiness.link_verdict,
        timeout,
        "timeouts.link",
        teller(peering.gateway),
    )
    return "connected"


def connected(
    links: Mapping[Link, Peering], settings: Settings
) -> pulumi.Output[dict[str, Any]] | dict[str, Any]:
    """Return the state of every link, by its name.

    During ``up`` it resolves once all are connected; if some are not when the time is up, the run
    fails and names each. During ``preview`` it takes one look and warns of links that are broken,
    so that the plan which mends them can still be read.
    """

    async def settle(urns: list[str]) -> dict[str, Any]:
        del urns
        names = [link_name(link.source, link.target) for link in links]
        looking = pulumi.runtime.is_dry_run()
        found = await asyncio.gather(
            *(
                _look(peering) if looking else _wait(link, peering, settings.timeouts.link)
                for link, peering in links.items()
            ),
            return_exceptions=True,
        )
        failed = [str(state) for state in found if isinstance(state, NotReady)]
        if failed:
            raise pulumi.RunError("\n".join(failed))
        for state in found:
            if isinstance(state, BaseException):
                raise state
        return dict(zip(names, found, strict=True))

    if not links:
        return {}
    return pulumi.Output.all(*(peering.gateway.urn for peering in links.values())).apply(settle)


def _with(
    states: pulumi.Output[dict[str, Any]] | dict[str, Any], more: dict[str, str]
) -> pulumi.Output[dict[str, Any]] | dict[str, Any]:
    if isinstance(states, dict):
        return states | more
    return states.apply(lambda found: found | more) if more else states


def tool(settings: Settings) -> Tool | None:
    """Return what makes the links, if not the graph does."""
    return cli.tool(settings, "istioctl") if settings.links.mode == "istioctl" else None


def _out_of_the_stack(
    clusters: Mapping[str, Cluster],
    gateways: Mapping[str, EastWestGateway],
    settings: Settings,
    remotes: Remotes,
) -> dict[Link, Peering]:
    """Join clusters to those of other stacks, as far as these have published them."""
    found = [link for link in remote_links.links(settings) if not published.waiting(link, remotes)]
    stacks = {
        stack: RemoteStack(f"{stack}-remote", RemoteStackArgs(stack=stack))
        for stack in dict.fromkeys(link.stack for link in found)
    }
    return {
        link.link: Peering(
            f"{link.name}-peering",
            PeeringArgs(
                source=clusters[link.source],
                target=link.target,
                peer=link.target.peer,
                namespace=gateways[link.source].namespace,
                address=stacks[link.stack].address(link.target.name),
                release=versions.release(settings.mesh_version),
                timeouts=settings.timeouts,
            ),
        )
        for link in found
    }


def joined(
    clusters: Mapping[str, Cluster],
    gateways: Mapping[str, EastWestGateway],
    settings: Settings,
    remotes: Remotes,
) -> pulumi.Output[dict[str, Any]] | dict[str, Any]:
    """Join the clusters as ``topology`` and ``remotes`` say; return the state of every link.

    Those to clusters that another stack has not published say what they wait for.
    """
    istioctl, release = tool(settings), versions.release(settings.mesh_version)
    peers = {member.name: member.peer for member in topology.members(settings)}
    links = {
        link: Peering(
            f"{link_name(link.source, link.target)}-peering",
            PeeringArgs(
                source=clusters[link.source],
                target=clusters[link.target],
                peer=peers[link.target],
                namespace=gateways[link.source].namespace,
                address=gateways[link.target].address,
                release=release,
                timeouts=settings.timeouts,
                istioctl=istioctl,
            ),
        )
        for link in topology.links(settings)
    }
    links |= _out_of_the_stack(clusters, gateways, settings, remotes)
    states = _with(connected(links, settings), published.later(settings, remotes))
    if istioctl and links and release.check:
        told = pulumi.Output.json_dumps(states, sort_keys=True)
        # Of a cluster without a peer Gateway the check says that it is red.
        checked = tuple(clusters[name] for name in sorted({link.source for link in links}))
        LinkCheck("link-check", LinkCheckArgs(tool=istioctl, clusters=checked, connected=told))
    return states
