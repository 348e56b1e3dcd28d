"""Gives back what marks say was there, and nothing else."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.live import Unreachable
from drill import marks, paths
from drill.clusters import Api, Conflict, items
from drill.facts import Target
from drill.marks import Mark

POLL: Final = 0.5
"""Seconds between two looks."""


class NotRestored(Exception):  # noqa: N818 a state, told to the user as such
    """A Deployment is still what the drill made of it; the message says how to mend it."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Time, which tests make pass."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def marked(api: Api, target: Target) -> dict[str, Mark]:
    """Return the marks in the namespace of a service, by Deployment."""
    listed = items(api, paths.workloads(target, "deployments")) or []
    found = {item["metadata"]["name"]: marks.read(item) for item in listed}
    return {name: mark for name, mark in found.items() if mark is not None}


def _scaled(api: Api, path: str, found: Mapping[str, Any], mark: Mark) -> Mapping[str, Any]:
    version = found["metadata"]["resourceVersion"]
    body = {"metadata": {"resourceVersion": version}, "spec": {"replicas": mark.replicas}}
    api.patch(f"{path}/scale", body)
    return api.get(path) or found


def _one(api: Api, path: str, name: str) -> str:
    """Restore one Deployment, remove its mark, and say what was done."""
    found: Mapping[str, Any] | None = api.get(path)
    mark = marks.read(found) if found else None
    if found is None or mark is None:
        return f"{name}: gone, or restored by somebody else"
    now = marks.replicas(found)
    if now == 0:
        found = _scaled(api, path, found, mark)
    theirs = now not in (0, mark.replicas)
    fields = marks.given_back(found, () if theirs else mark.owners)
    meta = found["metadata"]
    clean = {
        "resourceVersion": meta["resourceVersion"],
        "annotations": {marks.ANNOTATION: None},
        "managedFields": fields,
    }
    api.patch(path, {"metadata": clean})
    if theirs:
        return f"{name}: left at {now} replicas, which somebody set meanwhile (was {mark.replicas})"
    return f"{name}: {mark.replicas} replicas, as before"


def all_of(api: Api, target: Target, names: list[str], timeout: float, clock: Clock) -> list[str]:
    """Restore Deployments by their marks and return a line for each.

    It goes on through conflicts and through an API server that does not answer.

    Raises:
        NotRestored: the time is up.
    """
    lines = []
    deadline = clock.monotonic() + timeout
    for name in names:
        path = paths.deployment(target, name)
        while True:
            try:
                lines.append(_one(api, path, name))
                break
            except Conflict:
                reason = "it keeps changing"
            except Unreachable as error:
                reason = str(error)
            if clock.monotonic() >= deadline:
                raise NotRestored(
                    f"Deployment {target.namespace}/{name} in {target.cluster} is NOT RESTORED:"
                    f" {reason}; fix: make drill SERVICE={target.service} CLUSTER={target.cluster}"
                    f" NAMESPACE={target.namespace} RESTORE=1"
                )
            clock.sleep(POLL)
    return lines
