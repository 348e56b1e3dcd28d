"""What every simulated controller of a plane is given."""

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from localcloud.operator.view import View
from localcloud.scenario import Delay, Faults, Scenario, draw


@dataclass(kw_only=True)
class Context:
    """One plane, the scenario it is in, and since when things have been as they are."""

    plane: str
    index: int
    """Number of the plane in its world: its addresses are told by it."""
    view: View
    scenario: Scenario = field(default_factory=Scenario)
    now: Callable[[], float] = time.monotonic
    due: float = math.inf
    """Seconds until something happens by the mere passing of time."""
    _since: dict[Hashable, float] = field(default_factory=dict)

    @property
    def faults(self) -> Faults:
        """What goes wrong on this plane."""
        return self.scenario.faults.get(self.plane, Faults())

    def passed(self, delay: Delay, *key: str, uid: str = "") -> bool:
        """Whether a delay has passed since this was first asked for ``key`` and ``uid``.

        How long it is depends on the scenario's seed, the plane and the key, and on nothing else:
        not on the uid, which differs from run to run.
        """
        seconds = delay.pick(draw(self.scenario.seed, self.plane, *key))
        left = self._since.setdefault((*key, uid), self.now()) + seconds - self.now()
        if left <= 0:
            return True
        self.due = min(self.due, left)
        return False

    def forget(self, *key: str, uid: str = "") -> None:
        """Start ``key`` and ``uid`` anew the next time."""
        self._since.pop((*key, uid), None)
