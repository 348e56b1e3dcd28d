"""Files copied to a remote host over sftp.

| source | destination is a folder | does not exist | is a file |
|---|---|---|---|
| folder | folder/name | folder/name | error |
| folder/ | its content into it | its content into it | error |
| file | folder/name | that path | overwritten |
"""

import io
import posixpath
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import paramiko

from localcloud.plugins import assets
from localcloud.plugins.command import ssh
from localcloud.plugins.provider import ProviderError


def copy(inputs: Mapping[str, Any], cancelled: threading.Event) -> None:
    """Copy ``source`` (CopyToRemote) or ``localPath`` (CopyFile) to ``remotePath``.

    Raises:
        ProviderError: no connection, or reading or writing failed.
    """
    destination = str(inputs["remotePath"])
    with ssh.connect(inputs["connection"], cancelled) as transport:
        sftp = paramiko.SFTPClient.from_transport(transport)
        if sftp is None:
            raise ProviderError("the remote host offers no sftp")
        try:
            with sftp:
                if "localPath" in inputs:
                    with Path(inputs["localPath"]).open("rb") as source:
                        sftp.putfo(source, destination)
                else:
                    _Copy(sftp).place(inputs["source"], destination)
        except (OSError, EOFError, ValueError, paramiko.SSHException) as error:
            raise ProviderError(f"failed to copy to remote path {destination}: {error}") from None


class _Copy:
    """One copy over one sftp session."""

    def __init__(self, sftp: paramiko.SFTPClient) -> None:
        self._sftp = sftp

    def place(self, source: Mapping[str, Any], destination: str) -> None:
        """Copy a file, folder or text; archives are not unpacked."""
        if source.get("path"):
            self._path(str(source["path"]), destination)
        else:
            self._file(io.BytesIO(assets.content(source)), "", destination)

    def _mode(self, path: str) -> int | None:
        try:
            return self._sftp.stat(path).st_mode or 0
        except FileNotFoundError:
            return None

    def _is_folder(self, path: str) -> bool:
        return stat.S_ISDIR(self._mode(path) or 0)

    def _require_no_file(self, path: str) -> None:
        if self._mode(path) is not None and not self._is_folder(path):
            raise OSError(f"remote path {path} exists but is not a directory")

    def _make_folders(self, path: str) -> None:
        if path in ("", "/", ".") or self._is_folder(path):
            return
        self._require_no_file(path)
        self._make_folders(posixpath.dirname(path))
        self._sftp.mkdir(path)

    def _file(self, source: IO[bytes], name: str, destination: str) -> None:
        if self._is_folder(destination):
            if not name:
                raise OSError(
                    f"remote path {destination} is a directory; when using a text asset, "
                    "remotePath must be a file path"
                )
            destination = posixpath.join(destination, name)
        self._make_folders(posixpath.dirname(destination))
        self._sftp.putfo(source, destination)

    def _path(self, source: str, destination: str) -> None:
        local = Path(source)
        if not local.is_dir():
            with local.open("rb") as file:
                self._file(file, local.name, destination)
            return
        self._require_no_file(destination)
        if not source.endswith("/"):
            destination = posixpath.join(destination, local.name)
            self._require_no_file(destination)
        self._make_folders(destination)
        for path in sorted(local.rglob("*")):
            there = posixpath.join(destination, path.relative_to(local).as_posix())
            if path.is_dir():
                self._make_folders(there)
            else:
                self._sftp.put(str(path), there)
