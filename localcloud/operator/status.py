"""Conditions as Kubernetes controllers write them, written only when they say something new."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.api import Api


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


def write(
    api: Api, path: str, obj: Mapping[str, Any], status: Mapping[str, Any], manager: str
) -> None:
    """Make ``status`` the object's status, if it is not already."""
    current = obj.get("status", {})
    if all(current.get(key) == value for key, value in status.items()):
        return
    meta = {"name": obj["metadata"]["name"]}
    if namespace := obj["metadata"].get("namespace"):
        meta["namespace"] = namespace
    body = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": meta}
    api.apply(f"{path}/status", {**body, "status": status}, manager)
