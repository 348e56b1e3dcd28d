"""When a Deployment is rolled out."""

from collections.abc import Sequence
from typing import Any, Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.awaiters import pod
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import Verdict
from localcloud.plugins.kubernetes.watch import Kind, View

REVISION: Final = "deployment.kubernetes.io/revision"
REPLICA_SETS: Final[Kind] = ("apps/v1", "ReplicaSet")
CLAIMS: Final[Kind] = ("v1", "PersistentVolumeClaim")
_NOT_LIVE: Final = "Minimum number of live Pods was not attained"
_TOO_FEW: Final = "Minimum number of Pods to consider the application live was not attained"
_STUCK: Final = (
    "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live"
)


class Deployment:
    """Ready when the controller has seen this generation, the Deployment is available, its new
    ReplicaSet has all replicas ready, and its volume claims are bound.
    """  # noqa: D205 - one sentence

    related: Sequence[Kind] = (REPLICA_SETS, pod.PODS, CLAIMS)
    timeout_message = "'{name}' timed out waiting to be Ready"

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:
        """Judge the Deployment with its ReplicaSets, pods and claims."""
        observed = objects.number(live, "status", "observedGeneration")
        # A refresh reports what is wrong, not that the controller is about to look.
        if before is not live and observed < objects.number(live, "metadata", "generation"):
            return Verdict(reasons=[_NOT_LIVE])
        revision = objects.annotation(live, REVISION)
        current = _current(live, view, revision)
        wanted, ready = _replicas(current)
        available = objects.condition(live, "Available").get("status") == "True"
        progressing = objects.condition(live, "Progressing")
        rolled = (
            progressing.get("status") == "True"
            and progressing.get("reason") == "NewReplicaSetAvailable"
        )
        # A first revision is no rollout, so nothing says that a rollout is complete.
        rolled = rolled or revision == "1"
        up = current is not None and ready >= wanted
        unbound = _unbound(live, view)
        if available and rolled and up and not unbound:
            return Verdict(ready=True, message="Deployment initialization complete")
        reasons = _refusals(live)
        if unbound:
            reasons.append(f'Failed to bind PersistentVolumeClaim(s): "{",".join(unbound)}"')
        reasons += _shortfall(revision, available=available, rolled=rolled, up=up)
        if current is not None:
            reasons += pod.owned_errors(view, current)
        message = f"Waiting for app ReplicaSet to be available ({ready}/{wanted} Pods available)"
        return Verdict(message=message, reasons=reasons)


def _current(live: Object, view: View, revision: str) -> Object | None:
    return next(
        (
            replica_set
            for replica_set in view.items(REPLICA_SETS)
            if objects.owned_by(replica_set, live)
            and revision
            and objects.annotation(replica_set, REVISION) == revision
        ),
        None,
    )


def _replicas(replica_set: Object | None) -> tuple[int, int]:
    """Return how many replicas are wanted and ready, by the ReplicaSet: the plan of record."""
    wanted: Any = objects.get(replica_set, "spec", "replicas")
    return (1 if wanted is None else wanted), objects.number(replica_set, "status", "readyReplicas")


def _refusals(live: Object) -> list[str]:
    found = []
    for type_ in ("Progressing", "Available"):
        condition = objects.condition(live, type_)
        if condition.get("status") not in (None, "True") and condition.get("reason"):
            found.append(f"[{condition['reason']}] {condition.get('message', '')}")
    return found


def _shortfall(revision: str, *, available: bool, rolled: bool, up: bool) -> list[str]:
    if not available:
        return [_NOT_LIVE]
    if not rolled:
        return [_TOO_FEW]
    if not up:
        return [_TOO_FEW if revision == "1" else _STUCK]
    return []


def _unbound(live: Object, view: View) -> list[str]:
    volumes = objects.get(live, "spec", "template", "spec", "volumes") or []
    wanted = {objects.text(v, "persistentVolumeClaim", "claimName") for v in volumes} - {""}
    return [
        objects.name(claim)
        for claim in view.items(CLAIMS)
        if objects.name(claim) in wanted and objects.text(claim, "status", "phase") != "Bound"
    ]
