"""The provider's own settings: reading them, and when a change means another cluster."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localcloud.plugins.kubernetes.errors import Unreachable
from localcloud.plugins.provider import Change, Diff, Failure, Properties
from localcloud.plugins.values import Unknown, reveal

_IDENTITY = ("kubeconfig", "context", "cluster")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings this plugin honours, named as in the provider's arguments."""

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    server_side_apply: bool = True
    patch_force: bool = False
    upsert_existing: bool = False
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    config_map_mutable: bool = False
    secret_mutable: bool = False


def parse(values: Properties) -> Settings:
    """Return the settings in `values`; flags fall back to the real plugin's variables."""
    plain = reveal(values)

    def flag(key: str, variable: str, *, default: bool = False) -> bool:
        given = plain.get(key)
        if given is None:
            given = os.environ.get(f"PULUMI_K8S_{variable}", default)
        return given is True or given == "true"

    return Settings(
        kubeconfig=_text(plain.get("kubeconfig")),
        context=_text(plain.get("context")),
        cluster=_text(plain.get("cluster")),
        namespace=_text(plain.get("namespace")),
        server_side_apply=flag("enableServerSideApply", "ENABLE_SERVER_SIDE_APPLY", default=True),
        patch_force=flag("enablePatchForce", "ENABLE_PATCH_FORCE"),
        upsert_existing=flag("upsertExistingObjects", "UPSERT_EXISTING_OBJECTS"),
        delete_unreachable=flag("deleteUnreachable", "DELETE_UNREACHABLE"),
        skip_update_unreachable=flag("skipUpdateUnreachable", "SKIP_UPDATE_UNREACHABLE"),
        config_map_mutable=flag("enableConfigMapMutable", "ENABLE_CONFIGMAP_MUTABLE"),
        secret_mutable=flag("enableSecretMutable", "ENABLE_SECRET_MUTABLE"),
    )


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return value if isinstance(value, str) else ""


def kubeconfig_text(given: str) -> str:
    """Return the content of a kubeconfig given as content, as a path, or not at all.

    Not at all means $KUBECONFIG (its first existing file) or ~/.kube/config, as for kubectl.
    """
    if given:
        return _content(given)
    listed = os.environ.get("KUBECONFIG", "").split(os.pathsep)
    for candidate in [*filter(None, listed), "~/.kube/config"]:
        path = Path(candidate).expanduser()
        if path.is_file():
            return path.read_text()
    return ""


def _content(given: str) -> str:
    if "\n" not in given and not given.lstrip().startswith("{"):
        path = Path(given).expanduser()
        if path.is_file():
            return path.read_text()
    return given


def load(text: str) -> dict[str, Any]:
    """Return the kubeconfig in `text`. Raises Unreachable when there is none in it."""
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError:
        # The parser's message quotes the text, which may hold a token.
        raise Unreachable("the kubeconfig is neither YAML nor JSON") from None
    if not isinstance(config, dict) or not config.get("clusters"):
        raise Unreachable("no configuration has been provided: the kubeconfig has no clusters")
    return config


def with_overrides(config: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the kubeconfig with the chosen context current and its cluster replaced."""
    current = settings.context or config.get("current-context", "")
    if not settings.cluster:
        return config | {"current-context": current}
    contexts = [
        entry | {"context": entry["context"] | {"cluster": settings.cluster}}
        if entry.get("name") == current
        else entry
        for entry in config.get("contexts") or []
    ]
    return config | {"current-context": current, "contexts": contexts}


def context_namespace(config: dict[str, Any]) -> str:
    """Return the namespace of the current context, `default` when it names none."""
    context = _named(config, "contexts", config.get("current-context", "")).get("context") or {}
    return context.get("namespace") or "default"


def _named(config: dict[str, Any], section: str, name: str) -> dict[str, Any]:
    entries = config.get(section) or []
    return next((entry for entry in entries if entry.get("name") == name), {})


def _active_cluster(values: Properties) -> Any:
    """Return the cluster entry that the settings point at, None when that cannot be said."""
    settings = parse(values)
    if not settings.kubeconfig:
        return None
    try:
        config = load(_content(settings.kubeconfig))
    except Unreachable:
        return None
    current = settings.context or config.get("current-context", "")
    context = _named(config, "contexts", current).get("context")
    if not context:
        return None
    return _named(config, "clusters", settings.cluster or context.get("cluster", "")).get("cluster")


def check(values: Properties) -> list[Failure]:
    """Return what this plugin refuses in the settings."""
    if reveal(values).get("renderYamlToDirectory"):
        reason = "rendering YAML is not supported by the stand-in kubernetes plugin"
        return [Failure(property="renderYamlToDirectory", reason=reason)]
    return []


def diff(request: Change) -> Diff:
    """Say whether changed settings mean another cluster.

    With `clusterIdentifier` on both sides only its change replaces. Without, a change of the
    active cluster's entry in the kubeconfig does, as does one that cannot be known yet.
    """
    # Older engines send the provider's inputs as its state only.
    old = reveal(request.old_inputs or request.old)
    new = reveal(request.new)
    changed = sorted(key for key in old | new if old.get(key) != new.get(key))
    before, after = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    pinned = bool(after) and before == after
    replaces = ["clusterIdentifier"] if before and after and before != after else []
    unknown = [key for key in _IDENTITY if isinstance(new.get(key), Unknown)]
    if unknown:
        replaces.append(unknown[0])
    elif changed:
        was, now = _active_cluster(old), _active_cluster(new)
        if was is not None and now is not None and was != now:
            replaces.extend(key for key in _IDENTITY if key in changed)
    return Diff(changes=bool(changed), diffs=changed, replaces=() if pinned else replaces)
