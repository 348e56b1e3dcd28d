"""Which fields of which kinds cannot change in place, so that a change replaces the object.

The table is that of provider/diff.go of pulumi-kubernetes 4.32.
"""
# ruff: noqa: SIM905 - the tables read better in rows than in a column

from typing import Any, Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object

ALWAYS: Final = (".metadata.name", ".metadata.namespace")
_CONTAINER: Final = (
    "args command env env.value image imagePullPolicy lifecycle livenessProbe ports readinessProbe "
    "resources securityContext stdin stdinOnce terminationMessagePath terminationMessagePolicy tty "
    "volumeDevices volumeMounts workingDir"
).split()
_POD: Final = (
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases "
    "hostIPC hostNetwork hostPID hostname imagePullSecrets nodeName nodeSelector overhead "
    "preemptionPolicy priority priorityClassName readinessGates restartPolicy runtimeClassName "
    "schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace "
    "subdomain terminationGracePeriodSeconds volumes"
).split()
_VOLUME: Final = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker "
    "gcePersistentDisk glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume "
    "quobyte rbd scaleIO storageos vsphereVolume"
).split()
_WORKLOADS: Final = ("v1", "v1beta2")
_RBAC: Final = ("v1", "v1beta1", "v1alpha1")


def _spec(*fields: str) -> tuple[str, ...]:
    return tuple(f".spec.{field}" for field in fields)


_STATEFUL_SET: Final = _spec(
    "podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates"
)
_TABLE: Final[dict[tuple[str, str, str], tuple[str, ...]]] = {
    **{("apps", v, "DaemonSet"): _spec("selector") for v in _WORKLOADS},
    **{("apps", v, "Deployment"): _spec("selector") for v in _WORKLOADS},
    **{("apps", v, "StatefulSet"): _STATEFUL_SET for v in (*_WORKLOADS, "v1beta1")},
    **{
        ("rbac.authorization.k8s.io", v, kind): (".roleRef",)
        for v in _RBAC
        for kind in ("RoleBinding", "ClusterRoleBinding")
    },
    **{
        ("batch", v, "Job"): _spec("completions", "parallelism", "selector", "template")
        for v in ("v1", "v1beta1", "v2alpha1")
    },
    ("policy", "v1beta1", "PodDisruptionBudget"): (".spec",),
    ("storage.k8s.io", "v1", "StorageClass"): (".parameters", ".provisioner"),
    ("", "v1", "PersistentVolume"): _spec(*_VOLUME),
    ("", "v1", "PersistentVolumeClaim"): _spec(
        "accessModes", "selector", "storageClassName", "volumeName"
    ),
    ("", "v1", "Pod"): _spec(
        *_POD,
        *(f"{of}[*].{field}" for of in ("containers", "initContainers") for field in _CONTAINER),
    ),
    ("", "v1", "ResourceQuota"): _spec("scopes"),
    ("", "v1", "Service"): _spec("clusterIP"),
}


def paths(obj: Object, *, secret_mutable: bool, config_map_mutable: bool) -> tuple[str, ...]:
    """Return the paths whose change replaces `obj`.

    Args:
        obj: the new inputs.
        secret_mutable: the provider's enableSecretMutable.
        config_map_mutable: the provider's enableConfigMapMutable.
    """
    group, version = objects.group_version(obj)
    kind, frozen = objects.kind(obj), obj.get("immutable") is True
    if (group, version, kind) == ("", "v1", "Secret"):
        mutable = secret_mutable and not frozen
        return (*ALWAYS, ".type", *(() if mutable else (".stringData", ".data")))
    if (group, version, kind) == ("", "v1", "ConfigMap"):
        mutable = config_map_mutable and not frozen
        return (*ALWAYS, *(() if mutable else (".binaryData", ".data")))
    return (*ALWAYS, *_TABLE.get((group, version, kind), ()))


def touches(path: tuple[str | int, ...], value: Any, frozen: tuple[str, ...]) -> bool:
    """Tell whether setting `value` at `path` sets anything at one of the `frozen` paths."""
    for pattern in frozen:
        keys = pattern.replace("[*]", ".*").lstrip(".").split(".")
        if _reaches(list(path), value, keys):
            return True
    return False


def _reaches(path: list[str | int], value: Any, keys: list[str]) -> bool:
    """Walk `path` and `keys` together; where the path ends, go on into the value."""
    if not keys:
        return True
    key, rest = keys[0], keys[1:]
    if path:
        step = path[0]
        matches = isinstance(step, int) if key == "*" else step == key
        return matches and _reaches(path[1:], value, rest)
    if key == "*":
        return isinstance(value, list) and (
            not value or any(_reaches([], item, rest) for item in value)
        )
    return isinstance(value, dict) and key in value and _reaches([], value[key], rest)
