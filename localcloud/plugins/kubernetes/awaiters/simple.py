"""Kinds whose readiness is one look at their own status."""

from collections.abc import Sequence
from typing import Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import GENERIC_TIMEOUT, Verdict
from localcloud.plugins.kubernetes.watch import Kind, View

_STORAGE_CLASSES: Final[Kind] = ("storage.k8s.io/v1", "StorageClass")


class _Simple:
    related: Sequence[Kind] = ()
    timeout_message = GENERIC_TIMEOUT

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:
        """Judge the object by its own status."""
        if self._ready(live, view, before):
            return Verdict(ready=True)
        phase = objects.text(live, "status", "phase")
        return Verdict(
            message=f"Waiting for {objects.kind(live)}" + (f" ({phase})" if phase else "")
        )

    def _ready(self, live: Object, view: View, before: Object | None) -> bool:
        raise NotImplementedError


class CustomResourceDefinition(_Simple):
    """Ready when established: only then are its objects accepted."""

    def _ready(self, live: Object, view: View, before: Object | None) -> bool:  # noqa: ARG002
        return objects.condition(live, "Established").get("status") == "True"


class PersistentVolume(_Simple):
    """Ready when available or bound."""

    def _ready(self, live: Object, view: View, before: Object | None) -> bool:  # noqa: ARG002
        return objects.text(live, "status", "phase") in ("Available", "Bound")


class PersistentVolumeClaim(_Simple):
    """Ready when bound, or pending when its class binds on first use."""

    def _ready(self, live: Object, view: View, before: Object | None) -> bool:
        phase = objects.text(live, "status", "phase")
        if phase == "Bound":
            return True
        name = objects.text(live, "spec", "storageClassName")
        late = any(
            objects.name(storage_class) == name
            and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
            for storage_class in view.items(_STORAGE_CLASSES)
        )
        return before is None and late and phase == "Pending"

    related: Sequence[Kind] = (_STORAGE_CLASSES,)


class ReplicationController(_Simple):
    """Ready when all replicas are available."""

    def _ready(self, live: Object, view: View, before: Object | None) -> bool:  # noqa: ARG002
        return objects.number(live, "spec", "replicas") == objects.number(
            live, "status", "availableReplicas"
        )


class ResourceQuota(_Simple):
    """Ready when the controller has taken over its limits."""

    def _ready(self, live: Object, view: View, before: Object | None) -> bool:  # noqa: ARG002
        wanted = objects.get(live, "spec", "hard")
        return bool(wanted) and wanted == objects.get(live, "status", "hard")


class TokenSecret(_Simple):
    """A service account's token Secret; ready when the controller has filled it."""

    def _ready(self, live: Object, view: View, before: Object | None) -> bool:  # noqa: ARG002
        return bool(live.get("data"))
