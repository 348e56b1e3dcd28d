"""When a part of the mesh is ready, when it has failed, and waiting for either.

The verdicts are pure: they read the live object and say ready, pending with a reason, or failed.
Why the program waits and not the provider: ``docs/decisions/0002-readiness-gates.md``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal

from components.live import Unreachable

LINK_CONDITIONS = ("Programmed", "gloo.solo.io/PeeringSucceeded", "gloo.solo.io/PeerConnected")
"""What istiod sets on a peer Gateway once the link carries traffic and configuration."""

DATA_PLANE_CONDITION = "gloo.solo.io/PeerDataPlaneProgrammed"
"""Set by newer versions only: it must be true where it is there."""

POLL = 0.5
"""Seconds between two looks. One small GET each: cheap for an API server, quick for a reader."""


REPORT = 5.0
"""Seconds between two lines that say what is waited for."""


@dataclass(frozen=True)
class Verdict:
    """What one look at a live object says."""

    state: Literal["ready", "pending", "failed"]
    reason: str = ""


@dataclass(frozen=True)
class Address:
    """Where an east-west gateway can be reached."""

    type: Literal["IPAddress", "Hostname"]
    value: str


class NotReady(Exception):  # noqa: N818 a state, told to the user as such
    """A gate ended without success; the message names object, condition and last message."""


def _conditions(obj: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = obj.get("status", {}).get("conditions") or []
    return [condition for condition in found if isinstance(condition, Mapping)]


def _told(condition: Mapping[str, Any]) -> str:
    message = str(condition.get("message") or "no message").strip()
    reason = condition.get("reason")
    status = condition.get("status")
    return f"{condition.get('type')}={status}{f' ({reason})' if reason else ''}: {message}"


def _stale(obj: Mapping[str, Any]) -> bool:
    generation = obj.get("metadata", {}).get("generation")
    observed = obj.get("status", {}).get("observedGeneration")
    return isinstance(observed, int) and isinstance(generation, int) and observed < generation


def _condition(obj: Mapping[str, Any], wanted: str) -> Verdict:
    generation = obj.get("metadata", {}).get("generation")
    for condition in _conditions(obj):
        if condition.get("type") != wanted:
            continue
        observed = condition.get("observedGeneration")
        if isinstance(observed, str) and observed.isdecimal():
            observed = int(observed)  # Istio's own kinds write 64-bit numbers as text
        if isinstance(observed, int) and isinstance(generation, int) and observed < generation:
            return Verdict("pending", f"{wanted} is about an older generation")
        if condition.get("status") == "True":
            return Verdict("ready")
        return Verdict("pending", _told(condition))
    return Verdict("pending", f"{wanted} is not reported yet")


def mesh_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge a ServiceMeshController by its phase: FAILED and ABORTED are final."""
    if obj is None:
        return Verdict("pending", "the object does not exist")
    phase = str(obj.get("status", {}).get("phase") or "")
    untrue = [_told(c) for c in _conditions(obj) if c.get("status") != "True"]
    detail = "; ".join(untrue) or "no condition says more"
    if _stale(obj):
        return Verdict("pending", f"phase={phase} is about an older generation")
    if phase.upper() in ("FAILED", "ABORTED"):
        return Verdict("failed", f"phase={phase} (want SUCCEEDED): {detail}")
    if phase.upper() in ("SUCCEEDED", "INSTALLED"):
        return Verdict("ready")
    return Verdict("pending", f"phase={phase or 'not set'} (want SUCCEEDED): {detail}")


def rollout_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge a Deployment or a DaemonSet: all its pods are of the newest template and available."""
    if obj is None:
        return Verdict("pending", "the object does not exist")
    if _stale(obj):
        return Verdict("pending", "its status is about an older generation")
    status = obj.get("status", {})
    daemon = "desiredNumberScheduled" in status
    wanted = status.get("desiredNumberScheduled", obj.get("spec", {}).get("replicas", 1))
    updated = status.get("updatedNumberScheduled" if daemon else "updatedReplicas") or 0
    available = status.get("numberAvailable" if daemon else "availableReplicas") or 0
    if wanted < 1:
        return Verdict("pending", "it is to run no pod at all")
    if min(updated, available) < wanted:
        why = "; ".join(_told(c) for c in _conditions(obj) if c.get("status") != "True")
        counted = f"{wanted} pods wanted, {updated} updated, {available} available"
        return Verdict("pending", f"{counted}{': ' if why else ''}{why}")
    return Verdict("ready")


def typed(value: str) -> Address:
    """Return an address with the type that fits its value."""
    try:
        ip_address(value)
    except ValueError:
        return Address("Hostname", value)
    return Address("IPAddress", value)


def address(obj: Mapping[str, Any] | None) -> Address | None:
    """Return the first address in a Gateway's status, with the type that fits its value."""
    for entry in (obj or {}).get("status", {}).get("addresses") or []:
        if value := str(entry.get("value") or ""):
            return typed(value)
    return None


def gateway_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge an east-west gateway: programmed, and with an address."""
    if obj is None:
        return Verdict("pending", "the object does not exist")
    programmed = _condition(obj, "Programmed")
    if programmed.state == "ready" and address(obj) is None:
        return Verdict("pending", "status.addresses is empty: the load balancer has no address yet")
    return programmed


def condition_verdict(obj: Mapping[str, Any] | None, wanted: str) -> Verdict:
    """Judge an object by one condition that must be true."""
    if obj is None:
        return Verdict("pending", "the object does not exist")
    return _condition(obj, wanted)


def link_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge a directed link by the conditions of its peer Gateway."""
    if obj is None:
        return Verdict("pending", "the object does not exist")
    wanted = [*LINK_CONDITIONS]
    if any(c.get("type") == DATA_PLANE_CONDITION for c in _conditions(obj)):
        wanted.append(DATA_PLANE_CONDITION)
    for name in wanted:
        verdict = _condition(obj, name)
        if verdict.state != "ready":
            return verdict
    return Verdict("ready")


def route_verdict(obj: Mapping[str, Any] | None) -> Verdict:
    """Judge an HTTPRoute: every parent has taken it, and its backends exist."""
    if obj is None:
        return Verdict("pending", "the object does not exist")
    parents = obj.get("status", {}).get("parents") or []
    if not parents:
        return Verdict("pending", "no controller has taken it up")
    for parent in parents:
        for wanted in ("Accepted", "ResolvedRefs"):
            verdict = _condition({"metadata": obj.get("metadata", {}), "status": parent}, wanted)
            if verdict.state != "ready":
                return verdict
    return Verdict("ready")


async def wait(
    what: str,
    read: Callable[[], Awaitable[Mapping[str, Any] | None]],
    judge: Callable[[Mapping[str, Any] | None], Verdict],
    timeout: int,  # noqa: ASYNC109 the message on expiry is ours, and names what was last seen
    key: str,
    say: Callable[[str], None],
) -> Mapping[str, Any]:
    """Look at an object until it is ready, and return it.

    Args:
        what: the object as a user would name it, with its cluster.
        read: one look; ``Unreachable`` is a reason to look again.
        judge: what a look says.
        timeout: seconds; at least one look is taken.
        key: the configuration key that holds the timeout, for the message.
        say: is told now and then what is still waited for.

    Raises:
        NotReady: at once on failure, or when the time is up, with the last reason seen.
    """
    deadline = time.monotonic() + timeout
    told = time.monotonic()
    while True:
        try:
            obj = await read()
            verdict = judge(obj)
        except Unreachable as error:
            obj, verdict = None, Verdict("pending", f"the API server does not answer: {error}")
        if verdict.state == "ready" and obj is not None:
            return obj
        if verdict.state == "failed":
            raise NotReady(f"{what}: {verdict.reason}")
        if time.monotonic() >= deadline:
            raise NotReady(f"{what}: {verdict.reason}; gave up after {timeout} s ({key})")
        if time.monotonic() - told >= REPORT:
            told = time.monotonic()
            say(f"waiting: {verdict.reason}")
        await asyncio.sleep(POLL)
