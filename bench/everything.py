"""How many resources a cluster costs with everything on."""

import json
import subprocess
import sys

from bench.row import Row
from localcloud.paths import CHECKOUT

AIM = 60.0

_COUNT = """
import json
from tests.mesh import EVERYTHING, build, everything

[bookinfo] = [entry for entry in EVERYTHING["namespaces"] if entry["name"] == "bookinfo"]
[host] = [entry for entry in EVERYTHING["egress"]["hosts"] if entry["host"] == "httpbin.org"]
found = everything(
    namespaces=[bookinfo], egress={"hosts": [{**host, "allow": ["bookinfo-ratings"]}]}
)
names = [request.name for request in build(found).seen.values()]
print(json.dumps({site: sum(name.startswith(site) for name in names) for site in found.names}))
"""
"""The workshop as it is: Bookinfo's namespace, one external host, one machine, one drill."""


def rows() -> list[Row]:
    """Count the resources of every cluster: those that carry its name, links from it included."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _COUNT], cwd=CHECKOUT, check=True, capture_output=True, text=True
    )
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    name, most = max(counts.items(), key=lambda item: item[1])
    what = f"resources of {name} with everything on"
    return [Row(what=what, value=most, unit="", against="aim", base=AIM)]
