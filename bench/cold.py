"""The first `make up` of a new user: a clean clone, an empty home, nothing built."""

import os
import subprocess
import tempfile
from pathlib import Path

from bench.row import Row, timed
from localcloud.paths import CHECKOUT

AIM = 12.0
"""Minutes, on two cores."""

_KEPT = ("PATH", "LANG", "TERM", "SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY")
_SETTINGS = ("GO", "PIP_", "UV_")
"""Variables by which a network is reached; everything else of the user is left out."""


def rows() -> list[Row]:
    """Measure it, and remove the clone."""
    kept = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith(_SETTINGS)}
    with tempfile.TemporaryDirectory(prefix="ambientmesh-bench-") as folder:
        home, clone = Path(folder) / "home", Path(folder) / "ambientmesh"
        home.mkdir()
        # The user's own Go settings stay, for a proxy may be among them.
        go_env = str(Path("~/.config/go/env").expanduser())
        env = {"GOENV": go_env, **kept, "HOME": str(home)}
        subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(clone)], check=True)  # noqa: S603, S607
        try:
            with timed() as watch:
                subprocess.run(["make", "up"], cwd=clone, env=env, check=True)  # noqa: S607
        finally:
            subprocess.run(["make", "clean"], cwd=clone, env=env, check=True)  # noqa: S607
        # pip asks rustc for its version, where there is one, and rustup makes a folder of its own.
        left = sorted(path.name for path in home.iterdir() if path.name != ".rustup")
    if left:
        raise RuntimeError(f"something was written to the user's home: {', '.join(left)}")
    what = "`make up` from an empty cache"
    return [Row(what=what, value=watch.seconds / 60, unit="min", against="aim", base=AIM)]
