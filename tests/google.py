"""A server of this machine that plays Google's APIs."""

import contextlib
import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

VARIABLES = (
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "GOOGLE_CREDENTIALS",
    "GOOGLE_CLOUD_KEYFILE_JSON",
    "GCLOUD_KEYFILE_JSON",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
    "GCE_METADATA_HOST",
)
"""What a credential of whoever runs the tests would be found by."""


def sign_out(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Leave the tests of this process without a credential of whoever runs them.

    Args:
        monkeypatch: undoes it.
        folder: an empty one, in the place of gcloud's.
    """
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(folder))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


class Google:
    """Answers by path, and remembers who asked what."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []
        """Paths, each with the header that says who asks."""
        self.counted: dict[str, str] = {}
        """Paths, each with the project that the request counts for."""
        self.forms: list[dict[str, list[str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def _say(self, status: int, answer: Any) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                outer.asked.append((path, self.headers.get("Authorization", "")))
                outer.counted[path] = self.headers.get("X-Goog-User-Project", "")
                answer = outer.answers.get(path, 404)
                if isinstance(answer, bytes):
                    self.wfile.write(answer)  # what no API says
                elif callable(answer):
                    answer()
                else:
                    self._say(answer if isinstance(answer, int) else 200,
                              {} if isinstance(answer, int) else answer)  # fmt: skip

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.forms.append(urllib.parse.parse_qs(self.rfile.read(length).decode()))
                status, answer = outer.answers.get(self.path, (404, {}))
                self._say(status, answer)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextlib.contextmanager
def running() -> Iterator[Google]:
    """Yield a server that answers as long as the block lasts."""
    made = Google()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()
