"""Reading Kubernetes objects that are plain dicts and may hold `UNKNOWN` anywhere."""
# ruff: noqa: SIM905 - the tables read better in rows than in a column

import copy
from typing import Any, Final

from localcloud.plugins.values import Secret, has_unknown, reveal

Object = dict[str, Any]

# metadata/annotations.go of pulumi-kubernetes
AUTONAMED: Final = "pulumi.com/autonamed"
SKIP_AWAIT: Final = "pulumi.com/skipAwait"
WAIT_FOR: Final = "pulumi.com/waitFor"
TIMEOUT_SECONDS: Final = "pulumi.com/timeoutSeconds"
REPLACE_UNREADY: Final = "pulumi.com/replaceUnready"
PATCH_FORCE: Final = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER: Final = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION: Final = "pulumi.com/deletionPropagationPolicy"

_BUILT_IN: Final = frozenset(
    {"", "apps", "autoscaling", "batch", "extensions", "policy"}
    | {
        f"{group}.k8s.io"
        for group in (
            "admissionregistration apiextensions apiregistration authentication authorization "
            "certificates coordination discovery events flowcontrol.apiserver internal.apiserver "
            "networking node rbac.authorization resource scheduling storage storagemigration"
        ).split()
    }
)
_CLUSTER_SCOPED: Final = frozenset(
    "APIService CertificateSigningRequest ClusterRole ClusterRoleBinding CSIDriver CSINode "
    "CustomResourceDefinition FlowSchema IngressClass MutatingWebhookConfiguration Namespace Node "
    "PersistentVolume PriorityClass PriorityLevelConfiguration RuntimeClass StorageClass "
    "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration "
    "VolumeAttachment".split()
)
# Python and JavaScript cannot name these fields as Kubernetes does.
_DASHED: Final = {
    f"x_kubernetes_{name}": f"x-kubernetes-{name.replace('_', '-')}"
    for name in (
        "embedded_resource int_or_string list_map_keys list_type map_type "
        "preserve_unknown_fields validations"
    ).split()
}
_UNDERSCORED: Final = {dashed: plain for plain, dashed in _DASHED.items()}


def to_object(properties: dict[str, Any]) -> Object:
    """Return the Kubernetes object in property values: a copy, secrets revealed, keys dashed."""
    obj: Object = _rename(reveal(properties), _DASHED)
    return obj


def to_properties(obj: Object) -> dict[str, Any]:
    """Return the property values of a Kubernetes object: a copy, keys underscored."""
    properties: dict[str, Any] = _rename(obj, _UNDERSCORED)
    return properties


def _rename(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _rename(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_rename(item, names) for item in value]
    return value


def get(obj: Any, *path: str) -> Any:
    """Return the value at `path`, or None when anything on the way is missing or no dict."""
    for key in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(key)
    return obj


def text(obj: Any, *path: str) -> str:
    """Return the string at `path`, or an empty one."""
    value = get(obj, *path)
    return value if isinstance(value, str) else ""


def number(obj: Any, *path: str) -> int:
    """Return the integer at `path`, or 0."""
    value = get(obj, *path)
    return value if isinstance(value, int) else 0


def metadata(obj: Object) -> dict[str, Any]:
    """Return the object's metadata, made when missing. Do not call when it is unknown."""
    if obj.get("metadata") is None:
        obj["metadata"] = {}
    meta: dict[str, Any] = obj["metadata"]
    return meta


def name(obj: Object) -> str:
    """Return the object's name, empty when missing or unknown."""
    return text(obj, "metadata", "name")


def namespace(obj: Object) -> str:
    """Return the object's namespace, empty when missing or unknown."""
    return text(obj, "metadata", "namespace")


def set_namespace(obj: Object, value: str) -> None:
    """Set the namespace, or remove it when `value` is empty; leave unknown metadata alone."""
    meta = obj.get("metadata") or {}
    if not isinstance(meta, dict):
        return
    if value:
        metadata(obj)["namespace"] = value
    else:
        meta.pop("namespace", None)


def annotation(obj: Object, key: str) -> str:
    """Return the annotation's value, empty when missing or unknown."""
    return text(obj, "metadata", "annotations", key)


def annotation_is_true(obj: Object, key: str) -> bool:
    """Tell whether the annotation says `true`."""
    return annotation(obj, key) == "true"


def is_named(obj: Object) -> bool:
    """Tell whether the object has a name, known or not yet."""
    given = get(obj, "metadata", "name")
    return bool(given) if isinstance(given, str) else has_unknown(get(obj, "metadata", "name"))


def kind(obj: Object) -> str:
    """Return the object's kind."""
    return text(obj, "kind")


def api_version(obj: Object) -> str:
    """Return the object's apiVersion, `v1` for the `core/v1` of type tokens."""
    given = text(obj, "apiVersion")
    return given.removeprefix("core/")


def group_version(obj: Object) -> tuple[str, str]:
    """Return group (empty for core) and version."""
    group, _, version = api_version(obj).rpartition("/")
    return group, version


def is_built_in(obj: Object) -> bool:
    """Tell whether the kind belongs to Kubernetes itself rather than to a CRD."""
    return group_version(obj)[0] in _BUILT_IN


def known_scope(obj: Object) -> bool | None:
    """Return whether a built-in kind is namespaced; None for a kind that a CRD defines."""
    if not is_built_in(obj):
        return None
    return kind(obj) not in _CLUSTER_SCOPED


def is_crd(obj: Object) -> bool:
    """Tell whether the object is a CustomResourceDefinition."""
    return kind(obj) == "CustomResourceDefinition" and (
        group_version(obj)[0] == "apiextensions.k8s.io"
    )


def is_secret(obj: Object) -> bool:
    """Tell whether the object is a Secret."""
    return kind(obj) == "Secret" and group_version(obj)[0] == ""


def identifier(obj: Object) -> str:
    """Return the resource id: `namespace/name`, or `name` for cluster-scoped kinds."""
    space = namespace(obj)
    return f"{space}/{name(obj)}" if space else name(obj)


def parse_identifier(value: str) -> tuple[str, str]:
    """Return namespace (may be empty) and name of a resource id."""
    parts = value.split("/")
    return ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def display_name(obj: Object) -> str:
    """Return `namespace/name`, without the namespace when it is `default` or missing."""
    space = namespace(obj)
    return f"{space}/{name(obj)}" if space not in ("", "default") else name(obj)


def conditions(obj: Object) -> list[dict[str, Any]]:
    """Return `.status.conditions`, without what is no condition."""
    found = get(obj, "status", "conditions")
    return [c for c in found if isinstance(c, dict)] if isinstance(found, list) else []


def condition(obj: Object, type_: str) -> dict[str, Any]:
    """Return the condition of that type, or an empty dict."""
    return next((c for c in conditions(obj) if c.get("type") == type_), {})


def owned_by(obj: Object, owner: Object) -> bool:
    """Tell whether `owner` is among the object's owner references, by uid."""
    uid = text(owner, "metadata", "uid")
    references = get(obj, "metadata", "ownerReferences") or []
    return bool(uid) and any(reference.get("uid") == uid for reference in references)


def clone(obj: Object) -> Object:
    """Return a deep copy."""
    return copy.deepcopy(obj)


def unwrap(value: Any) -> Any:
    """Return the value inside a `Secret`, or the value itself."""
    return value.value if isinstance(value, Secret) else value
