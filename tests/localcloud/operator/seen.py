"""A plane that is a list of objects, and that keeps what a controller does to it."""

from typing import Any, cast

from localcloud.operator.context import Context
from localcloud.operator.view import View

Object = dict[str, Any]


class Seen:
    """In place of a ``View``: nothing that is done to it changes what is found in it."""

    def __init__(self, *objects: Object) -> None:
        self._objects = objects
        self.deleted: list[tuple[str, str]] = []
        self.merged: list[tuple[str, Object]] = []
        self.applied: list[Object] = []
        self.statuses: list[tuple[str, Object]] = []

    def serves(self, kind: str) -> bool:
        return kind in ("Gateway", "GatewayClass", "ServiceEntry", "WorkloadEntry")

    def all(self, kind: str) -> list[Object]:
        return [item for item in self._objects if item["kind"] == kind]

    def find(self, kind: str, name: str, namespace: str = "") -> Object | None:
        for item in self.all(kind):
            meta = item["metadata"]
            if (meta["name"], meta.get("namespace", "")) == (name, namespace):
                return item
        return None

    def live(self, obj: Object) -> Object | None:
        meta = obj["metadata"]
        return self.find(obj["kind"], meta["name"], meta.get("namespace", ""))

    def ensure(self, obj: Object, manager: str) -> Object:
        assert manager
        self.applied.append(obj)
        return obj

    def write_status(self, live: Object, status: Object, manager: str) -> None:
        assert manager
        self.statuses.append((live["metadata"]["name"], status))

    def merge(self, name: str, live: Object, metadata: Object) -> None:
        assert name == live["kind"]
        self.merged.append((live["metadata"]["name"], metadata))

    def delete(self, live: Object) -> None:
        self.deleted.append((live["kind"], live["metadata"]["name"]))


def context(seen: Seen) -> Context:
    return Context(plane="one", index=0, view=cast("View", seen))
