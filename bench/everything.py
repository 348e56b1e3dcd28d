"""How many resources a cluster costs with everything on."""

import json
import subprocess
import sys

from bench.row import Row
from localcloud.paths import CHECKOUT

AIM = 60.0

_COUNT = """
import json
from tests.budget import of_cluster, resources

print(json.dumps({site: of_cluster(counts) for site, counts in resources().items() if site}))
"""
"""The workshop as it is; what each resource is for is in docs/resources.md."""


def rows() -> list[Row]:
    """Count the resources of every cluster: those that carry its name, links from it included."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _COUNT], cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    name, most = max(counts.items(), key=lambda item: item[1])
    what = f"resources of {name} with everything on, machines and drills apart"
    return [Row(what=what, value=most, unit="", against="aim", base=AIM)]
