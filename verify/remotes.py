"""Links to clusters of other stacks: what this side can see of them, and those that wait."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from components import naming, readiness, remote_links
from components.remote_links import RemoteLink
from components.settings import Settings
from verify.checks import TRUST_DOMAIN, Result, differs, ends
from verify.snapshot import Snapshot

Told = Mapping[str, str]
"""Output ``links`` of the stack: the state of each when it was last brought up, by its name."""

WAITING: Final = "waiting: "
"""How the program begins the state of a link that another stack keeps it from making."""


def _label(peer: Mapping[str, Any], kind: str, key: str) -> str:
    return str((peer["metadata"].get(kind) or {}).get(key, ""))


def _problems(link: RemoteLink, source: Snapshot) -> Iterator[str | None]:
    """Yield what is wrong with a peer Gateway. Its far end is not asked: it is another stack's."""
    target = link.target
    peer = next(p for p in source.peers if p["metadata"]["name"] == target.peer)
    verdict = readiness.link_verdict(peer)
    yield None if verdict.state == "ready" else verdict.reason
    addresses = peer["spec"].get("addresses") or [{}]
    address = str(addresses[0].get("value", ""))
    if source.address and address == source.address:
        yield f"the address {address} is the cluster's own"
    yield differs(
        f"annotation {TRUST_DOMAIN}",
        _label(peer, "annotations", TRUST_DOMAIN),
        target.trust_domain,
    )
    yield differs(
        f"label {naming.NETWORK_LABEL}",
        _label(peer, "labels", naming.NETWORK_LABEL),
        target.network,
    )
    claims = [_label(p, "labels", naming.NETWORK_LABEL) for p in source.peers]
    if claims.count(target.network) > 1:
        yield f"{claims.count(target.network)} peer Gateways claim network {target.network!r}"


def _check(link: RemoteLink, source: Snapshot, stack: str, told: Told) -> Result:
    if problems := ends(stack, source):
        return Result(link.link, tuple(problems))
    if any(p["metadata"]["name"] == link.target.peer for p in source.peers):
        return Result(link.link, tuple(p for p in _problems(link, source) if p))
    state = told.get(link.name, "")
    if state.startswith(WAITING):
        since = f"that was found by the last up of stack {stack}; another one looks again"
        return Result(link.link, note=f"{state} ({since})")
    where = f"Gateway {naming.GATEWAY_NAMESPACE}/{link.target.peer}"
    return Result(link.link, (f"{where} does not exist in {link.source}",))


def check_all(
    settings: Settings,
    snapshots: Mapping[str, Snapshot],
    stack: str,
    told: Callable[[], Told],
) -> list[Result]:
    """Judge every link to a cluster of another stack.

    Args:
        settings: the stack's configuration.
        snapshots: of this stack's clusters, by name.
        stack: its name.
        told: asked only where there are such links.
    """
    links = list(remote_links.links(settings))
    states = told() if links else {}
    return [_check(link, snapshots[link.source], stack, states) for link in links]
