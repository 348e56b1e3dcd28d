"""Which chart a release means, and how helm is told without credentials in its arguments."""

import base64
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import yaml

from localcloud.plugins.kubernetes import helm
from localcloud.plugins.kubernetes.helm import Helm, HelmError

_FILES = (("caFile", "--ca-file"), ("certFile", "--cert-file"), ("keyFile", "--key-file"))


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A chart as helm's command line takes it.

    Args:
        chart: a path, ``repo/name``, a name for ``--repo``, or an ``oci://`` address.
        flags: what goes with it.
        environment: where credentials are, as files.
        index: the repository whose index helm must fetch first; empty for none.
    """

    chart: str
    flags: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    index: str = ""


def resolve(release: Mapping[str, Any]) -> tuple[str, str]:
    """Return the repository's URL, empty for none, and the chart's name within it."""
    chart = str(release.get("chart") or "").strip()
    repository = str((release.get("repositoryOpts") or {}).get("repo") or "")
    if chart.startswith("oci://"):
        return "", chart
    if urlparse(repository).scheme:
        return repository, chart
    if repository and "/" not in chart:
        return "", f"{repository}/{chart}"
    return "", chart


def _flags(release: Mapping[str, Any], url: str) -> tuple[str, ...]:
    options = release.get("repositoryOpts") or {}
    flags: list[str] = ["--repo", url] if url else []
    if release.get("version"):
        flags += ["--version", str(release["version"])]
    elif release.get("devel"):
        flags.append("--devel")
    if release.get("verify"):
        flags.append("--verify")
    if release.get("keyring"):
        flags += ["--keyring", str(release["keyring"])]
    for key, flag in _FILES:
        if options.get(key):
            flags += [flag, str(options[key])]
    return tuple(flags)


@contextmanager
def reference(release: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield the reference for a release in plain text; its credential files live as long."""
    url, chart = resolve(release)
    options = release.get("repositoryOpts") or {}
    if not (options.get("username") and options.get("password")):
        yield Reference(chart=chart, flags=_flags(release, url))
        return
    base = helm.home()
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="login-", dir=base) as directory:
        path = Path(directory) / "login"
        path.touch(mode=0o600)
        if not url:
            path.write_text(_registry_login(chart, options), encoding="utf-8")
            login = {"HELM_REGISTRY_CONFIG": str(path)}
            yield Reference(chart=chart, flags=_flags(release, ""), environment=login)
            return
        name = "r" + hashlib.sha256(url.encode()).hexdigest()[:16]
        entry = {**options, "name": name, "url": url}
        entry.pop("repo", None)
        path.write_text(
            yaml.safe_dump({"apiVersion": "", "repositories": [entry]}), encoding="utf-8"
        )
        login = {"HELM_REPOSITORY_CONFIG": str(path)}
        flags = _flags(release, "")
        yield Reference(chart=f"{name}/{chart}", flags=flags, environment=login, index=name)


def _registry_login(chart: str, options: Mapping[str, Any]) -> str:
    pair = f"{options['username']}:{options['password']}".encode()
    host = urlparse(chart).netloc
    return json.dumps({"auths": {host: {"auth": base64.b64encode(pair).decode()}}})


def load(runner: Helm, release: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chart's metadata, its dependencies present.

    Raises:
        HelmError: there is no such chart, or a dependency is missing.
    """
    with reference(release) as ref:
        if ref.index:
            runner.run("repo", "update", ref.index, environment=ref.environment)
        text = runner.run("show", "chart", ref.chart, *ref.flags, environment=ref.environment)
    metadata: dict[str, Any] = yaml.safe_load(text)
    missing = _missing(Path(ref.chart), metadata)
    if missing and release.get("dependencyUpdate"):
        runner.run("dependency", "update", ref.chart)
    elif missing:
        names = ", ".join(missing)
        raise HelmError(
            f"found in Chart.yaml, but missing in charts/ directory: {names}; "
            "set dependencyUpdate, or run: helm dependency update"
        )
    return metadata


def _missing(path: Path, metadata: Mapping[str, Any]) -> list[str]:
    """Return a chart folder's dependencies that are not in its ``charts`` folder."""
    if not path.is_dir():
        return []
    there = [entry.name for entry in (path / "charts").glob("*")]
    names = [str(one["name"]) for one in metadata.get("dependencies") or []]
    return [n for n in names if not any(e == n or e.startswith(f"{n}-") for e in there)]
