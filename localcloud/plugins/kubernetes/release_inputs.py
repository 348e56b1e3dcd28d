"""A Release's inputs with everything the program leaves out.

Follows ``helm_release.go`` of pulumi-kubernetes 4.32, with the one input that 4.34's SDK adds,
``takeOwnership``. Properties keep their ``Secret`` and
``UNKNOWN`` values.
"""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.plugins import assets
from localcloud.plugins.provider import Properties
from localcloud.plugins.values import Secret, Unknown, has_unknown, reveal

DEFAULT_TIMEOUT_SECONDS: Final = 300
_FLAGS: Final = (
    *("allowNullValues", "atomic", "cleanupOnFail", "createNamespace", "dependencyUpdate"),
    *("devel", "disableCRDHooks", "disableOpenapiValidation", "disableWebhooks", "forceUpdate"),
    *("lint", "recreatePods", "renderSubchartNotes", "replace", "resetValues", "reuseValues"),
    *("skipAwait", "skipCrds", "takeOwnership", "verify", "waitForJobs"),
)
_TEXTS: Final = ("chart", "description", "keyring", "name", "namespace", "postrender", "version")
INPUTS: Final = (*_FLAGS, *_TEXTS, "maxHistory", "repositoryOpts", "timeout", "values")
# What the real plugin records of an input that the program does not give. A state that lacks it
# would be upgraded by the first `up` with the other plugin.
_UNSET: Final = {
    **dict.fromkeys(_FLAGS, False),
    **dict.fromkeys(_TEXTS, ""),
    "timeout": 0,
    "values": {},
}
_REPOSITORY: Final = ("caFile", "certFile", "keyFile", "password", "repo", "username")


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
    """Return the inputs with their defaults, unset ones included; unsupported ones are left out.

    Args:
        given: what the program says.
        name: the release's name when the program names none.
        namespace: the provider's default namespace.
    """
    inputs = {key: given[key] for key in INPUTS if given.get(key) is not None}
    inputs["name"] = inputs.get("name") or name
    inputs["namespace"] = inputs.get("namespace") or namespace
    if not inputs.get("skipAwait"):
        inputs.setdefault("timeout", DEFAULT_TIMEOUT_SECONDS)
    if inputs.get("verify") is True and not inputs.get("keyring"):
        inputs["keyring"] = str(Path.home() / ".gnupg" / "pubring.gpg")
    if "repositoryOpts" in inputs:
        inputs["repositoryOpts"] = _within(inputs["repositoryOpts"], dict.fromkeys(_REPOSITORY, ""))
    from_files = _file_values(given.get("valueYamlFiles"))
    if from_files:
        inputs["values"] = _within(inputs.get("values") or {}, from_files)
    return {**_UNSET, **inputs}


def _within(given: Any, base: Mapping[str, Any]) -> Any:
    """Return ``base`` with ``given`` laid over it, secret where ``given`` is; unknown stays so."""
    if isinstance(given, Unknown):
        return given
    if isinstance(given, Secret):
        return Secret(_within(given.value, base))
    return merge(base, given)


def autoname(resource_name: str) -> str:
    """Return a release name for a resource: its own name and eight random hex digits."""
    return f"{resource_name}-{secrets.token_hex(4)}"
