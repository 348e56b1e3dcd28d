"""A wrong configuration ends the run before it touches anything, with every mistake in one go."""

import pytest

from tests.integration.rig import Rig

pytestmark = [pytest.mark.engine, pytest.mark.planes]


@pytest.mark.parametrize("verb", ["preview", "up"])
def test_every_mistake_is_a_line_and_nothing_is_touched(rig: Rig, verb: str) -> None:
    rig.configure(["cluster1"], meshVersion="1.28", scalingProfile="Huge", colour="blue")
    before = rig.keys(["cluster1"])

    failed = rig.fails(verb)

    assert "3 mistakes in Pulumi.test.yaml; nothing was touched" in failed.output
    for key, fix in {
        "meshVersion": "write major.minor.patch",
        "scalingProfile": "write one of them",
        "colour": "remove it",
    }.items():
        lines = [line for line in failed.output.splitlines() if f"ambientmesh:{key}: " in line]
        assert lines, failed.output
        assert all("found " in line and "allowed: " in line and fix in line for line in lines)
    assert "Traceback" not in failed.output
    grown = rig.keys(["cluster1"])["cluster1"] - before["cluster1"]
    assert not [key for key in grown if not key.startswith(("/registry/events", "/registry/lease"))]
