"""What a Release is to the engine: its outputs, and how two differ.

Follows ``helm_release.go`` of pulumi-kubernetes 4.32. Properties keep their ``Secret`` and
``UNKNOWN`` values.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from localcloud.plugins.kubernetes.release_inputs import merge
from localcloud.plugins.provider import Diff, DiffKind, Properties, PropertyDiff
from localcloud.plugins.values import UNKNOWN, Secret, copy_secrecy, reveal

TOKEN: Final = "kubernetes:helm.sh/v3:Release"  # noqa: S105 - a type token
_REPLACING: Final = ("name", "namespace")


def resource_id(release: Mapping[str, Any]) -> str:
    """Return ``namespace/name``."""
    namespace, name = release.get("namespace"), release.get("name")
    return f"{namespace}/{name}" if namespace else str(name)


def resource_names(manifest: str) -> dict[str, list[str]]:
    """Return the names of the objects in a manifest by ``Kind.group/apiVersion``."""
    found: dict[str, set[str]] = {}
    for one in yaml.safe_load_all(manifest):
        if not isinstance(one, dict) or not one.get("kind"):
            continue
        api, metadata = str(one.get("apiVersion", "")), one.get("metadata") or {}
        group = f".{api.partition('/')[0]}" if "/" in api else ""
        namespace, name = metadata.get("namespace"), str(metadata.get("name", ""))
        key = f"{one['kind']}{group}/{api}"
        found.setdefault(key, set()).add(f"{namespace}/{name}" if namespace else name)
    return {key: sorted(names) for key, names in sorted(found.items())}


def outputs(inputs: Properties, live: Mapping[str, Any]) -> Properties:
    """Return what to record of an installed release.

    Args:
        inputs: the completed inputs.
        live: helm's account of the release: name, namespace, version (its revision), info, config,
            manifest and the chart's metadata.
    """
    chart = live["chart"]["metadata"]
    plain = reveal(inputs)
    recorded = {
        **plain,
        "chart": plain.get("chart") or chart["name"],
        "name": plain.get("name") or live["name"],
        "namespace": plain.get("namespace") or live["namespace"],
        "version": chart["version"],
        "resourceNames": resource_names(live.get("manifest") or ""),
        "status": {
            "appVersion": chart.get("appVersion") or "",
            "chart": chart["name"],
            "name": live["name"],
            "namespace": live["namespace"],
            "revision": live["version"],
            "status": live["info"]["status"],
            "version": chart["version"],
        },
    }
    values = merge(plain.get("values") or {}, live.get("config") or {})
    return sealed(recorded | {"values": values}, inputs)


def planned(inputs: Properties) -> Properties:
    """Return the outputs of a preview."""
    return sealed({**inputs, "resourceNames": UNKNOWN, "status": UNKNOWN}, inputs)


def sealed(recorded: Properties, inputs: Properties) -> Properties:
    """Return outputs with the inputs beside them, and secret what is secret in the inputs."""
    return {**copy_secrecy(recorded, inputs), "__inputs": Secret(inputs)}


def recorded_inputs(state: Properties) -> Properties | None:
    """Return the inputs kept in recorded outputs, None when there are none (an import)."""
    kept = state.get("__inputs")
    inner = kept.value if isinstance(kept, Secret) else kept
    return dict(inner) if isinstance(inner, Mapping) else None


def diff(old: Properties, new: Properties, ignore: Sequence[str] = ()) -> Diff:
    """Compare recorded outputs with completed inputs.

    Anything the new inputs say otherwise than the state counts, and anything that the recorded
    inputs had and the new ones lack. A chart whose files changed under the same version does not.
    """
    state = reveal(old)
    before = reveal(recorded_inputs(old) or {})
    after = reveal(new)
    if "version" in ignore:
        after["version"] = state.get("version")
    found = _differences("", before, after, state)
    for name in _REPLACING:
        if name in found:
            kind = DiffKind[f"{found[name].kind.name}_REPLACE"]
            found[name] = PropertyDiff(kind=kind, input_diff=found[name].input_diff)
    return Diff(
        changes=bool(found),
        diffs=sorted({path.partition(".")[0] for path in found}),
        replaces=[name for name in _REPLACING if name in found],
        detailed=found,
    )


def _differences(
    prefix: str, before: Mapping[str, Any], after: Mapping[str, Any], state: Mapping[str, Any]
) -> dict[str, PropertyDiff]:
    found: dict[str, PropertyDiff] = {}
    for key, wanted in after.items():
        path, is_state = f"{prefix}{key}", state.get(key)
        if isinstance(wanted, Mapping) and isinstance(is_state, Mapping):
            was = before.get(key)
            inner = was if isinstance(was, Mapping) else {}
            found |= _differences(f"{path}.", inner, wanted, is_state)
        elif key not in state:
            found[path] = PropertyDiff(kind=DiffKind.ADD, input_diff=key not in before)
        elif wanted != is_state:
            changed = before.get(key) != wanted
            found[path] = PropertyDiff(kind=DiffKind.UPDATE, input_diff=changed)
    for key in before:
        if key not in after:
            found[f"{prefix}{key}"] = PropertyDiff(kind=DiffKind.DELETE, input_diff=True)
    return found
