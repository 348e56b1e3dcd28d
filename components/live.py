"""Reads live objects of one cluster, for readiness gates and for the ownership check.

It writes nothing, but may delete what an interrupted Helm installation leaves behind
(``components.ownership``).
"""

import asyncio
import importlib
import json
import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote

from components.connection import BadKubeconfig, connect, request

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""Asks the API server for metadata alone, so that a list of Secrets carries no secret."""

Kubeconfig = Mapping[str, Any]
"""As data, with one context."""


class Unreachable(Exception):  # noqa: N818 a state of the cluster, told to the user as such
    """The cluster's API server did not answer, or refused to."""


class Reader(Protocol):
    """What a gate needs to know of a cluster; tests answer it from memory."""

    async def get(self, path: str) -> dict[str, Any] | None:
        """Return the object at an API path, or None where there is none."""

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        """Return the metadata of every object of a collection."""

    async def delete(self, path: str) -> None:
        """Delete the object at an API path."""


def gateway_path(namespace: str, name: str) -> str:
    """Return the API path of a Gateway."""
    return f"/apis/gateway.networking.k8s.io/v1/namespaces/{namespace}/gateways/{quote(name)}"


def mesh_controller_path(name: str) -> str:
    """Return the API path of a ServiceMeshController, which is cluster-scoped."""
    return f"/apis/operator.gloo.solo.io/v1/servicemeshcontrollers/{quote(name)}"


def workload_path(plural: str, namespace: str, name: str) -> str:
    """Return the API path of a Deployment (``deployments``) or a DaemonSet (``daemonsets``)."""
    return f"/apis/apps/v1/namespaces/{namespace}/{plural}/{quote(name)}"


class ClusterReader:
    """Reads through the official client, with the same kubeconfig that the provider has."""

    def __init__(self, kubeconfig: Mapping[str, Any]) -> None:
        # Imported late, for it is half a second that only a run against a cluster should pay; and
        # here, because threads that import the same modules at once can end in a deadlock error.
        importlib.import_module("kubernetes.client")
        self._kubeconfig = dict(kubeconfig)
        self._client: Any = None
        self._connecting = threading.Lock()

    async def get(self, path: str) -> dict[str, Any] | None:
        """Return the object at an API path, or None where there is none.

        Raises:
            Unreachable: when the API server does not answer or refuses.
        """
        return await asyncio.to_thread(self._request, "GET", path, "application/json")

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        """Return the metadata of every object of a collection; empty where the kind is unknown.

        Raises:
            Unreachable: when the API server does not answer or refuses.
        """
        found = await asyncio.to_thread(self._request, "GET", path, METADATA_ONLY)
        return [item.get("metadata", {}) for item in (found or {}).get("items") or []]

    async def delete(self, path: str) -> None:
        """Delete the object at an API path.

        Raises:
            Unreachable: when the API server does not answer or refuses.
        """
        await asyncio.to_thread(self._request, "DELETE", path, "application/json")

    def _request(self, method: str, path: str, accept: str) -> dict[str, Any] | None:
        from kubernetes.client import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            with self._connecting:
                if self._client is None:
                    self._client = connect(self._kubeconfig)
            response, body = request(self._client, method, path, accept=accept)
            if response.status == HTTPStatus.NOT_FOUND:
                return None
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise Unreachable(f"HTTP {response.status} {response.reason} for {path}")
            found = json.loads(body)
        except BadKubeconfig as error:
            raise Unreachable(f"its kubeconfig cannot be used: {error}") from None
        except (ApiException, HTTPError, OSError, ValueError) as error:
            raise Unreachable(" ".join(str(error).split())) from None
        return found if isinstance(found, dict) else None


class Nothing:
    """Reads a cluster that does not exist: there is nothing in it."""

    async def get(self, path: str) -> dict[str, Any] | None:
        """Return None, for there is no object."""
        del path
        return None

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        """Return an empty list, for there are no objects."""
        del path
        return []

    async def delete(self, path: str) -> None:
        """Do nothing: what does not exist is gone."""
