"""The CRDs of the Gateway API: pinned files, put together as a chart in this checkout.

A chart, because a stack's state holds an object three times, and these are 700 kB: of a Helm
release it holds names. The chart keeps every CRD on uninstall: Gateways of others need them too.
"""

import hashlib
import re
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

GROUP: Final = "gateway.networking.k8s.io"
CHARTS: Final = Path(".local") / "gateway-api"
"""Of this checkout, seen from ``Pulumi.yaml``; one chart a version."""
DOWNLOAD_SECONDS: Final = 60

CHECKSUMS: Final[Mapping[str, Mapping[str, str]]] = {
    "v1.3.0": {
        "gatewayclasses": "7c8ee2c1878d9dcc6ba106181e3d14d7eaa520ec070233d62f3aa0d674d19450",
        "gateways": "c949e7c3951227b92a582817a7a660558ce0fb94c081da264b4e2bbe4a1e5387",
        "grpcroutes": "5867279c3cfd77377fe7e9255b22751f17592242b9b5e7485c74b13b268d13c5",
        "httproutes": "a4ecf600c7e0bfd3cdb24e6411938d9b330117a26675f303cc6d9a407cb257d1",
        "referencegrants": "7587b2e7e5b1b9a26717b3ef8142f64e6600637eadf481a6bd0031740644b495",
    },
    "v1.4.1": {
        "backendtlspolicies": "f94f34b0c19cab6c25b53a6e672d9a684116a4e52193531fe2abcea20b51574f",
        "gatewayclasses": "7d958ad3965ea4a4996616846d9ecaf1fededbf9351b9752b8b85973936ae8c8",
        "gateways": "a02ea425fc901f197b668c9ddd56375e1f6896994914c6e6b9b4fdb85cf3ba6e",
        "grpcroutes": "b72068b42cb32051ca609e5a8dfefb16904d164abe2e71d9f3c776fae41c4dab",
        "httproutes": "98c6777c22309d319292e9c288ee632006c9ffdd4272383d6f9dffa3fbccaf14",
        "referencegrants": "d74fc2f8e90094f4c4d6dc13a2d720011a40e30e5640b3e2a2051fac820f6584",
    },
}
"""SHA-256 of every file of the standard channel, as the tag of that version has it (also the Go
module ``sigs.k8s.io/gateway-api``, which go.sum vouches for)."""

_NAME: Final = re.compile(rb"^  name: (\S+)$", re.MULTILINE)
_BUNDLE: Final = re.compile(
    rb"^    gateway\.networking\.k8s\.io/bundle-version: (\S+)$", re.MULTILINE
)

_TEMPLATE: Final = """\
{{- range $path, $_ := .Files.Glob "files/*.yaml" }}
{{- $crd := $.Files.Get $path | fromYaml }}
{{- if has $crd.metadata.name $.Values.crds }}
{{- $kept := dict "helm.sh/resource-policy" "keep" }}
{{- $all := merge $kept $.Values.annotations $crd.metadata.annotations }}
{{- $_ := set $crd.metadata "annotations" $all }}
---
{{ toYaml $crd }}
{{- end }}
{{- end }}
"""
"""Of the chart: adds the mark of the owner, and what keeps a CRD on uninstall."""


class CrdError(Exception):
    """The files cannot be had, or are not what they should be; the message is one line."""


def names(version: str) -> tuple[str, ...]:
    """Return the CRDs of a version that ``CHECKSUMS`` has."""
    return tuple(f"{plural}.{GROUP}" for plural in CHECKSUMS[version])


def chart(version: str) -> Path:
    """Return where the chart of a version is, once it is put together."""
    return CHARTS / version


def ensure(version: str, source: str) -> None:
    """Put the chart of a version together, unless it is there already.

    Args:
        version: of the Gateway API, for example ``v1.4.1``.
        source: a folder with the files of the standard channel, which are taken as they are; or the
            address of the repository's raw files, of which every one must have its checksum.

    Raises:
        CrdError: a file cannot be had, or is not the one that it should be.
    """
    local = "://" not in source
    read = _read if local else _download
    folder = source if local else f"{source.rstrip('/')}/{version}/config/crd/standard"
    if not local and (chart(version) / "Chart.yaml").is_file() and _is_pinned(version):
        return
    files = {
        plural: read(f"{folder}/{GROUP}_{plural}.yaml", digest)
        for plural, digest in CHECKSUMS[version].items()
    }
    bundles = {_bundle(plural, content) for plural, content in files.items()}
    if len(bundles) > 1:
        raise CrdError(f"{source!r} mixes {' and '.join(sorted(bundles))}")
    bundle = bundles.pop()
    if _numbers(bundle)[:2] < _numbers(version)[:2]:
        raise CrdError(f"{source!r} has {bundle}, and this mesh version needs {version}")
    _write(version, bundle, files)


def _is_pinned(version: str) -> bool:
    """Whether the files of a chart are those of ``CHECKSUMS``: a folder's may have been others."""
    try:
        return all(
            hashlib.sha256(_file(chart(version), plural).read_bytes()).hexdigest() == digest
            for plural, digest in CHECKSUMS[version].items()
        )
    except OSError:
        return False


def _file(folder: Path, plural: str) -> Path:
    return folder / "files" / f"{GROUP}_{plural}.yaml"


def _read(path: str, _digest: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise CrdError(f"cannot read {path!r}: {reason}") from None


def _download(address: str, digest: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=DOWNLOAD_SECONDS) as answer:  # noqa: S310 the user's own address
            content: bytes = answer.read()
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise CrdError(f"cannot download {address}: {reason}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise CrdError(f"{address} has the SHA-256 {found}, and {digest} is expected")
    return content


def _bundle(plural: str, content: bytes) -> str:
    # By its lines: to parse 700 kB of YAML would cost every run a second.
    name, bundle = _NAME.search(content), _BUNDLE.search(content)
    is_crd = b"\nkind: CustomResourceDefinition\n" in content
    if is_crd and name and bundle and name[1].decode() == f"{plural}.{GROUP}":
        return bundle[1].decode()
    raise CrdError(f"{GROUP}_{plural}.yaml is not the CRD {plural}.{GROUP} of a released bundle")


def _numbers(version: str) -> list[int]:
    parts = version.removeprefix("v").split("-")[0].split(".")
    return [int(part) for part in parts if part.isdigit()]


def _write(version: str, bundle: str, files: Mapping[str, bytes]) -> None:
    """Replace the chart as a whole: a run that reads it meanwhile sees the old one or the new."""
    CHARTS.mkdir(parents=True, exist_ok=True)
    meta = {
        "apiVersion": "v2",
        "name": "gateway-api",
        "description": "CRDs of the Gateway API, put together by ambientmesh from pinned files.",
        "version": bundle.removeprefix("v"),
    }
    values: dict[str, object] = {"crds": [], "annotations": {}}
    with tempfile.TemporaryDirectory(dir=CHARTS) as scratch:
        made = Path(scratch) / "chart"
        for folder in ("templates", "files"):
            (made / folder).mkdir(parents=True)
        (made / "Chart.yaml").write_text(yaml.safe_dump(meta), encoding="utf-8")
        (made / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        (made / "templates" / "crds.yaml").write_text(_TEMPLATE, encoding="utf-8")
        for plural, content in files.items():
            _file(made, plural).write_bytes(content)
        if _same(made, chart(version)):
            return
        shutil.rmtree(chart(version), ignore_errors=True)
        made.rename(chart(version))


def _same(one: Path, other: Path) -> bool:
    def content(folder: Path) -> dict[str, bytes]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    return content(one) == content(other)
