"""One cluster's API server, read and patched on behalf of a drill."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol

from components.connection import BadKubeconfig, connect, request
from components.live import Unreachable

MANAGER: Final = "ambientmesh-drill"
"""Field manager of what a drill writes; nothing of it is left once the drill has ended."""


class Conflict(Exception):  # noqa: N818 a state of the object, which is read again
    """Somebody else was quicker: the object is no longer the one that was read."""


class Api(Protocol):
    """What a drill needs of a cluster; tests answer it from memory."""

    def get(self, path: str) -> dict[str, Any] | None:
        """Return the object at an API path, or None where there is none."""

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Merge ``body`` into an object and return it; a resourceVersion in it must be met."""


class ClusterApi:
    """A real API server."""

    def __init__(self, kubeconfig: Mapping[str, Any]) -> None:
        self._kubeconfig = kubeconfig
        self._client: Any = None

    def get(self, path: str) -> dict[str, Any] | None:
        """Return the object at an API path, or None where there is none.

        Raises:
            Unreachable: the API server does not answer or refuses.
        """
        return self._request("GET", path)

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Merge ``body`` into the object at an API path and return it.

        Raises:
            Conflict: the object is not of the resourceVersion in ``body``.
            Unreachable: the API server does not answer or refuses, or has no such object.
        """
        found = self._request("PATCH", f"{path}?fieldManager={MANAGER}", body)
        if found is None:
            raise Unreachable(f"{path} does not exist")
        return found

    def _request(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        from kubernetes.client import ApiException  # noqa: PLC0415 half a second
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 likewise

        try:
            if self._client is None:
                self._client = connect(self._kubeconfig)
            response, content = request(
                self._client, method, path, body=body, content="application/merge-patch+json"
            )
            if response.status == HTTPStatus.NOT_FOUND:
                return None
            if response.status == HTTPStatus.CONFLICT:
                raise Conflict(path)
            if response.status >= HTTPStatus.BAD_REQUEST:
                said = json.loads(content).get("message") or response.reason
                raise Unreachable(f"HTTP {response.status} for {path}: {said}")
            found: dict[str, Any] = json.loads(content)
        except BadKubeconfig as error:
            raise Unreachable(f"its kubeconfig cannot be used: {error}") from None
        except (ApiException, HTTPError, OSError, ValueError) as error:
            raise Unreachable(" ".join(str(error).split())) from None
        return found


def items(api: Api, path: str) -> list[dict[str, Any]] | None:
    """Return the objects of a collection; None where the cluster does not know the kind."""
    found = api.get(path)
    return None if found is None else list(found.get("items") or [])
