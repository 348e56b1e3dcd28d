"""Addresses of GKE clusters: a block for each, by its name alone, and the ranges in it. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

BLOCK = 17
"""Bits of the block that a cluster gets of ``gcp.cidr``: half of it are 16,384 addresses of pods,
which are 64 nodes of 110 pods; 10.0.0.0/8 has 512 such blocks."""
PRIVATE = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""Addresses that are nobody's on the internet, which GKE takes as they are (RFC 1918, RFC 6598)."""
DOCKER = IPv4Network("172.17.0.0/16")
"""Bridge of the container runtime on nodes: what has an address of it is never reached by them."""
AUTO = IPv4Network("10.128.0.0/9")
"""Where the subnetworks of a VPC network in auto mode come from; no other may be there."""
AUTO_FREE = "10.0.0.0/9"
"""Likewise: where others may be."""
WIDEST, NARROWEST = 14, 20
"""Bits of a block. GKE takes ranges of services from 16 bits on, and of pods up to 21."""
CONTROL_PLANE = 28
"""Bits of a control plane's range, as GKE demands."""
NODE_BITS_OF_BLOCK = 3
"""Bits that the range of nodes has more than its block: an eighth of it."""
NODE_BITS = 24
"""Bits of the range of one node's pods: 256 addresses for the 110 pods that GKE allows a node."""
RESERVED = 4
"""Addresses of a subnetwork that Google keeps."""


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """The parts of one block."""

    pods: IPv4Network
    services: IPv4Network
    nodes: IPv4Network
    control_plane: IPv4Network

    @property
    def room(self) -> int:
        """How many nodes there are addresses for."""
        pods = 1 << max(0, NODE_BITS - self.pods.prefixlen)
        return min(pods, self.nodes.num_addresses - RESERVED)


def carve(block: IPv4Network) -> Ranges:
    """Divide a block: half of it for pods, a quarter for services, an eighth for nodes.

    The control plane has the first addresses of the last eighth; the rest of that is spare.
    """
    pods, upper = block.subnets()
    services, last = upper.subnets()
    nodes, spare = last.subnets()
    control_plane = IPv4Network((spare.network_address, CONTROL_PLANE))
    return Ranges(pods=pods, services=services, nodes=nodes, control_plane=control_plane)


def named_block(name: str, space: str) -> IPv4Network:
    """Return the block of a cluster in an address space, which nothing but its name decides.

    Two names may meet in one block: a rule refuses that, and says a free one.
    """
    network = IPv4Network(space)
    size = max(BLOCK, network.prefixlen)
    count = 1 << (size - network.prefixlen)
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % count
    start = int(network.network_address) + (number << (32 - size))
    return IPv4Network((start, size))


def is_private(block: IPv4Network) -> bool:
    """Whether a block is nobody's on the internet."""
    return any(block.subnet_of(private) for private in PRIVATE)


def free_blocks(space: str, taken: Iterable[IPv4Network]) -> Iterator[str]:
    """Yield the blocks of an address space that overlap none, nor what nodes use themselves."""
    used = [DOCKER, *taken]
    for block in IPv4Network(space).subnets(new_prefix=BLOCK):
        if not any(block.overlaps(other) for other in used):
            yield str(block)
