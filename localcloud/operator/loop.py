"""One look at the plane after another: level-triggered, so that what was missed is seen next."""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from localcloud import scenario
from localcloud.operator import (
    gateways,
    istiod,
    loadbalancer,
    mesh,
    platform,
    routes,
    services,
    waypoints,
)
from localcloud.operator.client import ApiError, Client
from localcloud.operator.context import Context
from localcloud.operator.istiod import Authorities, Istiod
from localcloud.operator.sides import Board, Management, Side
from localcloud.operator.view import View
from localcloud.plane import Plane

TICK: Final = 0.4
"""Seconds between two glances at the other planes and the scenario."""
RETRY: Final = 0.3
"""Seconds until the next look after one in which the API server refused something."""
BURST: Final = 0.02
"""Seconds in which news are gathered before they are acted upon: they come in bursts."""

log = logging.getLogger(__name__)


class Loop:
    """The simulated controllers of one plane.

    Args:
        plane: to act on.
        world: its folder has ``scenario.yaml`` and the other planes.
    """

    def __init__(self, plane: Plane, world: Path) -> None:
        self._news = threading.Event()
        self._ended = threading.Event()
        view = View(Client(plane), self._news.set)
        self._context = Context(plane=plane.name, index=plane.index, view=view)
        self._board = Board(world / "planes", plane.name)
        self._authorities = Authorities()
        self._scenario = world / "scenario.yaml"
        self._scenario_seen = -1
        self._others: tuple[Side, ...] = ()
        self._side = Side(plane=plane.name)

    def end(self) -> None:
        """Let ``run`` return soon. Safe to call from a signal handler."""
        self._ended.set()
        self._news.set()

    def run(self) -> None:
        """Look whenever there is news, until ended."""
        self._context.view.follow()
        now = self._context.now
        deadline = now()
        try:
            while not self._ended.is_set():
                woken = self._news.wait(max(0.0, min(TICK, deadline - now())))
                # News that come just after the wait ended without any are left for the next one.
                if woken:
                    self._ended.wait(BURST)
                    self._news.clear()
                if self._glance() or woken or now() >= deadline:
                    deadline = now() + self._look()
                self._board.publish(self._side)
        finally:
            self._board.withdraw()

    def _glance(self) -> bool:
        """Return whether another plane or the scenario changed."""
        others = self._board.others()
        changed = others != self._others
        self._others = others
        return self._read_scenario() or changed

    def _read_scenario(self) -> bool:
        try:
            seen = self._scenario.stat().st_mtime_ns
        except FileNotFoundError:
            seen = 0
        if seen == self._scenario_seen:
            return False
        self._scenario_seen = seen
        try:
            self._context.scenario = scenario.load(self._scenario)
        except scenario.ScenarioError as error:
            log.warning("the scenario stays what it was: %s", error)
        return True

    def _look(self) -> float:
        """Bring everything one step further; return in how many seconds to look again."""
        context = self._context
        if not context.view.is_current:
            self._side = Side(**{**vars(self._side), "reachable": False})
            return math.inf
        context.due = math.inf
        found: list[Istiod | None] = []
        steps: list[Callable[[], object]] = [
            lambda: mesh.reconcile(context),
            lambda: loadbalancer.reconcile(context),
            lambda: istiod.clear(context),
            lambda: found.append(istiod.look(context, self._authorities)),
        ]
        managed: list[Management | None] = []
        steps.append(lambda: managed.append(platform.server(context)))
        good = sum(_try(step) for step in steps) == len(steps)
        if found:
            running = found[0]
            management = managed[0] if managed else self._side.management
            self._side = replace(side_of(context, running), management=management)
            self._board.publish(self._side)
            if running is not None:
                good &= _try(lambda: istiod.publish(context, running))
                good &= _try(lambda: waypoints.automatic(context))
            good &= _try(lambda: platform.reconcile(context, management, self._others))
            good &= _try(lambda: gateways.reconcile(context, running, self._side, self._others))
            if running is not None:
                good &= _try(lambda: self._route(running))
        return context.due if good else min(context.due, RETRY)

    def _route(self, running: Istiod) -> None:
        services.reconcile(self._context, running, self._side, self._others)
        routes.reconcile(self._context)
        waypoints.report(self._context)


def side_of(context: Context, running: Istiod | None) -> Side:
    """Return what a plane says of itself."""
    if running is None:
        return Side(plane=context.plane)
    return Side(
        plane=context.plane,
        istiod=True,
        cluster=running.cluster,
        trust_domain=running.trust_domain,
        version=running.version,
        network=running.network,
        network_now=running.network_now,
        root=running.root,
        root_now=running.authority.root,
        problem=running.authority.problem,
        self_signed=running.authority.is_own,
        misconfigured=running.misconfigured,
        any_trust_domain=running.any_trust_domain,
        gateways=gateways.east_west(context),
        services=services.published(context, running.trust_domain),
    )


def _try(step: Callable[[], object]) -> bool:
    """Take a step, and return whether it went well: one that fails must not hold up the others."""
    try:
        step()
    except ApiError as error:
        # The API server went away, or somebody was quicker: the next look finds out.
        log.info("%s", error)
        return False
    except Exception:
        # As in controller-runtime, an object nobody thought of must not end the controller.
        log.exception("a look at the plane failed")
        return False
    return True
