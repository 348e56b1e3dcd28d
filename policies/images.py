"""Which images and charts a plan brings into a cluster, as far as its resources say."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from policies.policy import Context, Finding, Policy
from policies.resource import Resource
from policies.values import UNKNOWN, items, shown
from policies.values import Path as Where

RELEASES: Final = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
_FULL: Final = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+([-+._][\w.+-]+)?")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_AT_DIGEST: Final = re.compile(r"@(sha[0-9]+:[0-9a-f]+)$")
_ALIAS: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
"""A chart of a repository that `helm repo add` has given a name."""
_DOCKER: Final = "docker.io"
_SET_BY: Final = "mesh.hub, charts.* and bookinfo.registry say where from"
"""The keys that name registries: where images and charts of the project come from."""


class Source(NamedTuple):
    """An image or a chart, or as much of it as one place says."""

    what: str
    where: str
    name: str = ""
    """With its registry, without scheme and version; empty where another place says it."""
    version: str | None = None
    """Tag or digest; None where another place says it."""


def split(image: str) -> tuple[str, str]:
    """Return an image's name with its registry, and its digest, or else its tag."""
    head, slash, last = _address(image).rpartition("/")
    last, _, tag = last.partition(":")
    return registry_of(f"{head}{slash}{last}"), _digest(image) or tag


def _digest(text: str) -> str:
    """Return the digest that an address ends with; nothing if there is none."""
    found = _AT_DIGEST.search(text)
    return found[1] if found else ""


def registry_of(name: str) -> str:
    """Return the name of an image with the registry that a container runtime adds to it."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return f"{_DOCKER}/{rest}" if first == f"index.{_DOCKER}" else name
    return f"{_DOCKER}/{name}" if slash else f"{_DOCKER}/library/{name}"


def is_pinned(version: str) -> bool:
    """Whether a tag has a full version, or a digest stands in its place."""
    return bool(_FULL.fullmatch(version) or _DIGEST.fullmatch(version))


def is_allowed(name: str, registries: tuple[str, ...]) -> bool:
    """Whether a name begins with one of the registries, up to a slash."""
    return any(name == one or name.startswith(f"{one}/") for one in registries)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _tag(value: Any) -> str:
    """Return a tag: YAML makes a number of one without quotes, and Kubernetes would not."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return _text(value)


def _address(text: str) -> str:
    """Return what an address leads to, without scheme, digest and whoever it is opened as."""
    return _AT_DIGEST.sub("", text).rpartition("://")[2].rpartition("@")[2].rstrip("/")


def _from_map(image: Mapping[str, Any], where: str) -> Iterator[Source]:
    """Yield what a map ``image`` says: ``registry`` or ``hub``, ``repository``, its version."""
    registry = _address(_text(image.get("registry")) or _text(image.get("hub")))
    repository = _address(_text(image.get("repository")))
    name = f"{registry}/{repository}" if registry and repository else registry or repository
    version = _text(image.get("digest")) or _tag(image.get("tag"))
    if name or version:
        yield Source("image", where, registry_of(name) if name else "", version or None)


def _found(value: Any, path: Where) -> Iterator[Source]:
    """Yield the images that are named somewhere below a property."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _found(item, (*path, index))
    if not isinstance(value, Mapping):
        return
    where = shown(path)
    if hub := _address(_text(value.get("hub"))):
        yield Source("image", f"{where}.hub".lstrip("."), registry_of(hub))
    if (tag := _tag(value.get("tag"))) and (not path or path[-1] != "image"):
        yield Source("image", f"{where}.tag".lstrip("."), "", tag)
    for key, item in value.items():
        here = (*path, key)
        if key != "image":
            yield from _found(item, here)
        elif isinstance(item, Mapping):
            yield from _from_map(item, shown(here))
        elif isinstance(item, str) and ("/" in item or ":" in item):
            yield Source("image", shown(here), *split(item))


def _is_remote(chart: str, project: Path) -> bool:
    """Whether a chart is fetched: from an address, or from what `helm` on this machine calls so."""
    return "://" in chart or (bool(_ALIAS.fullmatch(chart)) and not (project / chart).exists())


def _chart(resource: Resource, project: Path) -> Iterator[Source]:
    chart = _text(resource.at("chart"))
    address = _text(resource.at("repositoryOpts", "repo")) or chart
    if _is_remote(address, project):
        version = resource.at("version")
        pin = None if version is UNKNOWN else _digest(chart) or _tag(version)
        yield Source("chart", "chart", _address(address), pin)


def sources(resource: Resource, project: Path) -> Iterator[Source]:
    """Yield the images and charts that a resource names.

    A chart from a folder of the project has been reviewed with it, and is none of them.
    """
    if resource.type in RELEASES:
        yield from _chart(resource, project)
        yield from _found(resource.at("values"), ("values",))
    elif resource.kind == "ServiceMeshController":
        if (version := resource.at("spec", "version")) is not UNKNOWN:
            yield Source("mesh", "spec.version", "", _tag(version))
        yield from _found(resource.at("spec"), ("spec",))
    elif resource.type.startswith("kubernetes:") and resource.at("spec") is not None:
        yield from _pod_images(resource.at("spec"), ("spec",))


def _pod_images(value: Any, path: Where) -> Iterator[Source]:
    """Yield the images of containers: those of a Pod, or of what makes Pods."""
    for index, item in enumerate(items(value)):
        yield from _pod_images(item, (*path, index))
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        here = (*path, key)
        if not key.lower().endswith("containers") or not isinstance(item, list):
            yield from _pod_images(item, here)
            continue
        for index, container in enumerate(item):
            image = container.get("image") if isinstance(container, Mapping) else None
            if isinstance(image, str):
                yield Source("image", shown((*here, index, "image")), *split(image))


def _is_told(source: Source, field: str, resource: Resource, context: Context) -> bool:
    """Whether a finding may quote a field of a source: it is not out of a secret."""
    wanted = (source.where, getattr(source, field))
    found = sources(resource.told, context.project)
    return wanted in ((one.where, getattr(one, field)) for one in found)


def unpinned(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse images and charts of which tomorrow's may be others than today's."""
    for source in sources(resource, context.project):
        if source.version is not None and not is_pinned(source.version):
            found = repr(source.version) if source.version else "no version"
            if not _is_told(source, "version", resource, context):
                found = "a version that is not full (not shown: it may be secret)"
            yield Finding(
                f"{resource.title} takes the {source.what} at {source.where} with {found}.",
                "write a full version such as 1.2.3, or a digest sha256:….",
            )


def foreign_registry(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse images and charts from places that the stack does not allow."""
    allowed = context.chosen.registries
    for source in sources(resource, context.project):
        if source.name and not is_allowed(source.name, allowed):
            told = _is_told(source, "name", resource, context)
            place = source.name if told else "a place that is secret"
            yield Finding(
                f"{resource.title} takes the {source.what} at {source.where} from {place}.",
                f"take it from one of {', '.join(allowed)} ({_SET_BY}), or add its place to"
                " policies.registries.",
            )


POLICIES: Final = (
    Policy(
        name="images-pinned",
        says="Images and charts have a full version or a digest.",
        of_resource=unpinned,
    ),
    Policy(
        name="registries-allowed",
        says="Images and charts come from the registries that the stack allows.",
        of_resource=foreign_registry,
    ),
)
