"""What was there, written on a Deployment before it is scaled down, so that anybody can restore it.

A drill that is killed leaves its mark; the next one reads it and restores first.
"""

import copy
import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from drill.clusters import MANAGER

ANNOTATION: Final = "ambientmesh.dev/drill"

Owner = tuple[str, str, str]
"""Manager, operation and subresource of an entry in managedFields."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What one Deployment was, and who took it down."""

    replicas: int
    owners: tuple[Owner, ...]
    """Who held ``spec.replicas``: held by a drill it would be a conflict for its owner's next
    server-side apply, also when its value is the same as before."""
    since: float
    """Seconds since the epoch."""
    host: str
    process: int


def of(deployment: Mapping[str, Any], now: float) -> Mark:
    """Return the mark of a Deployment that this process is about to scale down."""
    return Mark(
        replicas=replicas(deployment),
        owners=owners(deployment),
        since=now,
        host=socket.gethostname(),
        process=os.getpid(),
    )


def replicas(deployment: Mapping[str, Any]) -> int:
    """Return how many pods a Deployment wants."""
    return int(deployment["spec"].get("replicas", 1))


def written(mark: Mark) -> str:
    """Return the annotation's value."""
    return json.dumps(asdict(mark), sort_keys=True)


def read(deployment: Mapping[str, Any]) -> Mark | None:
    """Return the mark on a Deployment, if there is one that makes sense."""
    text = (deployment["metadata"].get("annotations") or {}).get(ANNOTATION)
    try:
        found = json.loads(text) if text else None
        if not found:
            return None
        named = tuple((str(a), str(b), str(c)) for a, b, c in found["owners"])
        return Mark(**{**found, "replicas": int(found["replicas"]), "owners": named})
    except (ValueError, TypeError, KeyError):
        return None


def runs(mark: Mark, now: float, longest: float) -> bool:
    """Whether the drill that left a mark may still be at work.

    Of another machine's processes nothing is known but that a drill ends within ``longest`` s.
    """
    if mark.host != socket.gethostname():
        return now - mark.since < longest
    if mark.process == os.getpid():
        return False
    try:
        os.kill(mark.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _identity(entry: Mapping[str, Any]) -> Owner:
    return str(entry.get("manager")), str(entry.get("operation")), str(entry.get("subresource", ""))


def owners(deployment: Mapping[str, Any]) -> tuple[Owner, ...]:
    """Return who holds ``spec.replicas``."""
    return tuple(
        _identity(entry)
        for entry in deployment["metadata"].get("managedFields") or []
        if "f:replicas" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
    )


def given_back(deployment: Mapping[str, Any], holders: Sequence[Owner]) -> list[dict[str, Any]]:
    """Return managedFields without the drill's entries, ``spec.replicas`` held by ``holders``."""
    found = []
    for entry in copy.deepcopy(deployment["metadata"].get("managedFields") or []):
        if entry.get("manager") == MANAGER:
            continue
        if _identity(entry) in holders:
            entry.setdefault("fieldsV1", {}).setdefault("f:spec", {})["f:replicas"] = {}
        found.append(entry)
    return found
