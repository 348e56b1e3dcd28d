"""When a Job has succeeded, and when it never will."""

from collections.abc import Sequence
from typing import Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.awaiters import pod
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import Verdict
from localcloud.plugins.kubernetes.watch import Kind, View

_FINAL: Final = ("BackoffLimitExceeded", "DeadlineExceeded")


class Job:
    """Ready when complete; fails at once when it ran out of retries or of time."""

    related: Sequence[Kind] = (pod.PODS,)
    timeout_message = "'{name}' timed out waiting to be Ready"

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:  # noqa: ARG002
        """Judge the Job by its conditions, and by its pods for the reasons."""
        name = objects.display_name(live)
        if not objects.get(live, "status", "startTime"):
            return Verdict(message=f'Waiting for Job "{name}" to start')
        reasons = pod.owned_errors(view, live)
        failed = objects.condition(live, "Failed")
        if failed.get("status") == "True" and failed.get("reason") in _FINAL:
            reasons.insert(0, f"[{failed['reason']}] {failed.get('message', '')}")
            return Verdict(
                failed=f"Resource '{objects.name(live)}' was created but failed to initialize",
                reasons=reasons,
            )
        if objects.condition(live, "Complete").get("status") == "True":
            return Verdict(ready=True, message=f'Job "{name}" succeeded')
        counts = " | ".join(
            f"{label}: {objects.number(live, 'status', label.lower())}"
            for label in ("Active", "Succeeded", "Failed")
        )
        return Verdict(message=f'Waiting for Job "{name}" to succeed ({counts})', reasons=reasons)
