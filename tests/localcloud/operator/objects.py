"""Objects on one plane, and waiting for what becomes of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from localcloud.api import Api, ApiError
from localcloud.world import World

NAMESPACES = "/api/v1/namespaces"
PATIENCE = 60.0


def until(holds: Callable[[], Any], what: Callable[[], Any] | str = "") -> Any:
    """Return what ``holds`` returns once it is true; fail and say ``what`` when it never is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.05)


@dataclass
class Objects:
    """One plane, and what anybody can do to it."""

    world: World
    name: str

    @property
    def api(self) -> Api:
        return self.world.plane(self.name).api()

    def apply(self, collection: str, kind: str, name: str, **content: Any) -> None:
        prefix, version = collection.split("/")[1], collection.split("/")[2]
        api = version if prefix == "api" else f"{version}/{collection.split('/')[3]}"
        metadata = {"name": name, **content.pop("metadata", {})}
        body = {"apiVersion": api, "kind": kind, "metadata": metadata, **content}
        self.api.apply(f"{collection}/{name}", body, "test")

    def namespace(self, name: str, **labels: str) -> None:
        self.apply(NAMESPACES, "Namespace", name, metadata={"labels": labels})

    def hold(self, path: str) -> None:
        self.api.patch(path, {"metadata": {"finalizers": ["test/hold"]}})

    def let_go(self, path: str) -> None:
        held = self.api.get(path)["metadata"]["finalizers"]
        kept = [name for name in held if name != "test/hold"]
        self.api.patch(path, {"metadata": {"finalizers": kept}})

    def gone(self, path: str) -> None:
        until(lambda: self.api.find(path) is None, lambda: str(self.api.find(path)))

    def delete(self, path: str) -> None:
        try:
            self.api.delete(path)
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        self.gone(path)
