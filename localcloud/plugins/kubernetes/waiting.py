"""Waiting until an object is as it should be: the loop, and what ends it."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Protocol

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.connection import Connection
from localcloud.plugins.kubernetes.errors import ApiError
from localcloud.plugins.kubernetes.objects import Object
from localcloud.plugins.kubernetes.watch import Cache, CachedView, Kind, View, Watches
from localcloud.plugins.provider import ProviderError

DEFAULT_SECONDS: Final = 600.0
SILENT_SECONDS: Final = 30.0  # without an answer from the API server a wait is given up
GENERIC_TIMEOUT: Final = "timed out waiting for the condition"
"""Upstream's general awaiter says no more than this; its older ones list their reasons too."""
_CANCEL_SECONDS: Final = 0.25


class NotReady(ProviderError):  # noqa: N818 - a state
    """The object exists and is not as it should be.

    Args:
        message: the first reason.
        reasons: further ones.
        live: the object as last seen.
    """

    def __init__(self, message: str, reasons: Sequence[str], live: Object) -> None:
        super().__init__(message)
        self.reasons = tuple(reasons)
        self.live = live


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an awaiter thinks of an object now.

    Args:
        ready: it is as it should be.
        message: the line to show while waiting.
        reasons: what is wrong, for the error after the timeout.
        failed: it will never be ready; empty otherwise.
        settle: seconds it must stay like this to count as ready.
    """

    ready: bool = False
    message: str = ""
    reasons: Sequence[str] = ()
    failed: str = ""
    settle: float = 0


class Awaiter(Protocol):
    """Judges one object by what a view shows. Pure: it keeps nothing between calls."""

    @property
    def related(self) -> Sequence[Kind]:
        """Kinds in the object's namespace that the judgement needs."""

    @property
    def timeout_message(self) -> str:
        """The error after the timeout; `{name}` is the object's name."""

    def judge(self, live: Object, view: View, before: Object | None) -> Verdict:
        """Judge `live`.

        Args:
            live: the object.
            view: what else is in its namespace.
            before: the object before an update, None after a create, `live` itself in a refresh.
        """


@dataclass(frozen=True, kw_only=True)
class Wait:
    """One wait for one object.

    Args:
        connection: the cluster.
        watches: its shared watches.
        urn: the resource, for messages.
        seconds: the timeout.
    """

    connection: Connection
    watches: Watches
    urn: str
    seconds: float

    def until_ready(self, applied: Object, awaiter: Awaiter, before: Object | None) -> Object:
        """Wait until `awaiter` is content with the object; return it as it then is.

        Raises:
            NotReady: it failed, the time is up, the engine cancelled, or the server is gone.
        """
        seen = applied
        last = Verdict()
        settled: float | None = None
        generic = awaiter.timeout_message == GENERIC_TIMEOUT

        def step(view: View, own: Object | None) -> float | None:
            nonlocal seen, last, settled
            if own is None or _is_older(own, applied):
                return self.seconds
            seen, last = own, awaiter.judge(own, view, before)
            if last.failed:
                raise NotReady(last.failed, last.reasons, seen)
            if last.message:
                self.connection.engine.status(self.urn, last.message)
            if not last.ready:
                settled = None
                return self.seconds
            settled = settled or time.monotonic() + last.settle
            left = settled - time.monotonic()
            return left if left > 0 else None

        def error(why: str) -> NotReady:
            text = why or awaiter.timeout_message.format(name=objects.name(applied))
            return NotReady(text, () if generic else last.reasons, seen)

        self._loop(applied, awaiter.related, step, error, generic=generic)
        self.connection.engine.status(self.urn, "")
        return seen

    def until_gone(self, obj: Object) -> None:
        """Wait until the object, by its uid, does not exist.

        Raises:
            NotReady: it still exists at the end of the time; a warning names its finalizers.
        """
        seen = obj

        def step(_view: View, own: Object | None) -> float | None:
            nonlocal seen
            if own is not None and _uid(own) in (_uid(obj), ""):
                seen = own
                return self.seconds
            # The cache may be behind a very recent create; only the server's word counts.
            try:
                own = self.connection.read(obj)
            except ApiError as error:
                if error.not_found:
                    return None
                raise
            if _uid(own) != _uid(obj):
                return None
            seen = own
            return 0.05

        def error(why: str) -> NotReady:
            finalizers = objects.get(seen, "metadata", "finalizers") or []
            if finalizers:
                named = f"finalizers might be preventing deletion ({', '.join(finalizers)})"
                self.connection.engine.warning(self.urn, named)
            return NotReady(why or GENERIC_TIMEOUT, (), seen)

        self._loop(obj, (), step, error, generic=True)
        self.connection.engine.status(self.urn, "")

    def _loop(
        self,
        obj: Object,
        related: Sequence[Kind],
        step: Callable[[View, Object | None], float | None],
        error: Callable[[str], NotReady],
        *,
        generic: bool,
    ) -> None:
        """Call `step` at every event until it returns None; it returns when to call it anyway."""
        space = objects.namespace(obj)
        own_kind = (objects.api_version(obj), objects.kind(obj))
        caches = {kind: self.watches.cache(kind, space) for kind in (own_kind, *related)}
        view = CachedView(caches)
        deadline = time.monotonic() + self.seconds
        woken = threading.Event()
        with ExitStack() as stack:
            for cache in caches.values():
                stack.enter_context(cache.wakes(woken))
            while True:
                woken.clear()
                again = self.seconds
                if all(cache.synced.is_set() for cache in caches.values()):
                    wanted = step(view, view.find(own_kind, objects.name(obj)))
                    if wanted is None:
                        return
                    again = wanted
                self._pause(woken, min(deadline, time.monotonic() + again))
                if reason := self._give_up(obj, list(caches.values()), generic=generic):
                    raise error(reason)
                if time.monotonic() >= deadline:
                    raise error("")

    def _pause(self, woken: threading.Event, until: float) -> None:
        """Sleep until an event, a cancel or `until`."""
        while not self.connection.cancelled.is_set():
            left = until - time.monotonic()
            if left <= 0 or woken.wait(min(left, _CANCEL_SECONDS)):
                return

    def _give_up(self, obj: Object, caches: list[Cache], *, generic: bool) -> str:
        if self.connection.cancelled.is_set():
            if generic:
                return "context canceled"
            return f'Resource operation was cancelled for "{objects.name(obj)}"'
        silence = max(cache.silent_seconds for cache in caches)
        if silence > SILENT_SECONDS:
            server = self.connection.server
            return f"the API server {server} has not answered for {silence:.0f} s"
        return ""


def _uid(obj: Object) -> str:
    return objects.text(obj, "metadata", "uid")


def _is_older(cached: Object, applied: Object) -> bool:
    """Tell whether a watch still shows the object from before our write."""
    versions = [objects.text(obj, "metadata", "resourceVersion") for obj in (cached, applied)]
    if not all(version.isdigit() for version in versions):
        return False
    return int(versions[0]) < int(versions[1])
