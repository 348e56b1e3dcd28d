"""What every part of the simulated world needs to know of its plane."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.api import Api
from localcloud.scenario import Faults, Scenario


@dataclass(kw_only=True)
class Context:
    """One plane, the scenario it is in, and since when things have been as they are."""

    plane: str
    index: int
    world: Path
    api: Api
    scenario: Scenario = field(default_factory=Scenario)
    since: dict[Hashable, float] = field(default_factory=dict)
    waiting: bool = False
    """Whether something waits for time to pass, so that the next look must come soon."""

    @property
    def faults(self) -> Faults:
        """What goes wrong on this plane."""
        return self.scenario.faults.get(self.plane, Faults())

    def elapsed(self, key: Hashable) -> float:
        """Return the seconds since this was first asked for ``key``."""
        self.waiting = True
        return time.monotonic() - self.since.setdefault(key, time.monotonic())

    def forget(self, key: Hashable) -> None:
        """Start ``key`` anew the next time."""
        self.since.pop(key, None)
