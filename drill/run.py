"""A drill from beginning to end: look, take away, watch, give back, report."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components.live import Unreachable
from drill import facts, look, marks, paths, plan, restore
from drill.clusters import Api, Conflict, items
from drill.facts import Target
from drill.look import Look
from drill.plan import Asked, Plan
from drill.restore import POLL, Clock, NotRestored

GREEN, RED, WRONG, INTERRUPTED = 0, 1, 2, 130
"""Exit codes. 130 is what shells say of whatever SIGINT has ended."""

LONGEST: Final = 3600.0
"""Seconds in which a drill on another machine is believed to be still at work."""


class Red(Exception):  # noqa: N818 a finding, told to the user as such
    """Failover does not work, or did not while the drill ran."""


class Interrupted(Exception):  # noqa: N818 a wish of the user's
    """The drill was told to stop; what was there is given back all the same."""


@dataclass(kw_only=True)
class Drill:
    """One drill.

    Attributes:
        clusters: every cluster of the mesh.
        target: what is taken away, and where.
        timeout: seconds for endpoints to go away, and as many for them to come back.
        patience: seconds for other clusters to have endpoints, before the drill is refused.
        hold: seconds to stay at zero once nothing is left, for those who want to look.
        say: is told every line of the report.
        stop: set when the drill must end.
        clock: what time it is.
    """

    clusters: Mapping[str, Api]
    target: Target
    timeout: float
    say: Callable[[str], None]
    patience: float = 0
    hold: float = 0
    stop: threading.Event = field(default_factory=threading.Event)
    clock: Clock = field(default_factory=Clock)

    @property
    def _own(self) -> Api:
        return self.clusters[self.target.cluster]

    def run(self) -> int:
        """Drill and return the exit code."""
        try:
            self._leftovers()
            planned = plan.make(self.clusters, self.target)
            for warning in planned.warnings:
                self.say(f"warning: {warning}")
            self._drill(planned)
        except Asked as error:
            self.say(str(error))
            return WRONG
        except (Red, NotRestored, Unreachable) as error:
            self.say(f"red: {error}")
            return RED
        except Interrupted:
            self.say("interrupted: nothing is proven")
            return INTERRUPTED
        self.say(f"green: {planned.host} had endpoints all along")
        return GREEN

    def restore(self) -> int:
        """Give back what a killed drill took away, and return the exit code."""
        try:
            if self.target.cluster not in self.clusters:
                plan.make(self.clusters, self.target)
            names = list(restore.marked(self._own, self.target))
            self._give_back(names)
        except Asked as error:
            self.say(str(error))
            return WRONG
        except (NotRestored, Unreachable) as error:
            self.say(f"red: {error}")
            return RED
        if not names:
            where = f"{self.target.namespace} in {self.target.cluster}"
            self.say(f"no drill has left anything behind in {where}")
        return GREEN

    def _leftovers(self) -> None:
        if self.target.cluster not in self.clusters:
            return
        found = restore.marked(self._own, self.target)
        busy = [n for n, mark in found.items() if marks.runs(mark, self.clock.now(), LONGEST)]
        if busy:
            raise Asked(
                f"cluster: found a drill of Deployment {busy[0]} at work in {self.target.cluster};"
                " allowed: one at a time; fix: wait for it, or give back what it took: RESTORE=1"
            )
        if found:
            self.say("a drill was killed before; what it took away is given back first")
            self._give_back(list(found))
            self._await_ready(list(found))

    def _drill(self, planned: Plan) -> None:
        before = self._expect_elsewhere()
        self._show("before", before)
        names = [item["metadata"]["name"] for item in planned.deployments]
        taken: list[str] = []
        try:
            for deployment in planned.deployments:
                taken.append(deployment["metadata"]["name"])
                self._take_away(deployment)
            during = self._await_gone()
            self._show("during", during)
            self._hold()
        finally:
            self._give_back(taken)
        self._await_ready(names)
        self._show("after ", look.take(self.clusters, self.target))

    def _show(self, when: str, found: Look) -> None:
        parts = [f"{self.target.cluster} {found.here}"]
        parts += [f"{name} {seen}" for name, seen in found.elsewhere.items()]
        self.say(f"{when}  endpoints: {', '.join(parts)}")

    def _expect_elsewhere(self) -> Look:
        deadline = self.clock.monotonic() + self.patience
        while True:
            found = look.take(self.clusters, self.target)
            if found.carried and found.here:
                return found
            if self.clock.monotonic() >= deadline:
                why = f"no other cluster could carry on: {_why(found)}"
                if found.carried:
                    why = f"{self.target.cluster} has no endpoint of its own that could be missed"
                raise Red(f"nothing was touched: {why}")
            self._pause()

    def _take_away(self, deployment: dict[str, Any]) -> None:
        path = paths.deployment(self.target, deployment["metadata"]["name"])
        found = deployment
        deadline = self.clock.monotonic() + self.timeout
        while True:
            if self.stop.is_set():
                raise Interrupted
            mark = marks.of(found, self.clock.now())
            meta = {
                "resourceVersion": found["metadata"]["resourceVersion"],
                "annotations": {marks.ANNOTATION: marks.written(mark)},
            }
            try:
                version = self._own.patch(path, {"metadata": meta})["metadata"]["resourceVersion"]
                # Only as it was marked: replicas that somebody sets in between would be lost.
                at_zero = {"metadata": {"resourceVersion": version}, "spec": {"replicas": 0}}
                self._own.patch(f"{path}/scale", at_zero)
                return  # noqa: TRY300 an else would stand further away
            except Conflict:
                if self.clock.monotonic() >= deadline:
                    raise Red(f"{path} keeps changing") from None
                found = self._own.get(path) or found

    def _await_gone(self) -> Look:
        deadline = self.clock.monotonic() + self.timeout
        while True:
            found = self._watched()
            if not found.here:
                return found
            if self.clock.monotonic() >= deadline:
                raise Red(
                    f"{found.here} endpoints are still there in {self.target.cluster} after"
                    f" {self.timeout:.0f} s without replicas"
                )
            self._pause()

    def _watched(self) -> Look:
        found = look.take(self.clusters, self.target)
        if not found.carried:
            raise Red(f"no other cluster carried on while the drill ran: {_why(found)}")
        return found

    def _hold(self) -> None:
        if self.hold:
            self.say(f"holding at zero for {self.hold:g} s; Ctrl-C gives back before that")
        deadline = self.clock.monotonic() + self.hold
        while self.clock.monotonic() < deadline:
            self._watched()
            self._pause()

    def _give_back(self, names: list[str]) -> None:
        for line in restore.all_of(self._own, self.target, names, self.timeout, self.clock):
            self.say(f"restored {line}")

    def _await_ready(self, names: list[str]) -> None:
        """Wait until Deployments that were restored have all the replicas that they want."""
        deadline = self.clock.monotonic() + self.timeout
        path = paths.workloads(self.target, "deployments")
        while True:
            listed = items(self._own, path) or []
            waiting = [
                item["metadata"]["name"]
                for item in listed
                if item["metadata"]["name"] in names
                and item.get("status", {}).get("readyReplicas", 0) < marks.replicas(item)
            ]
            if not waiting and facts.ready(items(self._own, paths.slices(self.target)) or []):
                return
            if self.clock.monotonic() >= deadline:
                raise Red(
                    f"restored, but not ready again after {self.timeout:.0f} s:"
                    f" {', '.join(waiting) or 'no endpoint'}"
                )
            self._pause()

    def _pause(self) -> None:
        if self.stop.is_set():
            raise Interrupted
        self.clock.sleep(POLL)


def _why(found: Look) -> str:
    return ", ".join(f"{name} {seen.problem}" for name, seen in found.elsewhere.items())
