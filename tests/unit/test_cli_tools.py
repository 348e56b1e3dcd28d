"""Which tool is used and which is refused; nothing is ever downloaded here."""

import asyncio
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from components import cli, cli_binary, cli_download
from components.cli_binary import Tool, Unusable
from tests.mesh import access, settings

WANTED = Tool(name="istioctl", version="1.28.3-patch0-solo")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing on PATH, no earlier download, and no way to the internet."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a test went to the internet")

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(cli_binary, "DOWNLOADS", tmp_path / ".bin")
    monkeypatch.setattr(cli_download, "DOWNLOADS", tmp_path / ".bin")
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")


def script(path: Path, says: str, code: int = 0) -> str:
    path.write_text(f"#!{sys.executable}\nprint({says!r})\nraise SystemExit({code})\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def says(version: str) -> str:
    return json.dumps({"clientVersion": {"version": version, "revision": "abc"}})


def problems(**values: Any) -> list[str]:
    config = settings(["alpha"], links={"mode": "istioctl"}, **values)
    return asyncio.run(cli.check_tools(config, access(config)))


def test_without_a_mode_that_needs_them_no_tool_is_looked_for() -> None:
    config = settings(["alpha"])

    assert asyncio.run(cli.check_tools(config, access(config))) == []


def test_a_tool_that_is_not_there_is_named_with_the_ways_to_get_it() -> None:
    [line] = problems()

    assert line.startswith("cli.istioctl: found no istioctl on PATH; ")
    assert "allowed: istioctl 1.28.3-patch0-solo; fix: put it on PATH" in line


def test_the_pinned_version_on_path_is_used(tmp_path: Path) -> None:
    path = script(tmp_path / "istioctl", says("1.28.3-patch0-solo"))

    assert cli_binary.check(WANTED) == path
    assert problems() == []


@pytest.mark.parametrize("version", ["1.28.3", "1.26.2-solo", "1.28.3-patch0-solo-dirty"])
def test_another_version_on_path_is_refused(tmp_path: Path, version: str) -> None:
    path = script(tmp_path / "istioctl", says(version))

    [line] = problems()

    assert f"found version {version} at {path}; allowed: istioctl 1.28.3-patch0-solo" in line
    assert "belongs to meshVersion; fix: " in line


def test_a_named_path_wins_over_the_one_on_path(tmp_path: Path) -> None:
    script(tmp_path / "istioctl", says("1.28.3-patch0-solo"))
    own = script(tmp_path / "own", says("1.26.2-solo"))

    [line] = problems(cli={"istioctl": own})

    assert f"found version 1.26.2-solo at {own}" in line


def test_a_named_path_that_cannot_be_run_is_refused(tmp_path: Path) -> None:
    [missing] = problems(cli={"istioctl": str(tmp_path / "none")})
    (tmp_path / "text").write_text("no program", encoding="utf-8")
    [text] = problems(cli={"istioctl": str(tmp_path / "text")})

    assert "(No such file or directory)" in missing
    assert "(Permission denied)" in text


def test_what_says_no_version_is_refused_in_its_own_words(tmp_path: Path) -> None:
    script(tmp_path / "istioctl", "unknown command", 2)

    [line] = problems()

    assert "found version 'unknown command' (exit code 2) at" in line


def test_meshctl_has_the_version_of_the_management_plane(tmp_path: Path) -> None:
    script(tmp_path / "meshctl", json.dumps({"client": {"version": "2.8.0"}}))
    config = settings(["alpha"], management={"cluster": "alpha", "mode": "meshctl"})

    [line] = asyncio.run(cli.check_tools(config, access(config)))

    assert "cli.meshctl: found version 2.8.0" in line
    assert "allowed: meshctl 2.10.1, which belongs to management.version" in line


def test_a_download_without_a_checksum_is_refused_and_says_what_to_write() -> None:
    [line] = problems(cli={"download": True})

    assert "found none for istioctl-1.28.3-patch0-solo-linux-arm64.tar.gz" in line
    address = "soloio-istio-binaries/release/1.28.3-patch0-solo/istioctl-1.28.3-patch0-solo-linux"
    assert address in line


def test_files_are_named_for_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    meshctl = Tool(name="meshctl", version="2.10.1")
    assert cli_download.address(meshctl).endswith("/meshctl/v2.10.1/meshctl-linux-arm64")

    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert cli_download.file_name(WANTED).endswith("-solo-osx-amd64.tar.gz")
    assert cli_download.address(meshctl).endswith("/meshctl-darwin-amd64")

    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(Unusable, match="found Darwin on riscv64"):
        cli_download.file_name(WANTED)


def archive(name: str) -> bytes:
    content = f"#!{sys.executable}\nprint({says(WANTED.version)!r})\n".encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as file:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        file.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def test_what_was_pinned_is_installed_and_used() -> None:
    content = archive("istioctl")
    wanted = Tool(**{**vars(WANTED), "download": True})

    path = cli_download.install(wanted, content, hashlib.sha256(content).hexdigest())

    assert cli_binary.check(wanted) == str(path)


def test_what_was_not_pinned_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="nothing was kept"):
        cli_download.install(WANTED, archive("istioctl"), "0" * 64)

    assert not (tmp_path / ".bin").exists()


def test_an_archive_without_the_tool_is_refused() -> None:
    content = archive("readme")

    with pytest.raises(Unusable, match="found no istioctl in istioctl"):
        cli_download.install(WANTED, content, hashlib.sha256(content).hexdigest())


def test_with_downloads_path_has_no_say(tmp_path: Path) -> None:
    script(tmp_path / "istioctl", says(WANTED.version))

    assert cli_binary.locate(Tool(**{**vars(WANTED), "download": True})) is None
