"""Conditions as Kubernetes controllers write them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """One condition, without the time that it last changed at."""

    type: str
    true: bool
    reason: str
    message: str = ""


def conditions(obj: Mapping[str, Any], wanted: Sequence[Condition]) -> list[dict[str, Any]]:
    """Return the conditions of ``obj``, keeping the times of those that do not change."""
    before = {c["type"]: c for c in obj.get("status", {}).get("conditions") or []}
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    result = []
    for condition in wanted:
        status = "True" if condition.true else "False"
        old = before.get(condition.type, {})
        changed = old.get("lastTransitionTime", now) if old.get("status") == status else now
        result.append(
            {
                "type": condition.type,
                "status": status,
                "reason": condition.reason,
                "message": condition.message,
                "observedGeneration": obj["metadata"].get("generation", 1),
                "lastTransitionTime": changed,
            }
        )
    return result


def is_available(deployment: Mapping[str, Any] | None) -> bool:
    """Whether a Deployment is there to stay and has a pod that is ready."""
    if deployment is None or "deletionTimestamp" in deployment["metadata"]:
        return False
    return bool(deployment.get("status", {}).get("availableReplicas", 0) >= 1)


def is_rolled_out(workload: Mapping[str, Any] | None) -> bool:
    """Whether every pod of a Deployment or DaemonSet is ready and of the newest template."""
    if workload is None or "deletionTimestamp" in workload["metadata"]:
        return False
    status = workload.get("status", {})
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return False
    if workload["kind"] == "Deployment":
        wanted = workload["spec"]["replicas"]
        counts = ["replicas", "updatedReplicas", "availableReplicas"]
    else:
        wanted = status.get("desiredNumberScheduled", 0)
        counts = ["updatedNumberScheduled", "numberAvailable"]
    return wanted > 0 and all(status.get(count, 0) == wanted for count in counts)
