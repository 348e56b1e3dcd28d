"""Makes ``.local/venv``, once for any number of runs: ``python3 localcloud/environment.py``.

It runs on the user's own Python, before anything is installed: the standard library only, and no
syntax that an old Python could not read to the end, for that is who must be told.
"""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
CHECKOUT = Path(__file__).resolve().parent.parent
LOCAL = CHECKOUT / ".local"
VENV = LOCAL / "venv"
STAMP = LOCAL / "venv.stamp"
REQUIREMENTS = CHECKOUT / "requirements-dev.txt"


def wanted():
    # type: () -> str
    """Return what the environment is made from; the stamp of a finished one says the same."""
    return "{}\n{}".format(sys.version, REQUIREMENTS.read_text("utf-8"))


def make(requirements):
    # type: (str) -> None
    """Make the environment anew; the stamp comes last."""
    count = requirements.count("==")
    print("python: installing {} packages into .local/venv (1 to 3 minutes)".format(count))
    shutil.rmtree(str(VENV), ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(VENV / "bin" / "pip"), "install", "--quiet", "--require-hashes"]
    subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
    STAMP.write_text(requirements, "utf-8")


def main():
    # type: () -> int
    """Have the environment; return the exit code."""
    if sys.version_info < OLDEST:
        found = "{} is Python {}".format(sys.executable, sys.version.split()[0])
        print("error: {}, and 3.11 or newer is needed: make PYTHON=...".format(found))
        return 1
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        requirements = wanted()
        if not STAMP.exists() or STAMP.read_text("utf-8") != requirements:
            try:
                make(requirements)
            except subprocess.CalledProcessError as error:
                print("error: {} failed: see above".format(" ".join(error.cmd[:4])))
                return 1
        STAMP.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
