"""Finds the command that a command line means, records the call, and runs it."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from components.settings import ManagementSettings
from localcloud.istioctl.clusters import CommandError
from localcloud.istioctl.flags import Call, Flag, UsageError, parse
from localcloud.meshctl import cluster

CALLS: Final = "LOCALCLOUD_MESHCTL_CALLS"
VERSION: Final = "LOCALCLOUD_MESHCTL_VERSION"


def _version(call: Call) -> int:
    del call
    found = os.environ.get(VERSION) or ManagementSettings.model_fields["version"].default
    # Without a kubeconfig the real one has nothing to say of servers.
    sys.stdout.write(json.dumps({"client": {"version": found}}, indent=2) + "\n")
    return 0


COMMANDS: Final[Mapping[tuple[str, ...], tuple[tuple[Flag, ...], Callable[[Call], int]]]] = {
    ("version",): ((), _version),
    ("cluster", "register"): (cluster.REGISTER, cluster.register),
    ("cluster", "deregister"): (cluster.COMMON, cluster.deregister),
}


def _command(words: Sequence[str]) -> tuple[str, ...]:
    for name in COMMANDS:
        if tuple(words[: len(name)]) == name:
            return name
    raise UsageError(f'unknown command "{" ".join(words)}" for "meshctl"')


def main(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    try:
        name = _command(parse(arguments, cluster.REGISTER).words)
        flags, run = COMMANDS[name]
        call = parse(arguments, flags)
        if name != ("version",):
            _record(arguments)
        return run(replace(call, words=call.words[len(name) :]))
    except (UsageError, CommandError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1


def _record(arguments: Sequence[str]) -> None:
    if path := os.environ.get(CALLS):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(list(arguments)) + "\n")
