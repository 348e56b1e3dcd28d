"""Questions to Google Cloud's APIs, each answered, refused or given up in bounded time."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar

from components.google_credentials import SECONDS, Token

T = TypeVar("T")

ENDPOINTS: Final = {
    "serviceusage": "https://serviceusage.googleapis.com/v1",
    "compute": "https://compute.googleapis.com/compute/v1",
    "container": "https://container.googleapis.com/v1",
}
OF_THE_CALLER: Final = ("serviceusage",)
"""APIs whose requests count for the project of who asks; the others', for that which is asked
about (https://cloud.google.com/docs/quotas/quota-project)."""
CONNECTING: Final = 5
"""Seconds until one address answers."""


class Unasked(Exception):  # noqa: N818 a state, told to the user as such
    """Google Cloud did not answer a question; the message says why."""


class Silent(Unasked):
    """Nobody answers at all, so that further questions would only take time."""


class Google:
    """Asks about one project.

    Args:
        token: what it asks with.
        project: that it asks about.
    """

    def __init__(self, token: Token, project: str) -> None:
        from requests import Session  # noqa: PLC0415 a tenth of a second that few runs should pay

        self._token = token
        self._project = project
        self._session = Session()
        # Else a .netrc file would take the header's place.
        self._session.auth = self._sign

    def _sign(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token.text}"
        return request

    def get(self, api: str, path: str, **query: Any) -> dict[str, Any] | None:
        """Return an answer; None, if there is no such thing.

        Args:
            api: one of ``ENDPOINTS``.
            path: behind it.
            query: parameters.

        Raises:
            Unasked: there is none.
        """
        import requests  # noqa: PLC0415 as above

        mine = self._token.personal and api in OF_THE_CALLER
        counted = self._token.quota_project or (self._project if mine else "")
        try:
            answer = self._session.get(
                f"{ENDPOINTS[api]}/{path}",
                params=query,
                headers={"X-Goog-User-Project": counted} if counted else {},
                timeout=(CONNECTING, SECONDS),
                allow_redirects=False,  # an API has none, and a proxy's login page is no answer
            )
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return None
            if answer.status_code != HTTPStatus.OK:
                raise Unasked(f"{api} answers HTTP {answer.status_code}")
            found = answer.json()
        except (requests.RequestException, OSError, ValueError) as error:
            raise Silent(f"{api} cannot be asked: {type(error).__name__}") from None
        if not isinstance(found, dict):
            raise Silent(f"{api} cannot be asked: what answers is not Google")
        return found


async def aside(work: Callable[[], T], seconds: float) -> T:
    """Do what blocks on a thread that nobody waits for longer than this, not even at the end.

    Raises:
        TimeoutError: it is not done yet.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(say: Callable[[Any], None], what: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: None if done.done() else say(what))

    def run() -> None:
        try:
            found = work()
        except Exception as error:  # noqa: BLE001 raised again where it is awaited
            tell(done.set_exception, error)
        else:
            tell(done.set_result, found)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wait_for(done, seconds)
