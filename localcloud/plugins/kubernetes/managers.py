"""Field managers: who owns which field, as server-side apply records it."""

from typing import Any, Final

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.objects import Object

Fields = dict[str, Any]

# Managers of client-side writes whose fields the first apply takes over, with their operation.
_PREDECESSORS: Final = (
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    ("pulumi-kubernetes", "Update"),
    ("pulumi-resource-kubernetes", "Update"),
)
_OURS_BEFORE_APPLY: Final = (
    "pulumi-kubernetes",
    "pulumi-kubernetes.exe",
    "pulumi-resource-kubernetes",
)


def entries(live: Object) -> list[dict[str, Any]]:
    """Return the object's managedFields."""
    return objects.get(live, "metadata", "managedFields") or []


def _is_predecessor(entry: dict[str, Any]) -> bool:
    return not entry.get("subresource") and any(
        str(entry.get("manager", "")).startswith(manager) and entry.get("operation") == operation
        for manager, operation in _PREDECESSORS
    )


def union(first: Fields, second: Fields) -> Fields:
    """Return the field set that holds both."""
    merged = dict(first)
    for key, value in second.items():
        merged[key] = union(merged[key], value) if key in merged else value
    return merged


def takeover(live: Object, manager: str) -> list[dict[str, Any]] | None:
    """Return the JSON patch that gives `manager` what client-side writers own, None if nothing."""
    taken = [entry for entry in entries(live) if _is_predecessor(entry)]
    if not taken:
        return None
    kept = [entry for entry in entries(live) if entry not in taken]
    own = next((e for e in kept if e["manager"] == manager and e["operation"] == "Apply"), None)
    fields: Fields = (own or {}).get("fieldsV1", {})
    for entry in taken:
        fields = union(fields, entry.get("fieldsV1", {}))
    entry = (own or taken[0]) | {"manager": manager, "operation": "Apply", "fieldsV1": fields}
    result = [e for e in kept if e is not own] + [entry]
    version = objects.text(live, "metadata", "resourceVersion")
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": result},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]


def must_force(inputs: Object, live: Object | None, *, always: bool, preview: bool) -> bool:
    """Decide whether an apply takes fields from other managers.

    Args:
        inputs: the object to apply; its patchForce annotation decides first.
        live: the object as it is, None when it is being made.
        always: the provider's enablePatchForce.
        preview: a preview cannot take fields over first, so it forces where an update would.
    """
    if always or objects.annotation_is_true(inputs, objects.PATCH_FORCE):
        return True
    if preview and (live is None or _written_by_us(live)):
        return True
    # Objects from before server-side apply have no managers but a default one that owns all.
    return live is not None and not entries(live)


def _written_by_us(live: Object) -> bool:
    return any(
        entry.get("operation") == "Update" and entry.get("manager") in _OURS_BEFORE_APPLY
        for entry in entries(live)
    )


def leave_alone(inputs: Object, live: Object, manager: str, ignored: list[list[str]]) -> None:
    """Change `inputs` so that applying them leaves the fields at `ignored` as they are.

    A field that only others own is left out; any other keeps its live value.
    """
    ours = [e.get("fieldsV1", {}) for e in entries(live) if e.get("manager") == manager]
    theirs = [e.get("fieldsV1", {}) for e in entries(live) if e.get("manager") != manager]
    for path in ignored:
        if any(map(_holder(path), theirs)) and not any(map(_holder(path), ours)):
            _remove(inputs, path)
        elif (value := objects.get(live, *path)) is not None:
            _set(inputs, path, value)


def _holder(path: list[str]) -> Any:
    def holds(fields: Fields) -> bool:
        for step in path:
            if f"f:{step}" not in fields:
                return False
            fields = fields[f"f:{step}"]
        return True

    return holds


def _remove(obj: Object, path: list[str]) -> None:
    parent = objects.get(obj, *path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)


def _set(obj: Object, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        following = obj.setdefault(step, {})
        if not isinstance(following, dict):
            return
        obj = following
    obj[path[-1]] = value
