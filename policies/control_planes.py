"""Who may speak to the control plane of a GKE cluster."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.policy import Context, Finding, Policy
from policies.resource import Resource
from policies.values import items

CLUSTER: Final = "gcp:container/cluster:Cluster"
_NETWORKS: Final = "masterAuthorizedNetworksConfig"
_NAME_OFFICES: Final = "name the networks of your offices and of CI in authorizedNetworks."
_WIDE: Final = 8
"""Bits of a prefix that nobody's office has fewer of: the widest blocks that IANA gives away."""
_INSIDE: Final = tuple(map(ipaddress.ip_network, ("240.0.0.0/4", "fc00::/7")))
"""Blocks as wide that no address of the internet is in."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: Any) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if isinstance(text, str) else None
    except ValueError:
        return None


def whole_internet(blocks: list[str]) -> list[str]:
    """Return those of the blocks that together are every address there is; none if none are.

    Two halves of it are the whole, too.
    """
    found = {block: _network(block) for block in blocks}
    for version in (4, 6):
        own: dict[str, Any] = {b: n for b, n in found.items() if n and n.version == version}
        if any(n.prefixlen == 0 for n in ipaddress.collapse_addresses(own.values())):
            return list(own)
    return []


def is_wide(block: str) -> bool:
    """Whether a block has addresses of the internet, and is wider than a /8."""
    found = _network(block)
    if found is None or found.prefixlen >= _WIDE:
        return False
    return not any(
        found.version == one.version
        and found.prefixlen >= one.prefixlen
        and found.network_address in one
        for one in _INSIDE
    )


def _is_private(resource: Resource) -> bool:
    by_address = resource.at("controlPlaneEndpointsConfig", "ipEndpointsConfig", "enabled")
    return (
        resource.at("privateClusterConfig", "enablePrivateEndpoint") is True or by_address is False
    )


def _blocks(resource: Resource) -> list[str]:
    entries = items(resource.at(_NETWORKS, "cidrBlocks"))
    return [str(entry.get("cidrBlock")) for entry in entries if isinstance(entry, Mapping)]


def open_control_plane(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse a control plane that every address of the internet reaches."""
    del context
    if resource.type != CLUSTER:
        return
    if resource.at(_NETWORKS) is None:
        if not _is_private(resource):
            yield Finding(
                f"The control plane of {resource.title} is public, with no authorized networks.",
                _NAME_OFFICES,
            )
        return
    blocks = _blocks(resource)
    every, wide = whole_internet(blocks), [block for block in blocks if is_wide(block)]
    if every or wide:
        is_told = set(every or wide) <= set(_blocks(resource.told))
        told = " and ".join(every or wide) if is_told else "blocks that are secret"
        size = "the whole internet" if every else f"wider than a /{_WIDE}"
        yield Finding(
            f"The control plane of {resource.title} is open to {told}, {size}.", _NAME_OFFICES
        )
    if resource.at(_NETWORKS, "gcpPublicCidrsAccessEnabled") is True:
        yield Finding(
            f"The control plane of {resource.title} is open to every machine in Google Cloud.",
            "set gcpPublicCidrsAccessEnabled to false.",
        )


POLICIES: Final = (
    Policy(
        name="no-open-control-plane",
        says="A GKE control plane is not open to the whole internet.",
        of_resource=open_control_plane,
    ),
)
