"""Fetches a pinned tool into this checkout, and lets nothing through that is not what was pinned.

Verified is the SHA-256 of the downloaded file, against a checksum that somebody has written down:
``versions.CHECKSUMS`` or ``cli.checksums``. Solo documents no checksum beside its files, and one
from the same bucket would prove no more than TLS does: whoever can change the file can change it
too. Without a checksum nothing is downloaded.
"""

import hashlib
import io
import os
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from typing import Final

from components.cli_binary import DOWNLOADS, Tool, Unusable, machine

ISTIOCTL: Final = "https://storage.googleapis.com/soloio-istio-binaries/release"
"""Solo's builds of istioctl, a folder for each version."""
MESHCTL: Final = "https://storage.googleapis.com/meshctl"
"""Builds of meshctl, a folder for each version."""
TIMEOUT: Final = 120
"""Seconds without a byte until a download is given up."""


def file_name(tool: Tool) -> str:
    """Return the name of the file for this machine; by it checksums are written down."""
    system, processor = machine(tool.name)
    if tool.name == "istioctl":
        return f"istioctl-{tool.version}-{system}-{processor}.tar.gz"
    suffix = ".exe" if system == "windows" else ""
    return f"meshctl-{tool.version}-{system}-{processor}{suffix}"


def address(tool: Tool) -> str:
    """Return where the file for this machine is."""
    if tool.name == "istioctl":
        return f"{ISTIOCTL}/{tool.version}/{file_name(tool)}"
    # There, the version is in the folder's name only.
    return f"{MESHCTL}/v{tool.version}/{file_name(tool).replace(f'-{tool.version}', '')}"


def checksum(tool: Tool) -> str:
    """Return the SHA-256 that the file must have.

    Raises:
        Unusable: nobody has written one down.
    """
    wanted = file_name(tool)
    for name, value in tool.checksums:
        if name == wanted:
            return value
    raise Unusable(
        f"cli.checksums: found none for {wanted}; allowed: the SHA-256 of every file to download;"
        f" fix: check {address(tool)} by a way that you trust, and write its SHA-256 there"
    )


def fetch(tool: Tool) -> Path:
    """Download a tool to ``DOWNLOADS`` and return its executable.

    Raises:
        Unusable: there is no checksum, it does not answer, or the file is another one.
    """
    wanted, source = checksum(tool), address(tool)
    try:
        with urllib.request.urlopen(source, timeout=TIMEOUT) as answer:  # noqa: S310 https, fixed
            content: bytes = answer.read()
    except OSError as error:
        raise Unusable(
            f"cli.download: found {source} ({error}); allowed: a file that can be downloaded;"
            f" fix: name a path in cli.{tool.name}"
        ) from None
    return install(tool, content, wanted)


def install(tool: Tool, content: bytes, wanted: str) -> Path:
    """Put a downloaded file in its place, in one step.

    Raises:
        Unusable: its SHA-256 is not the one that is wanted, or the tool is not in it.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != wanted.lower():
        raise Unusable(
            f"cli.checksums: found {file_name(tool)} with SHA-256 {found}; allowed: {wanted};"
            " fix: nothing was kept; find out which of the two is right"
        )
    DOWNLOADS.mkdir(exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=DOWNLOADS)
    with os.fdopen(handle, "wb") as file:
        file.write(_extracted(tool, content) if file_name(tool).endswith(".tar.gz") else content)
    Path(scratch).chmod(0o755)
    return Path(scratch).replace(tool.downloaded)


def _extracted(tool: Tool, content: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file and Path(member.name).stem == tool.name:
                return file.read()
    raise Unusable(
        f"cli.download: found no {tool.name} in {file_name(tool)}; allowed: an archive that has it;"
        f" fix: name a path in cli.{tool.name}"
    )
