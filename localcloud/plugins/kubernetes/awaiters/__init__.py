"""What ready means for each kind, as upstream's `provider/pkg/await` has it.

Kinds that are not here are ready as soon as the server has them.
"""

from typing import Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.awaiters.daemonset import DaemonSet
from localcloud.plugins.kubernetes.awaiters.deployment import Deployment
from localcloud.plugins.kubernetes.awaiters.job import Job
from localcloud.plugins.kubernetes.awaiters.pod import Pod
from localcloud.plugins.kubernetes.awaiters.service import Service
from localcloud.plugins.kubernetes.awaiters.simple import (
    CustomResourceDefinition,
    PersistentVolume,
    PersistentVolumeClaim,
    ReplicationController,
    ResourceQuota,
    TokenSecret,
)
from localcloud.plugins.kubernetes.awaiters.statefulset import StatefulSet
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.waiting import Awaiter
from localcloud.plugins.kubernetes.watch import Kind

_AWAITERS: Final[dict[Kind, Awaiter]] = {
    ("apps/v1", "DaemonSet"): DaemonSet(),
    ("apps/v1", "Deployment"): Deployment(),
    ("apps/v1", "StatefulSet"): StatefulSet(),
    ("batch/v1", "Job"): Job(),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): CustomResourceDefinition(),
    ("v1", "PersistentVolume"): PersistentVolume(),
    ("v1", "PersistentVolumeClaim"): PersistentVolumeClaim(),
    ("v1", "Pod"): Pod(),
    ("v1", "ReplicationController"): ReplicationController(),
    ("v1", "ResourceQuota"): ResourceQuota(),
    ("v1", "Service"): Service(),
}
# Read again on a refresh, which then reports what is not ready.
_READ: Final = frozenset({"DaemonSet", "Deployment", "StatefulSet", "Job", "Pod", "Service"})


def for_object(obj: Object) -> Awaiter | None:
    """Return the awaiter for an object, None when there is nothing to wait for."""
    if objects.is_secret(obj):
        token = obj.get("type") == "kubernetes.io/service-account-token"
        return TokenSecret() if token else None
    return _AWAITERS.get((objects.api_version(obj), objects.kind(obj)))


def for_read(obj: Object) -> Awaiter | None:
    """Return the awaiter whose judgement a refresh reports, None for most kinds."""
    return for_object(obj) if objects.kind(obj) in _READ else None
