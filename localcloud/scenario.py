"""What the simulated world does on time and what it does wrong: ``scenario.yaml`` of a world."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel


class ScenarioError(Exception):
    """A scenario file says something that does not exist; the message has one line a mistake."""


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Delays(_Model):
    """Seconds that parts of a real cloud take. All zero by default."""

    operator_image_pull: float = Field(default=0, ge=0)
    """From the operator's pod being scheduled to it being ready."""
    istiod_start: float = Field(default=0, ge=0)
    """From istiod's pod being scheduled to it being ready."""
    data_plane_rollout: float = Field(default=0, ge=0)
    """The same for the CNI agent and ztunnel."""
    workload_start: float = Field(default=0, ge=0)
    """The same for Bookinfo."""
    load_balancer: float = Field(default=0, ge=0)
    """From a Service of type LoadBalancer to its address."""
    load_balancer_deletion: float = Field(default=0, ge=0)
    """From the deletion of such a Service to it being gone."""
    peer_connect: float = Field(default=0, ge=0)
    """From a peer Gateway with nothing wrong to it being connected."""


class Faults(_Model):
    """What goes wrong on one plane."""

    mesh_phase: Literal["FAILED", "ABORTED"] | None = None
    """The phase in which the ServiceMeshController ends."""
    message: str = "simulated fault"
    """Of the condition behind that phase."""
    load_balancer: Literal["never"] | None = None
    """No Service ever gets an address."""
    peer: Literal["never"] | None = None
    """No peer Gateway ever connects."""


class Scenario(_Model):
    """Delays of every plane, and faults by plane."""

    delays: Delays = Delays()
    faults: dict[str, Faults] = {}

    def pod_delays(self) -> dict[str, float]:
        """Return how long pods of an app take to be ready, for the apps that take any time."""
        delays = self.delays
        apps = {
            "gloo-operator": delays.operator_image_pull,
            "istiod": delays.istiod_start,
            "istio-cni-node": delays.data_plane_rollout,
            "ztunnel": delays.data_plane_rollout,
            **dict.fromkeys(
                ("details", "ratings", "reviews", "productpage"), delays.workload_start
            ),
        }
        return {app: seconds for app, seconds in apps.items() if seconds}


def load(path: Path) -> Scenario:
    """Read a scenario; a file that is not there is a world without delays and faults.

    Raises:
        ScenarioError: naming every key that is wrong.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Scenario()
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: {error}") from None
    try:
        return Scenario.model_validate(content or {})
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()
        ]
        raise ScenarioError("\n".join(lines)) from None
