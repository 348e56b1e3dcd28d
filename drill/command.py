"""What the command plugin starts for a drill of the configuration.

``python -m drill.command 'run SERVICE NAMESPACE CLUSTER SECONDS'`` reads kubeconfigs by cluster,
as JSON, from its standard input: they are secrets, and never arguments. ``skip`` does nothing.

The drill itself runs in a process of its own that no signal to this one reaches: the engine kills a
command that it cancels, and what was taken away would stay away. When this process ends, however
it does, the pipe between the two ends too, and the drill restores what was there.
"""

import json
import os
import subprocess
import sys
import threading
from typing import Any, Final

from drill.clusters import Api, ClusterApi
from drill.facts import Target
from drill.process import say, stopping
from drill.run import WRONG, Drill

PATIENCE: Final = 60.0
"""Seconds for other clusters to have endpoints: just after links are connected, istiod needs a
moment to learn of them."""

GUARDED: Final = "--guarded"


def _drill(words: list[str], kubeconfigs: dict[str, Any], stop: threading.Event) -> int:
    service, namespace, cluster, seconds = words
    clusters: dict[str, Api] = {name: ClusterApi(one) for name, one in kubeconfigs.items()}
    return Drill(
        clusters=clusters,
        target=Target(service=service, namespace=namespace, cluster=cluster),
        timeout=float(seconds),
        patience=PATIENCE,
        say=say,
        stop=stop,
    ).run()


def _guarded(words: list[str]) -> int:
    stop = stopping()
    line = sys.stdin.readline()

    def watch() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    return _drill(words, json.loads(line), stop)


def main(arguments: list[str]) -> int:
    """Run what the last argument says, and return the exit code."""
    words = arguments[-1].split() if arguments else []
    if words[:1] == ["skip"]:
        say("not drilled again: only how its clusters are reached has changed")
        return 0
    if words[:1] != ["run"]:
        sys.stderr.write(f"found {words[:1]}; allowed: run or skip\n")
        return WRONG
    if arguments[0] == GUARDED:
        return _guarded(words[1:])
    kubeconfigs = json.dumps(json.loads(sys.stdin.read()))
    inner = subprocess.Popen(  # noqa: S603 this module itself
        [sys.executable, "-m", "drill.command", GUARDED, arguments[-1]],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    stop = stopping()
    threading.Thread(target=_end, args=(inner, stop), daemon=True).start()
    assert inner.stdin is not None  # noqa: S101 for the type checker
    inner.stdin.write(f"{kubeconfigs}\n")
    inner.stdin.flush()
    return inner.wait()


def _end(process: "subprocess.Popen[str]", stop: threading.Event) -> None:
    """Let the drill end early once this process is told to."""
    stop.wait()
    if process.stdin is not None:
        os.close(process.stdin.fileno())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
