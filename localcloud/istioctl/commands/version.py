"""``istioctl version``, of the client alone."""

import json
import os
import sys
from typing import Final

from components import versions
from localcloud.istioctl.flags import Call, Flag

VARIABLE: Final = "LOCALCLOUD_ISTIOCTL_VERSION"
FLAGS: Final = (
    Flag(name="remote", switch=True),
    Flag(name="output", short="o"),
    Flag(name="short", short="s", switch=True),
)


def claimed() -> str:
    """Return the version that this istioctl claims to be, with ``-solo`` at its end."""
    return os.environ.get(VARIABLE) or f"{versions.DEFAULT_MESH_VERSION}-solo"


def release() -> versions.MeshRelease:
    """Return what is known of that version."""
    return versions.release(claimed().removesuffix("-solo"))


def run(call: Call) -> int:
    """Print the version."""
    found = claimed()
    if call.get("output") == "json":
        said = json.dumps({"clientVersion": {"version": found, "revision": "scripted"}}, indent=2)
    else:
        said = f"client version: {found}"
    sys.stdout.write(f"{said}\n")
    return 0
