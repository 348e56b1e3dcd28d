"""The stand-in CopyToRemote lays files out on a remote host as the real one does."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.plugins import assets
from localcloud.plugins.command.provider import CommandProvider
from localcloud.plugins.engine import Engine
from localcloud.plugins.provider import ProviderError
from localcloud.plugins.values import SIGNATURE, UNKNOWN
from tests.localcloud.plugins.lifecycle import Resource
from tests.localcloud.plugins.ssh_server import Server

COPY = "command:remote:CopyToRemote"


def asset(**content: Any) -> dict[str, Any]:
    return {SIGNATURE: assets.ASSET_SIGNATURE, "hash": str(content), **content}


def archive(**content: Any) -> dict[str, Any]:
    return {SIGNATURE: assets.ARCHIVE_SIGNATURE, "hash": str(content), **content}


@pytest.fixture
def transfer() -> Resource:
    return Resource(CommandProvider(Engine("")), COPY)


def test_a_text_is_written_with_its_folders(
    transfer: Resource, server: Server, tmp_path: Path
) -> None:
    there = tmp_path / "a" / "b" / "c.txt"
    inputs = {"connection": server.connection(), "source": asset(text="hello")}
    transfer.create({**inputs, "remotePath": str(there)})

    assert there.read_text() == "hello"
    with pytest.raises(ProviderError, match="is a directory"):
        Resource(transfer.provider, COPY).create({**inputs, "remotePath": str(tmp_path / "a")})


def test_a_file_goes_into_a_folder_and_over_a_file(
    transfer: Resource, server: Server, tmp_path: Path
) -> None:
    source, folder = tmp_path / "s.txt", tmp_path / "folder"
    source.write_text("new")
    folder.mkdir()
    (tmp_path / "old").write_text("a longer old text")
    inputs = {"connection": server.connection(), "source": asset(path=str(source))}
    transfer.create({**inputs, "remotePath": str(folder)})
    transfer.create({**inputs, "remotePath": str(tmp_path / "old")})

    assert (folder / "s.txt").read_text() == "new"
    assert (tmp_path / "old").read_text() == "new"


@pytest.mark.parametrize(("slash", "inside"), [("", "tree/"), ("/", "")])
def test_a_folder_is_copied_whole(
    transfer: Resource, server: Server, tmp_path: Path, slash: str, inside: str
) -> None:
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "f").write_text("x")
    source = archive(path=f"{tmp_path}/tree{slash}")
    there = tmp_path / "there"
    transfer.create({"connection": server.connection(), "source": source, "remotePath": str(there)})

    assert (there / f"{inside}deep/f").read_text() == "x"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (archive(assets={"a": asset(text="1")}), "archive must be a path to a file or directory"),
        (archive(uri="file:///x.zip"), "archive must be a path to a file or directory"),
        (asset(uri="file:///x"), "asset must be a path-based file asset or a text asset"),
        ({}, "either asset or archive must be set"),
        (UNKNOWN, "either asset or archive must be set"),
    ],
)
def test_a_source_is_a_path_or_a_text(
    transfer: Resource, server: Server, source: object, reason: str
) -> None:
    inputs = {"connection": server.connection(), "source": source, "remotePath": "/x"}

    assert transfer.failures(inputs) == [reason]


def test_only_a_new_source_or_place_copies_again(
    transfer: Resource, server: Server, tmp_path: Path
) -> None:
    there = tmp_path / "f"
    inputs = {
        "connection": server.connection(),
        "source": asset(text="one"),
        "remotePath": str(there),
    }
    transfer.create(inputs)
    there.unlink()
    transfer.update({**inputs, "connection": server.connection(user="other")})
    assert not there.exists()
    transfer.update({**inputs, "source": asset(text="two")})

    assert there.read_text() == "two"
