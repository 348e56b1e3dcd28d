"""What a plane holds of one kind of object, kept up to date by a watch."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from localcloud.operator.client import ApiError, Client, plural

RETRY_SECONDS: Final = 0.3
"""Until the next try when the API server does not answer, or does not know the kind yet."""
UNKNOWN_SECONDS: Final = 10.0
"""Until the next try when no CRD says that there is such a kind: its arrival is noticed at once."""
RELIST_SECONDS: Final = 0.1
"""Until the next list when a watch broke."""

JSON: Final = "application/json"
METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA_EVENTS: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Objects to watch.

    Attributes:
        api: API path of the group and version.
        version: ``apiVersion`` and ``kind`` of the objects: lists leave them out.
        query: selectors.
        metadata_only: whether specs and statuses are left out.
    """

    api: str
    version: str
    kind: str
    query: str = ""
    metadata_only: bool = False

    @property
    def path(self) -> str:
        """Path of the list."""
        return f"{self.api}/{plural(self.kind)}{'?' if self.query else ''}{self.query}"

    @property
    def definition(self) -> str:
        """Name of the CRD that the kind comes with, unless it is one of Kubernetes' own."""
        return f"{plural(self.kind)}.{self.version.partition('/')[0]}"


class Cache:
    """The objects of one collection.

    Args:
        collection: which objects.
        client: of the plane.
        news: called whenever anything changed.
        definitions: the plane's CRDs; a kind that none of them defines is not asked for.
    """

    def __init__(
        self,
        collection: Collection,
        client: Client,
        news: Callable[[], None],
        definitions: "Cache | None" = None,
    ) -> None:
        self.collection = collection
        self.reachable = False
        """Whether the API server answers."""
        self.served = False
        """Whether it knows the kind."""
        self._client = client
        self._news = news
        self._objects: dict[tuple[str, str], dict[str, Any]] = {}
        self._seen = 0
        self._definitions = definitions
        self._lock = threading.Condition()

    def all(self) -> list[dict[str, Any]]:
        """Return every object, by namespace and name. They are not to be changed."""
        with self._lock:
            return [self._objects[key] for key in sorted(self._objects)]

    def find(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Return one object; ``namespace`` is empty for kinds without."""
        with self._lock:
            return self._objects.get((namespace, name))

    def until_there(self, name: str, seconds: float) -> None:
        """Wait for an object without a namespace, for so long at most."""
        with self._lock:
            self._lock.wait_for(lambda: ("", name) in self._objects, seconds)

    def put(self, obj: dict[str, Any]) -> None:
        """Take in the answer to a write, unless the watch has told of something later."""
        with self._lock:
            if int(obj["metadata"]["resourceVersion"]) > self._seen:
                self._store(obj)

    def follow(self) -> None:
        """Keep up with the API server, for ever."""
        while True:
            try:
                version = self._list()
            except ApiError as error:
                self._lost(error)
                if self._definitions is not None and error.status == HTTPStatus.NOT_FOUND:
                    # Asked for every 0.3 s, ten kinds cost an empty plane a tenth of a core.
                    self._definitions.until_there(self.collection.definition, UNKNOWN_SECONDS)
                time.sleep(RETRY_SECONDS)
                continue
            try:
                while True:
                    version = self._watch(version)
            except ApiError as error:
                # Watches break for small reasons, such as a CRD that changed: a list will tell.
                log.debug("%s", error)
                time.sleep(RELIST_SECONDS)

    def _lost(self, error: ApiError) -> None:
        log.debug("%s", error)
        if error.status == HTTPStatus.NOT_FOUND:
            with self._lock:
                self._objects.clear()
        reachable = error.status != 0
        if (reachable, False) != (self.reachable, self.served):
            self.reachable, self.served = reachable, False
            self._news()

    def _list(self) -> str:
        accept = METADATA if self.collection.metadata_only else JSON
        found = self._client.get(self.collection.path, accept)
        version = str(found["metadata"]["resourceVersion"])
        with self._lock:
            self._objects.clear()
            for obj in found["items"] or []:
                self._store(obj)
            self._seen = int(version)
        self.reachable = self.served = True
        self._news()
        return version

    def _watch(self, version: str) -> str:
        accept = METADATA_EVENTS if self.collection.metadata_only else JSON
        for event in self._client.watch(self.collection.path, version, accept):
            obj = event["object"]
            if event["type"] == "ERROR":
                raise ApiError(int(obj.get("code", 0)), str(obj.get("message")))
            version = str(obj["metadata"]["resourceVersion"])
            if event["type"] == "BOOKMARK":
                continue
            with self._lock:
                self._seen = int(version)
                if event["type"] == "DELETED":
                    self._objects.pop(_key(obj), None)
                else:
                    self._store(obj)
            self._news()
        return version

    def _store(self, obj: dict[str, Any]) -> None:
        obj["metadata"].pop("managedFields", None)
        if not self.collection.metadata_only:
            obj["apiVersion"], obj["kind"] = self.collection.version, self.collection.kind
        old = self._objects.get(_key(obj))
        newer = int(obj["metadata"]["resourceVersion"])
        if old is None or newer >= int(old["metadata"]["resourceVersion"]):
            self._objects[_key(obj)] = obj
            self._lock.notify_all()


def _key(obj: dict[str, Any]) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]
