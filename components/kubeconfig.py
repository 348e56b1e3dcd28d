"""Cuts one context out of a kubeconfig file, so that a provider sees exactly one cluster.

The result is data, ready to be serialised: whole files never reach the state, nor does any other
context. Certificates named by a path are inlined, because a path means nothing on the next machine;
token files and credential plugins stay paths, absolute ones.
"""

import base64
import os
from pathlib import Path
from typing import Any

import yaml

_FILES = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
}


class KubeconfigError(Exception):
    """A kubeconfig file or a context in it cannot be used; the message says why and the fix."""


def default_paths() -> list[Path]:
    """Return the files that kubectl would read, first match first."""
    listed = os.environ.get("KUBECONFIG", "")
    paths = [Path(part) for part in listed.split(os.pathsep) if part]
    return paths or [Path("~/.kube/config").expanduser()]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise KubeconfigError(
            f"found {str(path)!r} ({error.strerror}); allowed: a readable kubeconfig;"
            " fix: name another file"
        ) from None
    except RuntimeError:
        raise KubeconfigError(
            f"found {str(path)!r}; allowed: a readable kubeconfig; fix: nobody has this home folder"
        ) from None
    except (yaml.YAMLError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise KubeconfigError(
            f"found {str(path)!r}; allowed: a kubeconfig; fix: the file is not one, name another"
        )
    return content


def _entries(config: dict[str, Any], section: str) -> list[dict[str, Any]]:
    found = config.get(section)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _named(config: dict[str, Any], section: str, name: object) -> dict[str, Any] | None:
    for entry in _entries(config, section):
        if entry.get("name") == name:
            value = entry.get(section.removesuffix("s"))
            return value if isinstance(value, dict) else None
    return None


def _inlined(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    result = dict(entry)
    for key, data_key in _FILES.items():
        if name := result.pop(key, None):
            try:
                content = (folder / str(name)).read_bytes()
            except OSError as error:
                raise KubeconfigError(
                    f"found {key} {name!r}; allowed: a readable file; fix: {error.strerror}"
                ) from None
            result.setdefault(data_key, base64.b64encode(content).decode())
    return result


def _anchored(user: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a user whose remaining paths are absolute: they are relative to their kubeconfig.

    A token file is not inlined, because whoever writes it does so again and again.
    """
    result = dict(user)
    if file := result.get("tokenFile"):
        result["tokenFile"] = str(folder / str(file))
    plugin = result.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command")):
        result["exec"] = plugin | {"command": str(folder / str(plugin["command"]))}
    return result


def _server(cluster: dict[str, Any], file: Path) -> None:
    server = cluster.get("server")
    if not isinstance(server, str) or not server.startswith(("https://", "http://")):
        raise KubeconfigError(
            f"found server {server!r} in {file}; allowed: an https:// address;"
            " fix: mend the kubeconfig"
        )


def single_context(path: str | None, context: str) -> dict[str, Any]:
    """Return a kubeconfig that holds one context and what it needs, as data.

    Args:
        path: kubeconfig file; None reads what kubectl would read.
        context: name of the context.

    Raises:
        KubeconfigError: naming what was found, what is allowed and the fix.
    """
    paths = [Path(path)] if path else default_paths()
    known: list[str] = []
    for file in paths:
        if not path and not file.exists():
            continue
        config = _read(file)
        chosen = _named(config, "contexts", context)
        if chosen is None:
            known += [str(entry.get("name")) for entry in _entries(config, "contexts")]
            continue
        folder = file.expanduser().resolve().parent
        cluster = _named(config, "clusters", chosen.get("cluster"))
        user = _named(config, "users", chosen.get("user"))
        if cluster is None or user is None:
            raise KubeconfigError(
                f"found {context!r} in {file}; allowed: a context whose cluster and user are in"
                " the same file; fix: mend the kubeconfig"
            )
        _server(cluster, file)
        user = _anchored(_inlined(user, folder), folder)
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
            "clusters": [{"name": context, "cluster": _inlined(cluster, folder)}],
            "users": [{"name": context, "user": user}],
        }
    files = ", ".join(str(file) for file in paths)
    allowed = ", ".join(sorted(known)) or "none is there"
    raise KubeconfigError(
        f"found {context!r}; allowed: a context of {files} ({allowed});"
        " fix: name one of them, or set kubeconfig"
    )
