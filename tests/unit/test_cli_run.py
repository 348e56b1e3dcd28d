"""The runner: the right tool in the right version, and secrets that nothing else sees."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components import cli_run

TOKEN = "canary-token-0123456789"  # noqa: S105 a canary
PAYLOAD: dict[str, Any] = {
    "kubeconfig": {"users": [{"name": "alpha", "user": {"token": TOKEN}}]},
    "environment": {"RELAY_TOKEN": "canary-relay-42"},
    "stdin": "canary-stdin-77",
}

SCRIPT = """#!{python}
import json, os, sys
if sys.argv[1:2] == ["version"]:
    print(json.dumps({{"clientVersion": {{"version": "1.28.3-solo"}}}}))
    sys.exit()
path = os.environ["KUBECONFIG"]
seen = {{
    "argv": sys.argv[1:],
    "kubeconfig": json.load(open(path)),
    "again": json.load(open(path)),
    "mode": os.stat(path).st_mode,
    "path": path,
    "environment": dict(os.environ),
    "stdin": sys.stdin.read(),
}}
json.dump(seen, open({record!r}, "w"))
print("linked with {token}")
print("careful: {token}", file=sys.stderr)
sys.exit({code})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def tool(folder: Path, code: int = 0) -> Path:
    path = folder / "istioctl"
    text = SCRIPT.format(
        python=sys.executable, record=str(folder / "seen.json"), token=TOKEN, code=code
    )
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def run(
    folder: Path, command: str, *options: str, version: str = "1.28.3-solo"
) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "components.cli_run", "--tool", f"istioctl={version}"]
    env = {
        **os.environ,
        "PULUMI_CONFIG_PASSPHRASE": "canary-passphrase",
        "PATH": str(folder),
        "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(  # noqa: S603
        [*argv, *options, command],
        env=env,
        input=json.dumps(PAYLOAD),
        capture_output=True,
        text=True,
        check=False,
    )


def seen(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "seen.json").read_text("utf-8"))
    return content


def test_the_tool_gets_its_words_its_kubeconfig_and_its_secrets(folder: Path) -> None:
    tool(folder)

    done = run(folder, "istioctl multicluster link --contexts 'a b,c'")

    assert done.returncode == 0, done.stderr
    found = seen(folder)
    assert found["argv"] == ["multicluster", "link", "--contexts", "a b,c"]
    assert found["kubeconfig"] == found["again"] == PAYLOAD["kubeconfig"]
    assert found["environment"]["RELAY_TOKEN"] == PAYLOAD["environment"]["RELAY_TOKEN"]
    assert found["stdin"] == PAYLOAD["stdin"]


def test_only_this_user_can_read_the_kubeconfig_and_nothing_is_left_of_it(folder: Path) -> None:
    tool(folder)

    run(folder, "istioctl multicluster check")

    path = seen(folder)["path"]
    assert path.startswith("/proc/self/fd/") or not Path(path).exists()
    assert {path.name for path in folder.iterdir()} == {"istioctl", "seen.json"}


def test_where_there_is_no_memory_file_it_is_a_private_one_that_goes_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(folder))

    with cli_run.private_file("content") as (path, descriptors):
        assert descriptors == ()
        assert Path(path).read_text("utf-8") == "content"
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600

    assert not list(folder.iterdir())


def test_the_engines_own_variables_stay_with_the_engine(folder: Path) -> None:
    tool(folder)

    run(folder, "istioctl multicluster check")

    assert not [key for key in seen(folder)["environment"] if key.startswith("PULUMI_")]


@pytest.mark.parametrize("code", [0, 3])
def test_what_the_tool_says_of_its_secrets_is_blotted_out(folder: Path, code: int) -> None:
    tool(folder, code)

    done = run(folder, "istioctl multicluster check")

    assert done.returncode == code
    assert TOKEN not in done.stdout + done.stderr
    assert "linked with [secret]" in done.stdout
    assert "careful: [secret]" in done.stderr


def test_secret_output_is_handed_on_whole(folder: Path) -> None:
    tool(folder)

    assert run(folder, "istioctl bootstrap", "--secret-output").stdout == f"linked with {TOKEN}\n"


def test_secret_output_of_a_failure_is_withheld(folder: Path) -> None:
    tool(folder, 1)

    done = run(folder, "istioctl bootstrap", "--secret-output")

    assert done.stdout == ""
    assert "withheld" in done.stderr
    assert TOKEN not in done.stderr


def test_a_tool_of_another_version_is_not_used(folder: Path) -> None:
    tool(folder)

    done = run(folder, "istioctl multicluster check", version="1.26.2-solo")

    assert done.returncode == 1
    assert "found version 1.28.3-solo at" in done.stderr
    assert "allowed: istioctl 1.26.2-solo" in done.stderr
    assert not (folder / "seen.json").exists()


def test_nothing_but_the_tool_is_run(folder: Path) -> None:
    tool(folder)

    done = run(folder, "env")

    assert done.returncode == 1
    assert "allowed: istioctl or api delete" in done.stderr


def test_a_line_of_words_is_no_shells(folder: Path) -> None:
    tool(folder)

    run(folder, f"istioctl a; touch {folder}/made")

    assert not (folder / "made").exists()
    assert seen(folder)["argv"] == ["a;", "touch", f"{folder}/made"]
