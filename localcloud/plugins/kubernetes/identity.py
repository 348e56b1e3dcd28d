"""Names that the plugin gives: objects without one, and field managers."""

import hashlib
import secrets
from typing import Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.provider import Check, Properties, ProviderError, Request
from localcloud.plugins.values import UNKNOWN, Unknown

_SUFFIX_HEX: Final = 8
CREATE_MANAGER: Final = "pulumi-kubernetes"  # of creates, and of everything without SSA
MANAGER_PREFIX: Final = "pulumi-kubernetes-"


def _suffix(seed: bytes) -> str:
    if not seed:
        return secrets.token_hex(_SUFFIX_HEX // 2)
    return hashlib.sha256(seed).hexdigest()[:_SUFFIX_HEX]


def assign_name(obj: Object, request: Check) -> None:
    """Name an object that has no name after its resource and mark it as autonamed.

    The suffix comes from the engine's random seed, so preview and update agree.
    """
    if objects.is_named(obj) or generates_name(obj):
        return
    name = f"{request.name}-{_suffix(request.random_seed)}"
    if request.autonaming is not None:
        if request.autonaming.mode == "disable":
            raise ProviderError(
                "autonaming is disabled, resource requires the .metadata.name field to be set"
            )
        name = request.autonaming.proposed
    _set_autonamed(obj, name)


def adopt_name(obj: Object, old: Object) -> None:
    """Keep the name that an earlier check gave, when the program still gives none."""
    if not objects.is_named(obj) and objects.annotation_is_true(old, objects.AUTONAMED):
        _set_autonamed(obj, objects.name(old))


def _set_autonamed(obj: Object, name: str) -> None:
    if isinstance(obj.get("metadata"), Unknown):
        return
    meta = objects.metadata(obj)
    meta["name"] = name
    annotations = meta.get("annotations") or {}
    if not isinstance(annotations, Unknown):
        meta["annotations"] = annotations | {objects.AUTONAMED: "true"}


def generates_name(obj: Object) -> bool:
    """Tell whether the API server is to choose the name."""
    prefix = objects.get(obj, "metadata", "generateName")
    return not objects.is_named(obj) and (prefix is UNKNOWN or bool(prefix))


def field_manager(obj: Object, state: Properties, *, server_side: bool) -> str:
    """Return the manager for an object: its annotation, else the recorded one, else a new one."""
    if not server_side:
        return CREATE_MANAGER
    chosen = objects.annotation(obj, objects.PATCH_FIELD_MANAGER)
    recorded = objects.unwrap(state.get("__fieldManager"))
    return chosen or str(recorded or f"{MANAGER_PREFIX}{_suffix(b'')}")


def is_patch(request: Request, obj: Object) -> bool:
    """Tell whether the resource is a Patch, such as NamespacePatch for a Namespace."""
    return request.type.rsplit(":", 1)[-1] == f"{objects.kind(obj)}Patch"
