"""When a StatefulSet is rolled out."""

from collections.abc import Sequence

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.awaiters import pod
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import Verdict
from localcloud.plugins.kubernetes.watch import Kind, View


class StatefulSet:
    """Ready when all replicas are ready and of the newest revision."""

    related: Sequence[Kind] = (pod.PODS,)
    timeout_message = "'{name}' timed out waiting to be Ready"

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:  # noqa: ARG002
        """Judge the StatefulSet by its status."""
        generation = objects.number(live, "metadata", "generation")
        wanted = objects.number(live, "spec", "replicas")
        ready = objects.number(live, "status", "readyReplicas")
        first = generation <= 1
        stage = (
            "[1/2] Waiting for StatefulSet to create Pods"
            if first
            else ("[1/3] Waiting for StatefulSet update to roll out")
        )
        message = f"{stage} ({ready}/{wanted} Pods ready)"
        if objects.number(live, "status", "observedGeneration") < generation:
            return Verdict(message=message, reasons=_reasons(live, view, revised=False, full=False))
        manual = not first and objects.text(live, "spec", "updateStrategy", "type") == "OnDelete"
        newest = objects.text(live, "status", "updateRevision")
        revised = manual or bool(
            newest and newest == objects.text(live, "status", "currentRevision")
        )
        counted = ["replicas", "readyReplicas"] + ([] if manual else ["currentReplicas"])
        full = all(objects.number(live, "status", count) == wanted for count in counted)
        if revised and full:
            return Verdict(ready=True, message="StatefulSet initialization complete")
        return Verdict(message=message, reasons=_reasons(live, view, revised=revised, full=full))


def _reasons(live: Object, view: View, *, revised: bool, full: bool) -> list[str]:
    wanted = objects.number(live, "spec", "replicas")
    ready = objects.number(live, "status", "readyReplicas")
    reasons = [] if full else [f"{ready} out of {wanted} replicas succeeded readiness checks"]
    if not revised:
        current = objects.text(live, "status", "currentRevision")
        newest = objects.text(live, "status", "updateRevision")
        reasons.append(
            f'StatefulSet controller failed to advance from revision "{current}" '
            f'to revision "{newest}"'
        )
    return reasons + pod.owned_errors(view, live)
