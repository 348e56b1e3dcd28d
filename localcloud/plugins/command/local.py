"""A command on this machine."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from localcloud.plugins import assets
from localcloud.plugins.command import globs
from localcloud.plugins.command.output import Collector, converse, previous
from localcloud.plugins.provider import Cancelled, Properties, ProviderError
from localcloud.plugins.values import SIGNATURE

_SHELL: Final = ("/bin/sh", "-c")
_CHUNK: Final = 65536


def run(
    command: str,
    inputs: Mapping[str, Any],
    recorded: Mapping[str, Any],
    collector: Collector,
    cancelled: threading.Event,
) -> Properties:
    """Run ``command`` and return its outputs.

    Args:
        command: what the interpreter gets as its last argument.
        inputs: the resource's inputs in plain text.
        recorded: the outputs of the last run.
        collector: takes what the command writes.
        cancelled: set when the command must be killed.

    Raises:
        ProviderError: it could not start, or failed.
    """
    directory = str(inputs.get("dir") or Path.cwd())
    given = {key: str(value) for key, value in (inputs.get("environment") or {}).items()}
    try:
        process = subprocess.Popen(
            [*(inputs.get("interpreter") or _SHELL), command],
            cwd=directory,
            env={**os.environ, **given, **previous(inputs, recorded)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that a cancel reaches what the command started
        )
    except (OSError, ValueError) as error:
        raise ProviderError(collector.failure(str(error), command)) from None
    with process:
        _converse(process, str(inputs.get("stdin") or ""), collector, cancelled)
    if cancelled.is_set():
        raise Cancelled(collector.failure("cancelled", command))
    if process.returncode:
        raise ProviderError(collector.failure(_reason(process.returncode), command))
    return {**collector.outputs(), **_files(directory, inputs)}


def _reason(code: int) -> str:
    if code < 0:
        return f"signal: {signal.strsignal(-code) or -code}".lower()
    return f"exit status {code}"


def _converse(
    process: "subprocess.Popen[bytes]",
    stdin: str,
    collector: Collector,
    cancelled: threading.Event,
) -> None:
    def reader(stream: IO[bytes] | None) -> Callable[[], bytes]:
        return lambda: os.read(stream.fileno(), _CHUNK) if stream else b""

    def write() -> None:
        if process.stdin:
            with process.stdin:
                process.stdin.write(stdin.encode())

    readers = {"stdout": reader(process.stdout), "stderr": reader(process.stderr)}
    converse(collector, readers, write, cancelled, lambda: os.killpg(process.pid, signal.SIGKILL))


def _files(directory: str, inputs: Mapping[str, Any]) -> Properties:
    found: Properties = {}
    if inputs.get("assetPaths") is not None:
        found["assets"] = globs.find(directory, inputs["assetPaths"])
    if inputs.get("archivePaths") is not None:
        inside = globs.find(directory, inputs["archivePaths"])
        found["archive"] = {SIGNATURE: assets.ARCHIVE_SIGNATURE, "assets": inside}
    return found
