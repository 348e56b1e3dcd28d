"""Live views of the cluster: one watch per kind and namespace, shared by all who wait there."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from localcloud.plugins.kubernetes import objects
from localcloud.plugins.kubernetes.connection import Connection
from localcloud.plugins.kubernetes.errors import ApiError, NoMatch, Unreachable
from localcloud.plugins.kubernetes.objects import Object

_RETRY_SECONDS: Final = 0.5
_SERVER_TIMEOUT: Final = "300"
Kind = tuple[str, str]  # apiVersion, kind


class View(Protocol):
    """The objects of one namespace (or the cluster-scoped ones) as they are now."""

    def items(self, kind: Kind) -> list[Object]:
        """Return the objects of a kind."""

    def find(self, kind: Kind, name: str) -> Object | None:
        """Return one object, None when it does not exist or is not known yet."""


class Snapshot:
    """A view that asks the server each time; for point-in-time checks."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self._connection = connection
        self._namespace = namespace

    def items(self, kind: Kind) -> list[Object]:
        """Return the objects of a kind, none when the server refuses to list them."""
        try:
            return self._connection.items(*kind, self._namespace)
        except ApiError:
            return []

    def find(self, kind: Kind, name: str) -> Object | None:
        """Return one object, None when it does not exist."""
        return next((o for o in self.items(kind) if objects.name(o) == name), None)


class Cache:
    """The objects of one kind in one namespace, kept current by a thread of its own."""

    def __init__(self, connection: Connection, kind: Kind, namespace: str) -> None:
        self._connection = connection
        self._kind = kind
        self._namespace = namespace
        self._objects: dict[str, Object] = {}
        self._listeners: list[threading.Event] = []
        self._lock = threading.Lock()
        self._silent_since: float | None = None
        self.synced = threading.Event()
        name = f"watch-{kind[1]}-{namespace}"
        threading.Thread(target=self._run, daemon=True, name=name).start()

    @property
    def silent_seconds(self) -> float:
        """How long the server has not answered this watch; 0 while it does."""
        since = self._silent_since
        return 0.0 if since is None else time.monotonic() - since

    def items(self) -> list[Object]:
        """Return the objects as of the last event."""
        with self._lock:
            return list(self._objects.values())

    def find(self, name: str) -> Object | None:
        """Return one object as of the last event."""
        with self._lock:
            return self._objects.get(name)

    @contextmanager
    def wakes(self, listener: threading.Event) -> Iterator[None]:
        """Set `listener` at every event while the context lasts."""
        with self._lock:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def _notify(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.set()

    def _run(self) -> None:
        while not self._connection.cancelled.is_set():
            try:
                self._follow()
                self._silent_since = None
            except Unreachable:
                self._silent_since = self._silent_since or time.monotonic()
            except (ApiError, NoMatch):  # the kind or the namespace goes or is not there yet
                self._replace([])
                self.synced.set()
            self._notify()
            self._connection.cancelled.wait(_RETRY_SECONDS)

    def _follow(self) -> None:
        path = self._connection.collection(*self._kind, self._namespace)
        listing = self._connection.request("GET", path)
        identity = {"apiVersion": self._kind[0], "kind": self._kind[1]}
        self._replace([identity | item for item in listing.get("items") or []])
        self._silent_since = None
        self.synced.set()
        self._notify()
        version = objects.text(listing, "metadata", "resourceVersion")
        query = {"watch": "true", "resourceVersion": version, "timeoutSeconds": _SERVER_TIMEOUT}
        with self._connection.stream(path, query) as events:
            for event in events:
                if not self._take(event):
                    return

    def _replace(self, found: list[Object]) -> None:
        with self._lock:
            self._objects = {objects.name(obj): obj for obj in found}

    def _take(self, event: Object) -> bool:
        obj = event.get("object") or {}
        if event.get("type") == "ERROR":
            return False
        with self._lock:
            if event.get("type") == "DELETED":
                self._objects.pop(objects.name(obj), None)
            elif event.get("type") in ("ADDED", "MODIFIED"):
                self._objects[objects.name(obj)] = obj
        self._notify()
        return True


class Watches:
    """All caches of one connection. A cache lives as long as the plugin once it is asked for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._caches: dict[tuple[Kind, str], Cache] = {}
        self._lock = threading.Lock()

    def cache(self, kind: Kind, namespace: str) -> Cache:
        """Return the cache of a kind in a namespace, started when it is new."""
        with self._lock:
            key = (kind, namespace)
            if key not in self._caches:
                self._caches[key] = Cache(self._connection, kind, namespace)
            return self._caches[key]


class CachedView:
    """A view over the caches of one namespace."""

    def __init__(self, caches: dict[Kind, Cache]) -> None:
        self._caches = caches

    def items(self, kind: Kind) -> list[Object]:
        """Return the objects of a kind as of the last event."""
        return self._caches[kind].items()

    def find(self, kind: Kind, name: str) -> Object | None:
        """Return one object as of the last event."""
        return self._caches[kind].find(name)
