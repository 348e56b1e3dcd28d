"""The project's own plans break none of its policies, and a run that takes from others does."""

from pathlib import Path
from typing import Any, Final

import pytest

from localcloud.world import World
from tests.integration.rig import Rig, make_stack
from tests.integration.test_first_preview import EVERYTHING
from tests.policies.test_engine import findings

pytestmark = [pytest.mark.engine]

GATEWAY_API: Final = ".local/go/mod/sigs.k8s.io/gateway-api@v1.4.1/config/crd/standard"
PLACE: Final = {"project": "localcloud-policies", "location": "europe-west4"}
NETWORKS: Final = {"authorizedNetworks": [{"cidr": "192.0.2.0/24"}]}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """Give the story a world without planes, and a cloud without resources."""
    home: Path = tmp_path_factory.mktemp("plans")
    world = World(tmp_path_factory.mktemp("world"), planes=())
    stack = make_stack("test", home)
    stack.world, stack.gcp, stack.policies = world.directory, home / "gcp", True
    return Rig(world=world, stack=stack)


@pytest.mark.parametrize("install", ["operator", "helm"])
def test_a_mesh_with_everything_on_passes(rig: Rig, install: str) -> None:
    """In GKE clusters that are yet to be made, so that no plane is needed."""
    values: dict[str, Any] = {
        **EVERYTHING,
        "clusters": [{"name": "cluster1", "gke": {**PLACE, **NETWORKS}},
                     {"name": "cluster2", "gke": PLACE}],
        "mesh": {"install": install},
        "charts": {**EVERYTHING["charts"], "istio": ".local/charts/istio",
                   "gatewayApi": GATEWAY_API},
        "policies": {"levels": {"resource-budget": "mandatory"}},
    }  # fmt: skip
    rig.stack.configure({f"ambientmesh:{key}": value for key, value in values.items()})
    rig.stack.set_secret("ambientmesh:licenseKey", "canary-license-4f7e0d")

    result = rig.run("preview")

    assert findings(result) == []
