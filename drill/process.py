"""What a process that drills does with signals and with its output.

Apart from ``drill.__main__``, for the command plugin's process should not pay for what that reads.
"""

import signal
import sys
import threading
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def stopping() -> threading.Event:
    """Return an event that SIGINT and SIGTERM set, in place of ending the process."""
    stop = threading.Event()
    for number in SIGNALS:
        signal.signal(number, lambda *_: stop.set())
    return stop


def say(line: str) -> None:
    """Print a line of the report; whoever read it may be gone, which must not end a drill."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        sys.stdout = sys.stderr
