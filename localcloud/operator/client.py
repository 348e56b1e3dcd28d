"""Requests and watches on one plane's API server.

Over urllib3, which the official client stands on too: that client would cost 20 MB in each of these
processes, has no type information, and would have CRDs parsed that are sent on as they are.
"""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError

from localcloud.plane import Plane

APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"
TIMEOUT: Final = urllib3.Timeout(connect=2, read=30)

WATCH_SECONDS: Final = 240
"""How long the API server keeps a watch open; well within its own default of 30 to 60 minutes."""


class ApiError(Exception):
    """The API server refused, or did not answer (``status`` 0)."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def plural(kind: str) -> str:
    """Return a kind's name in paths. The plurals of the kinds used here are regular."""
    name = kind.lower()
    if name.endswith(("entry", "policy")):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


def path_of(obj: Mapping[str, Any]) -> str:
    """Return the API path of an object."""
    version, meta = obj["apiVersion"], obj["metadata"]
    prefix = f"/apis/{version}" if "/" in version else f"/api/{version}"
    if namespace := meta.get("namespace"):
        prefix += f"/namespaces/{namespace}"
    return f"{prefix}/{plural(obj['kind'])}/{meta['name']}"


class Client:
    """One API server, with the rights of a cluster administrator."""

    def __init__(self, plane: Plane) -> None:
        pki = plane.folder / "pki"
        self._url = plane.url
        self._pool = urllib3.PoolManager(
            maxsize=16,
            retries=False,
            cert_file=str(pki / "admin.crt"),
            key_file=str(pki / "admin.key"),
            ca_certs=str(pki / "ca.crt"),
            cert_reqs="CERT_REQUIRED",
        )

    def get(self, path: str, accept: str = "application/json") -> dict[str, Any]:
        """Return the object or list at a path.

        Raises:
            ApiError: when the server refuses or does not answer; so do all the others.
        """
        return self._call("GET", path, headers={"Accept": accept})

    def apply(
        self, obj: Mapping[str, Any], manager: str, *, part: str = "", uid: str = ""
    ) -> dict[str, Any]:
        """Apply an object as a field manager, taking over fields that others hold.

        Args:
            obj: the fields to own, with apiVersion, kind and name.
            manager: name of the field manager.
            part: ``/status`` for that subresource.
            uid: refuse to create the object anew, or to write to one of another uid.
        """
        if uid:
            obj = {**obj, "metadata": {**obj["metadata"], "uid": uid}}
        return self.apply_text(f"{path_of(obj)}{part}", json.dumps(obj), manager)

    def apply_text(self, path: str, text: str, manager: str) -> dict[str, Any]:
        """Apply YAML as it is."""
        query = f"{path}?fieldManager={manager}&force=true"
        return self._call("PATCH", query, text, {"Content-Type": APPLY})

    def merge(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Merge ``body`` into the object at a path."""
        return self._call("PATCH", path, json.dumps(body), {"Content-Type": MERGE})

    def delete(self, path: str, *, dependents_first: bool) -> None:
        """Delete an object; that it is gone already is no error."""
        policy = "Foreground" if dependents_first else "Background"
        try:
            self._call("DELETE", f"{path}?propagationPolicy={policy}")
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def watch(self, path: str, version: str, accept: str) -> Iterator[dict[str, Any]]:
        """Yield events after a resource version until the API server ends the watch."""
        mark = "&" if "?" in path else "?"
        query = (
            f"watch=1&allowWatchBookmarks=true&resourceVersion={version}"
            f"&timeoutSeconds={WATCH_SECONDS}"
        )
        timeout = urllib3.Timeout(connect=2, read=WATCH_SECONDS + 10)
        try:
            response = self._pool.request(
                "GET",
                f"{self._url}{path}{mark}{query}",
                headers={"Accept": accept},
                preload_content=False,
                timeout=timeout,
            )
            try:
                if response.status >= HTTPStatus.BAD_REQUEST:
                    raise ApiError(response.status, f"watch of {path}: {response.status}")
                for line in _lines(response):
                    yield json.loads(line)
            finally:
                response.close()
        except (HTTPError, OSError) as error:
            raise ApiError(0, f"watch of {path}: {error}") from None

    def _call(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            response = self._pool.request(
                method, f"{self._url}{path}", body=body, headers=headers, timeout=TIMEOUT
            )
        except (HTTPError, OSError) as error:
            raise ApiError(0, f"{method} {path}: {error}") from None
        if response.status >= HTTPStatus.BAD_REQUEST:
            text = response.data.decode(errors="replace")
            raise ApiError(response.status, f"{method} {path}: {response.status} {_reason(text)}")
        found: dict[str, Any] = json.loads(response.data)
        return found


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream(amt=None):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text
