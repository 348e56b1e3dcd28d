"""Assets and archives of the Pulumi protocol, read where the program's files are.

The signatures are those of ``pulumi/sdk/go/common/resource/sig``.
"""

import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from localcloud.plugins.values import SIGNATURE

ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_DOWNLOAD_SECONDS: Final = 60.0


def is_asset(value: Any) -> bool:
    """Tell whether ``value`` is one file, given as text, path or URI."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) == ASSET_SIGNATURE


def is_archive(value: Any) -> bool:
    """Tell whether ``value`` is an archive, given as path, URI or a map of assets."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) == ARCHIVE_SIGNATURE


def from_path(path: str) -> dict[str, str]:
    """Return the asset for a local file."""
    return {SIGNATURE: ASSET_SIGNATURE, "path": path}


def content(asset: Mapping[str, Any]) -> bytes:
    """Return an asset's bytes.

    Raises:
        OSError: the file or address cannot be read.
        ValueError: the asset has neither text, path nor URI.
    """
    if isinstance(asset.get("text"), str) and not asset.get("path") and not asset.get("uri"):
        return str(asset["text"]).encode()
    if asset.get("path"):
        return Path(asset["path"]).read_bytes()
    if asset.get("uri"):
        return _download(str(asset["uri"]))
    raise ValueError("the asset has no text, path or URI")


def _download(uri: str) -> bytes:
    """Return what is at an http, https or file address."""
    if not uri.startswith(("http://", "https://", "file://")):
        raise ValueError(f"{uri} is not an http, https or file address")
    with urllib.request.urlopen(uri, timeout=_DOWNLOAD_SECONDS) as answer:  # noqa: S310 - checked
        data: bytes = answer.read()
    return data
