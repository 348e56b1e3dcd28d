"""When a Pod is ready, and what its status says is wrong with it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import Verdict
from localcloud.plugins.kubernetes.watch import Kind, View

PODS: Final[Kind] = ("v1", "Pod")
_DAEMON_PREFIX: Final = "rpc error: code = Unknown desc = Error response from daemon: "


class Pod:
    """Ready when scheduled, initialized and ready, or done."""

    related: Sequence[Kind] = ()
    timeout_message = "'{name}' timed out waiting to be Ready"

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:  # noqa: ARG002
        """Judge the pod by its own conditions."""
        step = _unmet(live)
        if not step:
            return Verdict(ready=True, message="Pod is ready")
        verb = {"PodScheduled": "scheduled", "Initialized": "initialized", "Ready": "ready"}[step]
        message = f'Waiting for Pod "{objects.display_name(live)}" to be {verb}'
        return Verdict(message=message, reasons=errors(live))


def _unmet(pod: Object) -> str:
    for step in ("PodScheduled", "Initialized", "Ready"):
        done = objects.condition(pod, step).get("status") == "True"
        if not done and not (step == "Ready" and _succeeded(pod)):
            return step
    return ""


def _succeeded(pod: Object) -> bool:
    return objects.text(pod, "status", "phase") == "Succeeded"


def errors(pod: Object) -> list[str]:
    """Return what keeps a pod from the first step it has not taken, empty when it is ready."""
    step = _unmet(pod)
    condition = objects.condition(pod, step) if step else {}
    message = str(condition.get("message", ""))
    if not condition:
        return []
    if step == "PodScheduled":
        return [message] if condition.get("reason") and message else []
    containers = "\n".join(_container_errors(pod))
    if not containers and not message:
        return []
    said = message if condition.get("reason") else ""
    return [f"[Pod {objects.display_name(pod)}]: {said}{containers}"]


def _container_errors(pod: Object) -> Iterator[str]:
    for status in objects.get(pod, "status", "containerStatuses") or []:
        if not status.get("ready"):
            yield from _waiting(status)
            yield from _terminated(status)
            yield from _last(status)


def _waiting(status: dict[str, Any]) -> Iterator[str]:
    waiting = objects.get(status, "state", "waiting")
    if waiting and waiting.get("reason") != "ContainerCreating":
        yield f"[{waiting.get('reason', '')}] {_trim(waiting.get('message', ''))}"


def _terminated(status: dict[str, Any]) -> Iterator[str]:
    ended = objects.get(status, "state", "terminated") or {}
    if ended.get("reason"):
        if ended.get("message"):
            yield f"[{ended['reason']}] {_trim(ended['message'])}"
        else:
            yield (
                f'container "{status.get("name")}" completed '
                f"with exit code {ended.get('exitCode', 0)}"
            )


def _last(status: dict[str, Any]) -> Iterator[str]:
    ended = objects.get(status, "lastState", "terminated")
    if ended:
        yield (
            f'container "{status.get("name")}" terminated at {ended.get("finishedAt")} '
            f"({ended.get('reason', '')}: exit code {ended.get('exitCode', 0)})"
        )
        if ended.get("message"):
            yield str(ended["message"])


def _trim(message: str) -> str:
    return message.removeprefix(_DAEMON_PREFIX).removesuffix(": manifest unknown")


def owned_errors(view: View, owner: Object) -> list[str]:
    """Return what is wrong with the pods that belong to `owner`."""
    pods = [pod for pod in view.items(PODS) if objects.owned_by(pod, owner)]
    return [error for pod in pods for error in errors(pod)]
