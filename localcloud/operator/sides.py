"""What each plane's istiod lets the others know, next to its kubeconfig. No secret is in it.

On real clusters peers see one another through the address of the east-west gateway. Here every
plane's controller writes what would answer there, and the others look whether it still does.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from localcloud.spec import write_atomically

FILE: Final = "side.json"
RENEWAL_SECONDS: Final = 2.0
STALE_SECONDS: Final = 10.0
"""Five renewals missed: nobody simulates that plane any more, or its machine is asleep."""


@dataclass(frozen=True, kw_only=True)
class EastWest:
    """An east-west gateway that is programmed."""

    name: str
    addresses: tuple[str, ...]
    """Of its load balancer, now."""
    ports: tuple[int, ...]
    network: str
    """Its own label, which should say what the label of istiod's namespace says."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A service that spans clusters, as the plane that has it tells the others."""

    namespace: str
    name: str
    ports: tuple[tuple[str, int, str], ...]
    """Name, number and protocol of each."""
    endpoints: int
    """Those that are ready now."""
    subjects: tuple[str, ...] = ()
    """SPIFFE identities of its pods."""


@dataclass(frozen=True, kw_only=True)
class Management:
    """A management server that runs."""

    addresses: tuple[str, ...]
    """Of its load balancer, now."""
    ports: tuple[int, ...]
    certificate: str
    """That it shows, in PEM format."""
    token: str
    """Digest of the identity token that it expects."""
    clusters: tuple[str, ...]
    """That are registered with it."""
    problem: str = ""
    """Why it does not serve; empty if it does."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one plane says of itself.

    Attributes:
        plane: its name in this world.
        reachable: whether its API server answers.
        istiod: whether istiod runs on it; all further but the last is empty if not.
        cluster: as istiod was given it; so is the trust domain.
        network: the label of istiod's namespace when istiod started; ``network_now``: now.
        root: fingerprint of the root that istiod started with; ``root_now``: of the one in
            ``cacerts`` now.
        problem: why istiod cannot sign with what is in ``cacerts`` now.
        self_signed: whether the root is one that istiod made itself.
        misconfigured: what in its values keeps istiod from peering.
        any_trust_domain: whether istiod takes peers of other trust domains.
        gateways: east-west gateways.
        services: those that span clusters.
        management: the management server, which needs no istiod beside it.
    """

    plane: str
    reachable: bool = True
    istiod: bool = False
    cluster: str = ""
    trust_domain: str = ""
    version: str = ""
    network: str = ""
    network_now: str = ""
    root: str = ""
    root_now: str = ""
    problem: str = ""
    self_signed: bool = False
    misconfigured: str = ""
    any_trust_domain: bool = True
    gateways: tuple[EastWest, ...] = ()
    services: tuple[Published, ...] = ()
    management: Management | None = None


class Board:
    """Where the planes of a world read and write their sides.

    Args:
        planes: folder with a folder for every plane.
        plane: whose side is written here.
    """

    def __init__(self, planes: Path, plane: str) -> None:
        self._planes = planes
        self._own = planes / plane / FILE
        self._said: Side | None = None
        self._renewed = 0.0

    def publish(self, side: Side) -> None:
        """Write the plane's side, or renew it where it has not changed."""
        now = time.time()
        if side == self._said and now - self._renewed < RENEWAL_SECONDS:
            return
        if side == self._said and self._own.exists():
            self._own.touch()
        else:
            write_atomically(self._own, json.dumps(asdict(side)))
        self._said, self._renewed = side, now

    def withdraw(self) -> None:
        """Let the others know at once that nobody speaks for the plane any more."""
        self._own.unlink(missing_ok=True)

    def others(self) -> tuple[Side, ...]:
        """Return the sides of the other planes, as far as somebody renews them."""
        found = []
        for path in sorted(self._planes.glob(f"*/{FILE}")):
            if path == self._own:
                continue
            try:
                age = time.time() - path.stat().st_mtime
                if age < STALE_SECONDS:
                    found.append(_read(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError, KeyError):
                continue
        return tuple(found)


def _read(text: str) -> Side:
    data = json.loads(text)
    gateways = tuple(
        EastWest(**{**item, "addresses": tuple(item["addresses"]), "ports": tuple(item["ports"])})
        for item in data.pop("gateways")
    )
    services = tuple(
        Published(
            **{
                **item,
                "ports": tuple((name, number, kind) for name, number, kind in item["ports"]),
                "subjects": tuple(item["subjects"]),
            }
        )
        for item in data.pop("services")
    )
    found = data.pop("management")
    lists = {key: tuple(found[key]) for key in ("addresses", "ports", "clusters")} if found else {}
    management = Management(**{**found, **lists}) if found else None
    return Side(**data, gateways=gateways, services=services, management=management)
