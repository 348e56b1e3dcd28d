"""The loop looks whenever there is news, also when they come at a bad moment."""

import threading
from pathlib import Path

import pytest

from localcloud.operator.loop import Loop
from localcloud.operator.view import View
from localcloud.plane import Plane


class LateNews(threading.Event):
    """News that come just after the first wait has ended without any."""

    waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        """Wait, and have news after the first time."""
        self.waits += 1
        came = super().wait(timeout)
        if self.waits == 1:
            self.set()
        return came


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loop:
    monkeypatch.setattr(View, "follow", lambda _: None)
    monkeypatch.setattr(Loop, "_glance", lambda _: False)
    (tmp_path / "planes/one").mkdir(parents=True)
    ports = {"kube-apiserver": 1}
    plane = Plane(name="one", index=0, folder=tmp_path, ports=ports, binaries=tmp_path)
    return Loop(plane, tmp_path)


def test_news_that_come_as_a_wait_ends_are_not_lost(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    news = LateNews()
    looks: list[tuple[int, bool]] = []

    def look(of: Loop) -> float:
        looks.append((news.waits, news.is_set()))
        if len(looks) == 2:
            of.end()
        return 3600

    monkeypatch.setattr(Loop, "_look", look)
    loop._news = news
    watchdog = threading.Timer(20, loop.end)
    watchdog.start()

    try:
        loop.run()
    finally:
        watchdog.cancel()

    assert looks == [(1, True), (2, False)], "the first is due at once, the second is of the news"
