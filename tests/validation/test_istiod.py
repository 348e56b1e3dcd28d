"""Every manifest of a mesh with everything on, before a real istiod: upstream's, on a real plane.

This is where references are judged: routes by their parents, back ends and ports, policies by the
waypoint in front of what they protect. istiod writes its verdict into the objects' status.

What upstream's has not, or not here, is in stand_ins.py. Gateways of class ``istio-eastwest`` are
Solo's alone and must stay unjudged.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from components import versions
from localcloud.world import World
from tests import mesh
from tests.validation import samples, stand_ins
from tests.validation.istiod import has_verdict, istiod, verdicts
from tests.validation.judge import Judge
from tests.validation.manifests import by_cluster

pytestmark = [pytest.mark.planes, pytest.mark.nightly]

PLANES = {"seed": "1.26.2", "newest": versions.DEFAULT_MESH_VERSION}
NEWEST = versions.DEFAULT_MESH_VERSION
"""Whose CRDs both planes have: upstream's istiod of today overlooks older ones."""
ISTIO_SYSTEM = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}


@pytest.fixture(scope="module")
def judges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Judge]]:
    """Yield two planes, each with an istiod."""
    folder = tmp_path_factory.mktemp("world")
    with World(folder, planes=tuple(PLANES)) as world, ExitStack() as stack:
        found = {}
        for name in PLANES:
            plane = world.plane(name)
            found[name] = Judge(plane.api(), NEWEST)
            # istiod waits for its own namespace before it looks at anything.
            found[name].store([ISTIO_SYSTEM])
            stack.enter_context(istiod(plane.kubeconfig, tmp_path_factory.mktemp(name)))
        yield found


@pytest.fixture(scope="module")
def samples_in(judges: dict[str, Judge]) -> Judge:
    """Return a plane that has all right samples."""
    judge = judges["newest"]
    stored = judge.store([*samples.RIGHT, *stand_ins.gateways(samples.RIGHT)])
    assert verdicts(judge.api, stored, nothing) == {}
    return judge


def nothing(text: str) -> bool:
    """Whether istiod has nothing against anything."""
    return not text


@pytest.mark.parametrize("plane", PLANES)
def test_istiod_has_nothing_against_any_manifest(judges: dict[str, Judge], plane: str) -> None:
    judge = judges[plane]
    clusters = by_cluster(mesh.build(mesh.everywhere(meshVersion=PLANES[plane])))
    manifests = [item for item in clusters["cluster1-kubernetes"] if judge.knows(item)]
    stored = judge.store(
        [*manifests, *stand_ins.global_hosts(manifests), *stand_ins.gateways(manifests)]
    )
    assert verdicts(judge.api, stored, nothing) == {}
    unknown = {item["metadata"]["name"] for item in manifests if item["kind"] == "Gateway"} - {
        item["metadata"]["name"] for item in manifests if has_verdict(item)
    }
    assert unknown == {"istio-eastwest"}, "the only Gateway that upstream knows nothing about"


@pytest.mark.parametrize("reason", samples.WRONG_REFERENCES)
def test_a_reference_to_nothing_is_reported(samples_in: Judge, reason: str) -> None:
    wrong = samples.named(samples.WRONG_REFERENCES[reason], reason.lower())
    found = verdicts(samples_in.api, samples_in.store([wrong]), lambda text: reason in text)
    assert reason in str(found)
