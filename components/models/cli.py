"""Command-line tools that the modes istioctl and meshctl, and virtual machines, need."""

from typing import Annotated

from pydantic import AfterValidator, Field

from components.fields import wrong
from components.models.base import Model
from components.shapes import like

_HEX = 64
"""Characters of a SHA-256."""


def _sha256(value: str) -> str:
    if len(value) != _HEX or set(value) - set("0123456789abcdef"):
        allowed = "a SHA-256: 64 characters of 0-9 and a-f"
        raise wrong(allowed, "write what sha256sum prints", "AM018")
    return value


class ChecksumSettings(Model):
    """The checksum of one file to download."""

    file: str = Field(min_length=1)
    """Its name, for example ``istioctl-1.28.3-patch0-solo-linux-amd64.tar.gz``."""
    sha256: Annotated[str, AfterValidator(_sha256), like(f"[0-9a-f]{{{_HEX}}}", _HEX, "SHA-256")]
    """What ``sha256sum`` prints of it."""


class CliSettings(Model):
    """Where istioctl and meshctl come from.

    Their versions follow from ``meshVersion`` and ``management.version``; any other is refused.
    """

    istioctl: str | None = Field(default=None, min_length=1)
    """Path of Solo's istioctl, seen from Pulumi.yaml; default: the one on PATH."""
    meshctl: str | None = Field(default=None, min_length=1)
    """Likewise."""
    download: bool = False
    """Whether tools are downloaded to ``.bin`` of this checkout, and PATH has no say."""
    checksums: tuple[ChecksumSettings, ...] = ()
    """Of the files to download: one without is not."""
