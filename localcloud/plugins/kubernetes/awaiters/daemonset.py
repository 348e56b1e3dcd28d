"""When a DaemonSet is rolled out, by the rules of kstatus."""

from collections.abc import Sequence

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.awaiters import pod
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import GENERIC_TIMEOUT, Verdict
from localcloud.plugins.kubernetes.watch import Kind, View


class DaemonSet:
    """Ready when every scheduled pod is updated, available and ready."""

    related: Sequence[Kind] = (pod.PODS,)
    timeout_message = GENERIC_TIMEOUT

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:  # noqa: ARG002
        """Judge the DaemonSet by its status."""
        message = _missing(live)
        if not message:
            wanted = objects.number(live, "status", "desiredNumberScheduled")
            return Verdict(
                ready=True, message=f"All replicas scheduled as expected. Replicas: {wanted}"
            )
        return Verdict(message=message, reasons=[message, *pod.owned_errors(view, live)])


def _missing(live: Object) -> str:
    generation = objects.number(live, "metadata", "generation")
    observed = objects.number(live, "status", "observedGeneration")
    if observed < generation:
        return f"DaemonSet generation is {generation}, but latest observed generation is {observed}"
    wanted = objects.get(live, "status", "desiredNumberScheduled")
    if wanted is None:
        return "Missing .status.desiredNumberScheduled"
    for count, label in (
        ("currentNumberScheduled", "Current"),
        ("updatedNumberScheduled", "Updated"),
        ("numberAvailable", "Available"),
        ("numberReady", "Ready"),
    ):
        have = objects.number(live, "status", count)
        if have < wanted:
            return f"{label}: {have}/{wanted}"
    return ""
