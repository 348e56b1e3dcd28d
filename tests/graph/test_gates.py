"""`up` ends when the mesh is ready or says why it is not; a preview looks once and never waits."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from components import program, readiness
from components.access import Access
from components.gates import gated
from components.live import Unreachable
from components.readiness import NotReady
from components.settings import Settings
from tests.engine import record
from tests.mesh import CONNECTED, OUTPUTS, Memory, access, build, settings

FAILED = {
    "status": {
        "phase": "FAILED",
        "conditions": [{"type": "CNIDeployed", "status": "False", "message": "no quota"}],
    }
}
UNROOTED = {
    "type": "gloo.solo.io/PeerConnected",
    "status": "False",
    "reason": "RootMismatch",
    "message": "the roots differ",
}
RED = {"status": {"conditions": [*CONNECTED[:2], UNROOTED]}}


class Scripted(Memory):
    """Answers some paths with what a test says: an object, nothing, or no answer at all."""

    def __init__(self, answers: Mapping[str, dict[str, Any] | Unreachable | None]) -> None:
        super().__init__()
        self.answers = answers

    async def get(self, path: str) -> dict[str, Any] | None:
        for end, answer in self.answers.items():
            if path.endswith(end):
                if isinstance(answer, Unreachable):
                    raise answer
                return answer
        return await super().get(path)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "POLL", 0.001)


def mesh(**answers: Any) -> tuple[Settings, dict[str, Access]]:
    """Return settings and access to two clusters, of which alpha answers as told."""
    config = settings(["alpha", "beta"], bookinfo={"enabled": False}, timeouts={"link": "1s"})
    found = access(config)
    found["alpha"] = Access(
        kubeconfig=found["alpha"].kubeconfig,
        inventory=found["alpha"].inventory,
        reader=Scripted({key.replace("_", "-"): answer for key, answer in answers.items()}),
    )
    return config, found


def told(run: Callable[[], Any], **outputs: Any) -> str:
    """Return the message with which `up` ends."""
    with pytest.raises(Exception, match=r".") as caught:
        record(run, **outputs)
    error: BaseException | None = caught.value
    while error is not None and not isinstance(error, pulumi.RunError):
        error = error.__cause__ or error.__context__
    assert error is not None, "not a traceback but a message is what a user must see"
    return str(error)


def ended(**answers: Any) -> str:
    """Return how `up` ends on such a mesh."""
    config, found = mesh(**answers)
    return told(lambda: pulumi.Output.all(**program.build(config, found, {})), outputs=OUTPUTS)


def links(**answers: Any) -> dict[str, Any]:
    """Return the state of the links as a preview tells it."""
    config, found = mesh(**answers)
    seen: dict[str, Any] = {}

    def run() -> Any:
        outputs = program.build(config, found, {})
        return pulumi.Output.from_input(outputs["links"]).apply(seen.update)

    record(run, outputs=OUTPUTS, preview=True)
    return seen


def test_a_gate_that_fails_ends_the_run_with_its_message_and_no_traceback() -> None:
    async def wait() -> str:
        raise NotReady("alpha: ServiceMeshController istio: phase=FAILED")

    async def look() -> str | None:
        raise AssertionError("up never only looks")

    def run() -> Any:
        resource: Any = SimpleNamespace(urn=pulumi.Output.from_input("urn"))
        return gated(resource, wait, look)

    assert told(run) == "alpha: ServiceMeshController istio: phase=FAILED"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            {"status": {"conditions": [*CONNECTED[:2], UNROOTED]}},
            "(RootMismatch): the roots differ",
        ),
        (None, "the object does not exist"),
        (Unreachable("refused"), "does not answer: refused"),
    ],
)
def test_a_link_that_is_red_ends_up_with_its_name_and_the_others_are_not_named(
    answer: Any, told: str
) -> None:
    message = ended(istio_remote_peer_beta=answer)

    assert message.startswith(
        "link alpha -> beta: Gateway istio-gateways/istio-remote-peer-beta in alpha: "
    )
    assert told in message
    assert "gave up after 1 s (timeouts.link)" in message
    assert "beta -> alpha" not in message


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": {"conditions": CONNECTED}}, "connected"),
        (None, "planned"),
        (Unreachable("refused"), "unknown: refused"),
        (RED, "not connected: "),
    ],
)
def test_a_preview_tells_the_state_of_a_link_and_never_fails(answer: Any, state: str) -> None:
    seen = links(istio_remote_peer_beta=answer)

    assert seen["alpha-to-beta"].startswith(state)
    assert seen["beta-to-alpha"] == "connected"


def test_a_preview_goes_on_where_a_cluster_does_not_answer() -> None:
    config, found = mesh(istio_eastwest=Unreachable("refused"), istio=FAILED)

    planned = build(config, found=found, preview=True)

    assert "beta-to-alpha-peering-gateway" in planned.seen


def test_a_cluster_alone_has_no_links_to_wait_for() -> None:
    config = settings(["alpha"], bookinfo={"enabled": False})
    outputs: dict[str, Any] = {}

    record(lambda: outputs.update(program.build(config, access(config), {})), outputs=OUTPUTS)

    assert outputs["links"] == {}
