"""Watches the arguments of every process on this machine while a block runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

LOOKS_A_SECOND = 20


@contextmanager
def watched() -> Iterator[set[str]]:
    """Yield a set that fills with every command line that is seen until the block ends."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(1 / LOOKS_A_SECOND):
            for process in psutil.process_iter():
                try:
                    seen.add("\0".join(process.cmdline()))
                except psutil.Error:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
