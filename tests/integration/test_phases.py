"""A mesh whose installation failed ends the run at once, with the operator's own words."""

import pytest
import yaml

from tests.integration.rig import SHORT_WAITS, Rig
from tests.localcloud.operator.objects import until

CONTROLLER = "/apis/operator.gloo.solo.io/v1/servicemeshcontrollers/istio"

pytestmark = [pytest.mark.engine, pytest.mark.planes]


@pytest.mark.parametrize("phase", ["FAILED", "ABORTED"])
def test_a_final_phase_fails_at_once_and_names_the_condition(rig: Rig, phase: str) -> None:
    scenario = rig.world.directory / "scenario.yaml"
    fault = {"meshPhase": phase, "message": "no quota for system-node-critical pods"}
    scenario.write_text(yaml.safe_dump({"faults": {"cluster1": fault}}))
    # So long a wait that only a verdict, not the clock, can end the run.
    rig.configure(["cluster1"], timeouts=SHORT_WAITS | {"mesh": "3h"})
    try:
        failed = rig.fails("up")
    finally:
        scenario.unlink()

    assert f"cluster1: ServiceMeshController istio: phase={phase}" in failed.output
    assert "no quota for system-node-critical pods" in failed.output
    assert "Traceback" not in failed.output
    # The operator tries again by itself; until then FAILED is what it says.
    api = rig.api("cluster1")
    until(lambda: api.get(CONTROLLER)["status"]["phase"] != phase, "the fault is never forgotten")
    rig.run("up")
