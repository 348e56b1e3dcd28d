"""Deletes what a command-line tool has made and cannot take back, by the API server itself."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from components.connection import BadKubeconfig, connect, request
from components.naming import OWNER_ANNOTATION

LONGEST: Final = 300
"""Seconds until an object that is being deleted must be gone."""
POLL: Final = 0.5


def single(kubeconfig: Mapping[str, Any], context: str) -> dict[str, Any]:
    """Return a kubeconfig with one of its contexts only."""
    kept = {
        section: [entry for entry in kubeconfig[section] if entry["name"] == context]
        for section in ("contexts", "clusters", "users")
    }
    return {**kubeconfig, **kept, "current-context": context}


def _request(client: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    response, content = request(client, method, path, body=body, content="application/json")
    return response.status, json.loads(content) if content else {}


def _delete(client: Any, path: str) -> str:
    """Delete the object at a path and wait until it is gone; return what is wrong, if anything."""
    status, found = _request(client, "GET", path)
    if status == HTTPStatus.NOT_FOUND:
        return ""
    if status >= HTTPStatus.BAD_REQUEST:
        return f"{path}: HTTP {status}"
    meta = found["metadata"]
    if holder := (meta.get("annotations") or {}).get(OWNER_ANNOTATION):
        sys.stdout.write(f"{path} stays: it belongs to stack {holder}\n")
        return ""
    # By its uid, so that one that somebody has made in its place is not deleted for it.
    body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": meta["uid"]}}
    status, _ = _request(client, "DELETE", path, body)
    if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.NOT_FOUND:
        return f"{path}: HTTP {status}"
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        status, now = _request(client, "GET", path)
        if status == HTTPStatus.NOT_FOUND or now.get("metadata", {}).get("uid") != meta["uid"]:
            return ""
        time.sleep(POLL)
    return f"{path}: still there after {LONGEST} s; finalizers: {meta.get('finalizers') or 'none'}"


def delete(kubeconfig: Mapping[str, Any], context: str, paths: Sequence[str]) -> int:
    """Delete objects of one cluster and return an exit code; those already gone are fine."""
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 with the client, which is heavy

    try:
        client = connect(single(kubeconfig, context))
        problems = [problem for path in paths if (problem := _delete(client, path))]
    except (BadKubeconfig, HTTPError, OSError, ValueError) as error:
        problems = [f"the API server does not answer: {' '.join(str(error).split())}"]
    for problem in problems:
        sys.stderr.write(f"{context}: {problem}\n")
    return 1 if problems else 0
