"""What the simulated world does late and what it does wrong: ``scenario.yaml`` of a world.

::

    seed: 7                                  # the same seed gives the same delays
    delays:                                  # seconds: a number, or {min, max}
      loadBalancer: {min: 20, max: 40}
    faults:                                  # by plane
      cluster1: {meshPhase: FAILED, message: no quota}
      cluster2: {loadBalancer: never}

Delays of pods are read when a world starts, all else whenever the file changes.
"""

import difflib
import math
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

MANAGEMENT_APPS = (
    "gloo-mesh-agent",
    "gloo-mesh-mgmt-server",
    "gloo-mesh-redis",
    "gloo-mesh-ui",
    "gloo-telemetry-collector-agent",
    "gloo-telemetry-gateway",
    "prometheus-server",
)
"""Label ``app`` of the management plane's pods."""


class ScenarioError(Exception):
    """A scenario file says something that does not exist; the message has one line a mistake."""


def draw(seed: int, *key: str) -> random.Random:
    """Return what decides the delay of one thing: the same in every run of a scenario."""
    # Not for secrets.
    return random.Random("/".join((str(seed), *key)))  # noqa: S311


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Delay(_Model):
    """Seconds between ``min`` and ``max``."""

    min: float = Field(default=0, ge=0, allow_inf_nan=False)
    max: float = Field(default=0, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max {self.max:g} is less than min {self.min:g}")
        return self

    def pick(self, draw: random.Random) -> float:
        """Return the seconds that a draw comes to."""
        return draw.uniform(self.min, self.max)


def _delay(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 <= value < math.inf:
            return {"min": value, "max": value}
    elif isinstance(value, dict | Delay):
        return value
    raise ValueError("want seconds, 0 or more, or {min: seconds, max: seconds}")


Seconds = Annotated[Delay, BeforeValidator(_delay)]


class Delays(_Model):
    """What parts of a real cloud take. All zero by default."""

    operator_image_pull: Seconds = Delay()
    """From the operator's pod being scheduled to it being ready."""
    istiod_start: Seconds = Delay()
    """The same for istiod."""
    data_plane_rollout: Seconds = Delay()
    """The same for the CNI agent and ztunnel."""
    gateway_programming: Seconds = Delay()
    """The same for the proxies of gateways and waypoints."""
    workload_start: Seconds = Delay()
    """The same for Bookinfo."""
    load_balancer: Seconds = Delay()
    """From a Service of type LoadBalancer to its address."""
    load_balancer_deletion: Seconds = Delay()
    """From the deletion of such a Service to it being gone."""
    management_start: Seconds = Delay()
    """From a workload of the management plane being scheduled to it being ready."""
    agent_connect: Seconds = Delay()
    """From an agent of the management plane with nothing wrong to its certificate."""
    peer_connect: Seconds = Delay()
    """From a peer Gateway with nothing wrong to it being connected."""


class Faults(_Model):
    """What goes wrong on one plane."""

    mesh_phase: Literal["FAILED", "ABORTED"] | None = None
    """The phase in which the ServiceMeshController ends."""
    message: str = "simulated fault"
    """Of the condition behind that phase."""
    load_balancer: Literal["never", "move"] | None = None
    """``never``: no Service gets an address. ``move``: every Service has another one than before,
    for as long as this is set."""
    peer: Literal["never"] | None = None
    """No peer Gateway ever connects."""
    finalizer: Literal["stuck"] | None = None
    """A ServiceMeshController that is deleted keeps its finalizer."""


class Scenario(_Model):
    """Delays of every plane, and faults by plane."""

    seed: int = 0
    """Decides all delays that are not one number."""
    delays: Delays = Delays()
    faults: dict[str, Faults] = {}

    def pod_delays(self) -> dict[str, float]:
        """Return how long pods take to be ready, by their label ``app``; only where it is any."""
        delays = self.delays
        by_app = {
            "gloo-operator": delays.operator_image_pull,
            "istiod": delays.istiod_start,
            "istio-cni-node": delays.data_plane_rollout,
            "ztunnel": delays.data_plane_rollout,
            "istio-gateway": delays.gateway_programming,
            **dict.fromkeys(
                ("details", "ratings", "reviews", "productpage"), delays.workload_start
            ),
            **dict.fromkeys(MANAGEMENT_APPS, delays.management_start),
        }
        found = {app: delay.pick(draw(self.seed, app)) for app, delay in by_app.items()}
        return {app: seconds for app, seconds in found.items() if seconds}


def load(path: Path) -> Scenario:
    """Read a scenario; a file that is not there is a world without delays and faults.

    Raises:
        ScenarioError: naming every key that is wrong, with what it may be.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Scenario()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: no YAML: {' '.join(str(error).split())}") from None
    try:
        return Scenario.model_validate({} if content is None else content)
    except ValidationError as error:
        lines = [f"{path}: {_told(item)}" for item in error.errors()]
        raise ScenarioError("\n".join(lines)) from None


def _told(error: Mapping[str, Any]) -> str:
    where = [str(part) for part in error["loc"]]
    key = ".".join(where) or "the file"
    if error["type"] == "extra_forbidden":
        known = _known(where)
        close = difflib.get_close_matches(where[-1], known, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"{key}: no such key{hint} (known: {', '.join(known)})"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}, but found {error['input']!r}"


def _known(where: list[str]) -> list[str]:
    match where:
        case [_]:
            model: type[BaseModel] = Scenario
        case ["delays", _]:
            model = Delays
        case ["delays", *_]:
            model = Delay
        case _:
            model = Faults
    return [field.alias or name for name, field in model.model_fields.items()]
