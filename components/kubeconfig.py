"""Cuts one context out of a kubeconfig file, so that a provider sees exactly one cluster.

The result is data, ready to be serialised: whole files never reach the state, nor does any other
context. Certificates named by a path are inlined, because a path means nothing on the next machine.
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
            f"found {str(path)!r}; allowed: a readable kubeconfig; fix: {error.strerror}"
        ) from None
    except yaml.YAMLError:
        content = None
    if not isinstance(content, dict):
        raise KubeconfigError(
            f"found {str(path)!r}; allowed: a kubeconfig; fix: the file is not one, name another"
        )
    return content


def _named(config: dict[str, Any], section: str, name: object) -> dict[str, Any] | None:
    for entry in config.get(section) or []:
        if isinstance(entry, dict) and entry.get("name") == name:
            value = entry.get(section.removesuffix("s"))
            return value if isinstance(value, dict) else None
    return None


def _inlined(entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    result = dict(entry)
    for key, data_key in _FILES.items():
        if name := result.pop(key, None):
            try:
                content = (folder / name).read_bytes()
            except OSError as error:
                raise KubeconfigError(
                    f"found {key} {name!r}; allowed: a readable file; fix: {error.strerror}"
                ) from None
            result.setdefault(data_key, base64.b64encode(content).decode())
    return result


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
            known += [str(c.get("name")) for c in config.get("contexts") or []]
            continue
        folder = file.expanduser().resolve().parent
        cluster = _named(config, "clusters", chosen.get("cluster"))
        user = _named(config, "users", chosen.get("user"))
        if cluster is None or user is None:
            raise KubeconfigError(
                f"found {context!r} in {file}; allowed: a context whose cluster and user are in"
                " the same file; fix: mend the kubeconfig"
            )
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
            "clusters": [{"name": context, "cluster": _inlined(cluster, folder)}],
            "users": [{"name": context, "user": _inlined(user, folder)}],
        }
    files = ", ".join(str(file) for file in paths)
    allowed = ", ".join(sorted(known)) or "none, no kubeconfig was found"
    raise KubeconfigError(
        f"found {context!r}; allowed: a context of {files} ({allowed});"
        " fix: name one of them, or set kubeconfig"
    )
