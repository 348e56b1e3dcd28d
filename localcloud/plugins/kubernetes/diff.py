"""Which properties change, and whether that replaces the object."""

from collections.abc import Iterator
from typing import Any

from localcloud.plugins.kubernetes import immutable, objects, prune
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.provider import Change, Diff, DiffKind, PropertyDiff
from localcloud.plugins.values import Unknown

Path = tuple[str | int, ...]
_MISSING: Any = object()
_REPLACING = {
    DiffKind.ADD: DiffKind.ADD_REPLACE,
    DiffKind.DELETE: DiffKind.DELETE_REPLACE,
    DiffKind.UPDATE: DiffKind.UPDATE_REPLACE,
}


def changes(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, DiffKind, Any]]:
    """Yield the path, the kind and the new value of everything in which `new` differs."""
    if new is _MISSING or (new is None and old not in (_MISSING, None)):
        yield path, DiffKind.DELETE, None
    elif old is _MISSING:
        if new is not None:
            yield path, DiffKind.ADD, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from changes((*path, key), old.get(key, _MISSING), new.get(key, _MISSING))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else _MISSING
            after = new[index] if index < len(new) else _MISSING
            yield from changes((*path, index), before, after)
    elif isinstance(new, Unknown) or old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, DiffKind.UPDATE, new


def property_path(path: Path) -> str:
    """Return a path as the engine writes it: `spec.ports[0].port`, `labels["a.b/c"]`."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        elif any(character in step for character in '."[]'):
            quoted = step.replace('"', '\\"')
            written += f'["{quoted}"]'
        else:
            written += f".{step}" if written else step
    return written


def parse_path(written: str) -> Path:
    """Return the steps of a property path as the engine and programs write it."""
    steps: list[str | int] = []
    rest = written
    while rest:
        if rest.startswith('["'):
            end = rest.index('"]')
            steps.append(rest[2:end].replace('\\"', '"'))
            rest = rest[end + 2 :]
        elif rest.startswith("["):
            end = rest.index("]")
            index = rest[1:end]
            steps.append(index if index == "*" else int(index))
            rest = rest[end + 1 :]
        else:
            rest = rest.removeprefix(".")
            end = min((rest.find(c) for c in ".[" if c in rest), default=len(rest))
            steps.append(rest[:end])
            rest = rest[end:]
    return tuple(steps)


def covers(ignored: Path, path: Path) -> bool:
    """Tell whether `path` lies at or under `ignored`, in which `*` is any one step."""
    return len(ignored) <= len(path) and all(
        want in ("*", have) for want, have in zip(ignored, path, strict=False)
    )


def detailed(old: Object, new: Object, frozen: tuple[str, ...]) -> dict[Path, PropertyDiff]:
    """Return the changes from pruned live state to new inputs."""
    found = {}
    for path, kind, value in changes((), old, new):
        replaces = immutable.touches(path, value, frozen)
        found[path] = PropertyDiff(
            kind=_REPLACING[kind] if replaces else kind, input_diff=kind is DiffKind.DELETE
        )
    return found


def compare(
    request: Change, *, old_inputs: Object, live: Object, namespaced: bool, frozen: tuple[str, ...]
) -> Diff:
    """Return the diff of an object.

    Args:
        request: the new inputs and what to ignore.
        old_inputs: the recorded inputs.
        live: the recorded live object.
        namespaced: whether the kind is.
        frozen: the paths whose change replaces it.
    """
    new = prune.normalize(objects.to_object(request.new))
    old = prune.pruned(live, prune.normalize(old_inputs))
    for obj in (old, new):
        objects.set_namespace(obj, (objects.namespace(obj) or "default") if namespaced else "")
    old.setdefault("apiVersion", new.get("apiVersion"))
    old.setdefault("kind", new.get("kind"))
    if isinstance(old.get("metadata"), dict):
        old["metadata"].pop("resourceVersion", None)
        if objects.name(new):
            old["metadata"]["name"] = objects.name(live)
    ignored = [parse_path(written) for written in request.ignore_changes]
    found = {
        property_path(path): change
        for path, change in detailed(old, new, frozen).items()
        if not any(covers(pattern, path) for pattern in ignored)
    }
    replaces = [path for path, change in found.items() if _replaces(path, change)]
    return Diff(
        changes=bool(found),
        replaces=replaces,
        delete_before_replace=bool(replaces) and _same_place(new, live, namespaced=namespaced),
        detailed=found,
    )


def _replaces(path: str, change: PropertyDiff) -> bool:
    return change.kind in _REPLACING.values() or (
        path == "metadata" and change.kind is DiffKind.DELETE
    )


def _same_place(new: Object, live: Object, *, namespaced: bool) -> bool:
    """Tell whether the replacement must have the old object's name and namespace."""
    space = objects.namespace(live) if namespaced else ""
    return (
        objects.is_named(new)
        and not objects.annotation_is_true(new, objects.AUTONAMED)
        and objects.name(new) == objects.name(live)
        and objects.namespace(new) == space
    )


def ignored_paths(request: Change) -> list[Path]:
    """Return the paths that an update must leave as they are on the server."""
    return [parse_path(written) for written in request.ignore_changes]
