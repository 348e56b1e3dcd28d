"""The output of a command: collected, shown while it runs, and quoted when it fails."""

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

STDOUT_VARIABLE = "PULUMI_COMMAND_STDOUT"
STDERR_VARIABLE = "PULUMI_COMMAND_STDERR"
_POLL_SECONDS = 0.1


class Collector:
    """Collects what a command writes; both streams may be fed at once.

    Args:
        logging: the ``logging`` input; None shows both streams.
        show: takes each whole line of the streams to show.
    """

    def __init__(self, logging: str | None, show: Callable[[str], None]) -> None:
        self._both = bytearray()
        self._streams = {"stdout": bytearray(), "stderr": bytearray()}
        self._partial = {"stdout": b"", "stderr": b""}
        self._shown = logging
        self._show = show
        self._lock = threading.Lock()

    def feed(self, stream: str, data: bytes) -> None:
        """Take a piece of ``stdout`` or ``stderr``."""
        with self._lock:
            self._both += data
            self._streams[stream] += data
            *lines, self._partial[stream] = (self._partial[stream] + data).split(b"\n")
        if self._shown in (None, stream, "stdoutAndStderr"):
            for line in lines:
                self._show(line.decode(errors="replace"))

    def outputs(self) -> dict[str, str]:
        """Return both streams, each without its last line break."""
        return {
            name: data.decode(errors="replace").removesuffix("\n")
            for name, data in self._streams.items()
        }

    def failure(self, reason: str, command: str) -> str:
        """Return the message for a command that failed."""
        said = self._both.decode(errors="replace")
        return f"{reason}: running {json.dumps(command)}:\n{said}"


def converse(
    collector: Collector,
    readers: Mapping[str, Callable[[], bytes]],
    write: Callable[[], None],
    cancelled: threading.Event,
    stop: Callable[[], None],
) -> None:
    """Write a command's input and collect its output until it has closed both streams.

    Args:
        collector: takes what comes.
        readers: by stream, what returns the next piece, empty at the end.
        write: writes the whole input; an OSError means that the command does not read it.
        cancelled: when set, ``stop`` is called, once.
        stop: ends the command, so that the readers come to their end.
    """

    def read(name: str, receive: Callable[[], bytes]) -> None:
        while data := receive():
            collector.feed(name, data)

    def send() -> None:
        with contextlib.suppress(OSError):
            write()

    threads = [threading.Thread(target=read, args=pair, daemon=True) for pair in readers.items()]
    threads.append(threading.Thread(target=send, daemon=True))
    for thread in threads:
        thread.start()
    stopped = False
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(_POLL_SECONDS)
        if cancelled.is_set() and not stopped:
            stop()
            stopped = True


def previous(inputs: Mapping[str, Any], recorded: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that hold the last run's output, unless the program declines."""
    if inputs.get("addPreviousOutputInEnv") is False:
        return {}
    pairs = {
        STDOUT_VARIABLE: recorded.get("stdout"),
        STDERR_VARIABLE: recorded.get("stderr"),
    }
    return {name: str(value) for name, value in pairs.items() if value}
