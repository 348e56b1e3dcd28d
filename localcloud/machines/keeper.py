"""Keeps one machine on, as long as its world runs: ``python -m localcloud.machines.keeper``.

Arguments: the machine's folder, the world's folder, and the address and port of its sshd. That it
is on is in ``keeper.json``; what it and its sshd say is in ``keeper.log``.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Final

from localcloud.machines import runtime
from localcloud.machines.place import Place
from localcloud.machines.sshd import Sshd, SshdError
from localcloud.processes import Identity
from localcloud.spec import write_atomically
from localcloud.watch import supervisor

STATE: Final = "keeper.json"
_TICK: Final = 0.5
"""Seconds between two looks at the world."""


def keep(sshd: Sshd, world: Path) -> None:
    """Run a machine until it is asked to end, its sshd ends, or its world is gone.

    Raises:
        SshdError: its sshd does not start.
    """
    off = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        off.set()

    signal.signal(signal.SIGTERM, end)
    process = sshd.start()
    threading.Thread(target=_log, args=(process,), daemon=True).start()
    state = sshd.place.folder / STATE
    write_atomically(state, json.dumps(Identity.of(os.getpid()).as_dict()))
    try:
        while process.poll() is None and supervisor(world) is not None and not off.wait(_TICK):
            pass
    finally:
        process.terminate()
        process.wait()
        for container in sshd.place.containers().values():
            if runtime.is_running(container):
                runtime.stop(container)
        state.unlink(missing_ok=True)


def _log(process: "subprocess.Popen[str]") -> None:
    for line in process.stderr or ():
        sys.stderr.write(line)


def main(arguments: list[str]) -> int:
    """Keep a machine."""
    folder, world, address, port = arguments
    sshd = Sshd(place=Place(folder=Path(folder)), address=address, port=int(port))
    try:
        keep(sshd, Path(world))
    except SshdError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
