"""Finds the command that a command line means, records the call, and runs it."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from localcloud.istioctl.clusters import CommandError
from localcloud.istioctl.commands import bootstrap, check, expose, link, version
from localcloud.istioctl.flags import GLOBAL, Call, Flag, UsageError, parse

CALLS: Final = "LOCALCLOUD_ISTIOCTL_CALLS"
WRONG_USAGE: Final = 64
"""What the real one exits with."""

Run = Callable[[Call], int]

COMMANDS: Final[Mapping[tuple[str, ...], tuple[tuple[Flag, ...], Run]]] = {
    ("version",): (version.FLAGS, version.run),
    ("bootstrap",): (bootstrap.FLAGS, bootstrap.run),
    ("multicluster", "expose"): (expose.FLAGS, expose.run),
    ("multicluster", "link"): (link.FLAGS, link.run),
    ("multicluster", "check"): (check.FLAGS, check.run),
}


def _record(arguments: Sequence[str]) -> None:
    if path := os.environ.get(CALLS):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(list(arguments)) + "\n")


def _command(arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[Flag, ...], Run]:
    every = [flag for flags, _ in COMMANDS.values() for flag in flags]
    words = parse(arguments, [*GLOBAL, *every]).words
    for name, (flags, run) in COMMANDS.items():
        if words[: len(name)] == name:
            return name, flags, run
    raise UsageError(f'unknown command "{" ".join(words)}" for "istioctl"')


def _expect_no_more(words: Sequence[str]) -> None:
    if words:
        raise UsageError(f"expected zero args, got {', '.join(words)}")


def main(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    try:
        name, flags, run = _command(arguments)
        call = parse(arguments, [*GLOBAL, *flags])
        if name != ("version",):
            _record(arguments)
        _expect_no_more(call.words[len(name) :])
        return run(call)
    except UsageError as error:
        sys.stderr.write(f"Error: {error}\n")
        return WRONG_USAGE
    except CommandError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
