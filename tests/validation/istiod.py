"""Upstream's istiod, run beside a plane: it says what it makes of the objects in it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from localcloud.api import Api
from localcloud.paths import BIN
from localcloud.processes import spawn, tail
from tests.validation.manifests import Manifest

PILOT: Final = BIN / "upstream-pilot-discovery"
CLASSES: Final = ("istio", "istio-waypoint", "istio-remote", "istio-east-west")
"""GatewayClasses that upstream knows (its ``pkg/config/constants``)."""

_GOOD: Final = {
    "Accepted": "True",
    "ResolvedRefs": "True",
    "Conflicted": "False",
    "ResolvedWaypoints": "True",
    "WaypointAccepted": "True",
}
"""The conditions that judge an object. ``Programmed`` does not: there is no proxy to program."""

_SECONDS: Final = 60
"""istiod judges an object within a second; a loaded machine may need many times that."""

_ANY_PORT: Final = "127.0.0.1:0"


@contextmanager
def istiod(kubeconfig: Path, folder: Path) -> Iterator[None]:
    """Run istiod on a plane for as long as the block lasts; its log is in ``folder``."""
    assert PILOT.is_file(), "run `make test-all`, or `python -m localcloud tools --all-tests`"
    log = folder / "istiod.log"
    addresses = ("httpAddr", "httpsAddr", "grpcAddr", "secureGRPCAddr", "monitoringAddr")
    process = spawn(
        [
            str(PILOT),
            "discovery",
            f"--kubeconfig={kubeconfig}",
            f"--meshConfig={folder / 'mesh'}",
            f"--networksConfig={folder / 'networks'}",
            *(f"--{name}={_ANY_PORT}" for name in addresses),
            "--ctrlz_port=0",
        ],
        log,
        {
            "HOME": str(folder),
            "POD_NAME": "istiod",
            "POD_NAMESPACE": "istio-system",
            "PILOT_ENABLE_AMBIENT": "true",
            "INJECT_ENABLED": "false",
            "ENABLE_LEADER_ELECTION": "false",
        },
    )
    try:
        yield
        assert process.poll() is None, tail(log)
    finally:
        # Killed, not asked: it panics when it is asked while it starts, and keeps nothing.
        process.kill()
        process.wait()


def verdicts(
    api: Api, manifests: Mapping[str, Manifest], until: Callable[[str], bool]
) -> dict[str, list[str]]:
    """Return what istiod has against each object, once that is what is awaited, or at the end.

    Args:
        api: of the plane that has the objects.
        manifests: objects, by the path at which they are. Those that istiod gives no verdict on
            are not looked at.
        until: whether all that is said, as text, is what is awaited: istiod corrects itself while
            objects arrive.
    """
    judged = [path for path, manifest in manifests.items() if has_verdict(manifest)]
    assert judged, "nothing that istiod gives a verdict on"
    deadline = time.monotonic() + _SECONDS
    while True:
        said = {path: _against(api.get(path)) for path in judged}
        found = {path: lines for path, lines in said.items() if lines}
        text = "\n".join(line for lines in found.values() for line in lines)
        if until(text) or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def has_verdict(manifest: Manifest) -> bool:
    """Whether upstream's istiod writes into the object's status what it makes of it."""
    kind, spec = manifest["kind"], manifest.get("spec", {})
    if kind == "Gateway":
        return spec.get("gatewayClassName") in CLASSES
    return kind == "HTTPRoute" or (kind == "AuthorizationPolicy" and "targetRefs" in spec)


def _against(live: Mapping[str, Any]) -> list[str]:
    conditions = list(_conditions(live))
    if not any(condition["status"] != "Unknown" for condition in conditions):
        return ["not judged"]
    return [
        f"{condition['type']}={condition['status']} ({condition['reason']}): {condition['message']}"
        for condition in conditions
        if condition["status"] != _GOOD.get(condition["type"], condition["status"])
    ]


def _conditions(live: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    status = live.get("status", {})
    for holder in (status, *status.get("listeners", ()), *status.get("parents", ())):
        yield from holder.get("conditions", ())
