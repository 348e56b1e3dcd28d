"""How long the program needs until it has said everything to the engine."""

import subprocess
import sys

from bench.row import Row, timed
from localcloud.paths import CHECKOUT

AIM = 3.0
"""Seconds: every preview and every `up` pays this before anything happens."""

_PROGRAM = "from tests.mesh import build, settings; build(settings(['cluster1', 'cluster2']))"
_FLOOR = "import pulumi, pulumi_kubernetes as k, pulumi_tls; k.core.v1.Secret; k.helm.v3.Release"


def _seconds(code: str) -> float:
    with timed() as watch:
        subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)  # noqa: S603
    return watch.seconds


def rows() -> list[Row]:
    """Measure the program on a recorder, beside the bare imports of its SDKs."""
    for code in (_PROGRAM, _FLOOR):
        _seconds(code)  # the first run reads the files from the disk
    program = min(_seconds(_PROGRAM) for _ in range(3))
    floor = min(_seconds(_FLOOR) for _ in range(3))
    what = "program start: imports and the graph of 2 clusters"
    return [
        Row(what=what, value=program, unit="s", against="aim", base=AIM),
        Row(what=what, value=program, unit="s", against="importing its SDKs", base=floor, limit=3),
    ]
