"""What a Release is to the engine: its inputs completed, its outputs, and how two differ.

Follows ``helm_release.go`` of pulumi-kubernetes 4.32. Properties keep their ``Secret`` and
``UNKNOWN`` values.
"""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.plugins import assets
from localcloud.plugins.provider import Diff, DiffKind, Properties, PropertyDiff
from localcloud.plugins.values import UNKNOWN, Secret, Unknown, copy_secrecy, has_unknown, reveal

TOKEN: Final = "kubernetes:helm.sh/v3:Release"  # noqa: S105 - a type token
DEFAULT_TIMEOUT_SECONDS: Final = 300
_FLAGS: Final = (
    *("allowNullValues", "atomic", "cleanupOnFail", "createNamespace", "dependencyUpdate"),
    *("devel", "disableCRDHooks", "disableOpenapiValidation", "disableWebhooks", "forceUpdate"),
    *("lint", "recreatePods", "renderSubchartNotes", "replace", "resetValues", "reuseValues"),
    *("skipAwait", "skipCrds", "verify", "waitForJobs"),
)
_TEXTS: Final = ("chart", "description", "keyring", "name", "namespace", "postrender", "version")
INPUTS: Final = (*_FLAGS, *_TEXTS, "maxHistory", "repositoryOpts", "timeout", "values")
_REPLACING: Final = ("name", "namespace")


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with ``over`` laid over it, objects key by key; null is a value."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _file_values(files: Any) -> dict[str, Any]:
    """Return the merged ``valueYamlFiles``. Raises ValueError for what is no asset."""
    found: dict[str, Any] = {}
    if has_unknown(files):
        return found
    for asset in reveal(files) or ():
        if not assets.is_asset(asset):
            kind = type(asset).__name__
            raise ValueError(f"unsupported type for 'valueYamlFiles' arg: {kind}")
        found = merge(found, yaml.safe_load(assets.content(asset)) or {})
    return found


def complete(given: Properties, *, name: str, namespace: str) -> Properties:
    """Return the inputs with their defaults; false, empty and unsupported ones are left out.

    Args:
        given: what the program says.
        name: the release's name when the program names none.
        namespace: the provider's default namespace.
    """
    inputs = {key: given[key] for key in INPUTS if key in given}
    inputs["name"] = inputs.get("name") or name
    inputs["namespace"] = inputs.get("namespace") or namespace
    if not inputs.get("skipAwait"):
        inputs.setdefault("timeout", DEFAULT_TIMEOUT_SECONDS)
    if inputs.get("verify") is True and not inputs.get("keyring"):
        inputs["keyring"] = str(Path.home() / ".gnupg" / "pubring.gpg")
    from_files = _file_values(given.get("valueYamlFiles"))
    values = inputs.get("values")
    if from_files and not isinstance(values, Unknown):
        inner = values.value if isinstance(values, Secret) else values
        merged = merge(from_files, inner or {})
        inputs["values"] = Secret(merged) if isinstance(values, Secret) else merged
    return {key: value for key, value in inputs.items() if _says_something(key, value)}


def _says_something(key: str, value: Any) -> bool:
    plain = reveal(value)
    return plain is not None if key == "maxHistory" else bool(plain)


def autoname(resource_name: str) -> str:
    """Return a release name for a resource: its own name and eight random hex digits."""
    return f"{resource_name}-{secrets.token_hex(4)}"


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
    return sealed(recorded | ({"values": values} if values else {}), inputs)


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
