"""Programs of the system that tests need and no module of ours builds: Debian packages."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from localcloud.golang import ToolError

WANTED: Final = {
    "/usr/sbin/sshd": "openssh-server",
    "/usr/bin/curl": "curl",
    "/usr/bin/jq": "jq",
}
"""Packages by a file of theirs."""


def missing() -> list[str]:
    """Return the packages whose programs are nowhere to be found."""
    return [
        package
        for file, package in WANTED.items()
        if not Path(file).exists() and not shutil.which(Path(file).name)
    ]


def ensure(say: Callable[[str], None]) -> None:
    """Install what is missing, where that is root's to do and a system of Debian's.

    Raises:
        ToolError: it is not, or the installation failed; with the command to run.
    """
    packages = missing()
    if not packages:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ToolError(
            f"tests need {', '.join(packages)}: install it as root, for example {' '.join(command)}"
        )
    say(f"installing {', '.join(packages)}, which tests need")
    # An image has no lists of packages. A daemon that a package brings is not wanted: tests start
    # their own, and in a runlevel of one user no other is started.
    for arguments in (["apt-get", "update", "-qq"], command):
        done = subprocess.run(
            arguments,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ToolError(f"{' '.join(arguments)} failed: {done.stderr.strip()}")
