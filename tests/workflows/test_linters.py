"""actionlint and zizmor have nothing to say about the workflows, and something about mistakes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.paths import BIN, CHECKOUT
from tests.workflows.files import GITHUB


def lint(folder: Path) -> str:
    """Return what actionlint says of the workflows in a folder; nothing if they are well."""
    # Its own shell check differs with what a machine has; the scripts are run by other tests.
    argv: list[str | Path] = [
        BIN / "actionlint",
        "-shellcheck=",
        "-pyflakes=",
        "-oneline",
        *workflows(folder),
    ]
    done = subprocess.run(  # noqa: S603 both are ours
        argv, cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == (not done.stdout), done.stderr
    return done.stdout


def audit(folder: Path) -> str:
    """Return what zizmor says of the files in a folder; nothing if they are well."""
    zizmor = Path(sys.executable).with_name("zizmor")
    argv: list[str | Path] = [
        zizmor,
        "--offline",
        "--format=plain",
        "--quiet",
        "--color=never",
        ".github",
    ]
    done = subprocess.run(  # noqa: S603 both are ours
        argv, cwd=folder, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def workflows(folder: Path) -> list[Path]:
    return sorted((folder / ".github" / "workflows").glob("*.yml"))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(GITHUB, tmp_path / ".github")
    (tmp_path / ".git").mkdir()  # where actionlint looks for local actions
    return tmp_path


def seed(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / ".github" / file
    text = path.read_text(encoding="utf-8")
    assert old in text, "there is nothing to spoil: the workflow has changed"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_actionlint_finds_nothing() -> None:
    assert lint(CHECKOUT) == ""


def test_zizmor_finds_nothing() -> None:
    assert audit(CHECKOUT) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "workflows/pull-request.yml",
            "needs.stacks.outputs.changed",
            "needs.stacks.outputs.stacks",
            'property "stacks" is not defined',
        ),
        ("workflows/main.yml", "needs: planned", "needs: planed", '"planed"'),
        ("workflows/main.yml", "service-account:", "account:", 'input "account" is not defined'),
        ("workflows/nightly.yml", "17 3 * * *", "3 17 * * * *", "invalid CRON format"),
        ("workflows/main.yml", "id-token: write", "id-tokens: write", "id-tokens"),
    ],
)
def test_actionlint_finds_what_github_would_refuse(
    copied: Path, file: str, old: str, new: str, said: str
) -> None:
    seed(copied, file, old, new)
    assert said in lint(copied)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "workflows/pull-request.yml",
            "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
            "actions/checkout@v7",
            "unpinned-uses",
        ),
        (
            "actions/engine/action.yml",
            "pulumi/actions@8e5e406f4007fca908480587cb9893c07090f58d",
            "pulumi/actions@v7",
            "unpinned-uses",
        ),
        ("workflows/main.yml", "persist-credentials: false", "fetch-tags: true", "artipacked"),
        (
            "workflows/nightly.yml",
            "permissions:\n      issues: write",
            "permissions: write-all",
            "excessive-permissions",
        ),
        (
            "workflows/pull-request.yml",
            "  pull_request:",
            "  pull_request_target:",
            "dangerous-triggers",
        ),
        (
            "workflows/pull-request.yml",
            '--stack "$STACK"',
            "--stack ${{ github.event.pull_request.title }}",
            "template-injection",
        ),
    ],
)
def test_zizmor_finds_what_somebody_could_use(
    copied: Path, file: str, old: str, new: str, said: str
) -> None:
    seed(copied, file, old, new)
    assert said in audit(copied)
