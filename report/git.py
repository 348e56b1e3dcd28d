"""Asks git about the repository that a change is in."""

import shutil
import subprocess
from pathlib import Path


class GitError(Exception):
    """Git did not do what was asked; the message is its own."""


def run(project: Path, *arguments: str) -> bytes:
    """Return what a command of git prints.

    Raises:
        GitError: it failed, or there is no git.
    """
    program = shutil.which("git")
    if program is None:
        raise GitError("there is no git on the PATH")
    argv = [program, "-C", str(project), *arguments]
    done = subprocess.run(argv, capture_output=True, check=False)  # noqa: S603 no shell
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise GitError(said or f"git {' '.join(arguments)} failed")
    return done.stdout
