"""A plane's API server, asked directly: no discovery, no cache, one request a call."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml
from urllib3.exceptions import HTTPError

from components.connection import connect, request


class ApiError(Exception):
    """The API server refused, or did not answer (``status`` 0)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """One API server, with the rights of a kubeconfig."""

    def __init__(self, kubeconfig: Path | Mapping[str, Any]) -> None:
        content = (
            yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
            if isinstance(kubeconfig, Path)
            else kubeconfig
        )
        self._client = connect(content)

    def call(self, method: str, path: str, body: Any = None, kind: str = "") -> Any:
        """Make a request and return its JSON, or its text where it is none.

        Raises:
            ApiError: when the server refuses or does not answer.
        """
        try:
            response, data = request(
                self._client, method, path, body=body, content=kind, timeout=(2, 30)
            )
        except (HTTPError, OSError) as error:
            raise ApiError(0, f"{method} {path}: {error}") from None
        if response.status >= HTTPStatus.BAD_REQUEST:
            text = data.decode(errors="replace")
            raise ApiError(response.status, f"{method} {path}: {response.status} {text}")
        try:
            return json.loads(data)
        except ValueError:
            return data.decode(errors="replace")

    def get(self, path: str) -> Any:
        """Return the object at a path."""
        return self.call("GET", path)

    def find(self, path: str) -> Any:
        """Return the object at a path, or None."""
        try:
            return self.call("GET", path)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def create(self, path: str, body: Mapping[str, Any]) -> Any:
        """Create an object in the collection at a path."""
        return self.call("POST", path, body, "application/json")

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Merge ``body`` into the object at a path."""
        return self.call("PATCH", path, body, "application/merge-patch+json")

    def delete(self, path: str) -> Any:
        """Delete the object at a path."""
        return self.call("DELETE", path)

    def apply(self, path: str, body: Mapping[str, Any], manager: str, *, force: bool = True) -> Any:
        """Apply an object as a field manager; ``force`` takes over fields that others hold."""
        query = f"{path}?fieldManager={manager}&force={str(force).lower()}"
        return self.call("PATCH", query, body, "application/apply-patch+yaml")

    def items(self, path: str) -> list[Any]:
        """Return the objects of a collection; empty where the kind is unknown."""
        found = self.find(path) or {}
        return list(found.get("items") or [])
