"""A stack's configuration and outputs, for tools beside the program: asked of the engine.

Secrets are left out.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from components import layers, stack_files
from components.keys import EXTENDS
from components.settings import ConfigurationError, Settings, parse


class Unasked(Exception):  # noqa: N818 a state, told to the user as such
    """Nobody could be asked for the stack's configuration or outputs; the message says why."""


def configured(stack: str, config_file: Path | None) -> Settings:
    """Return the settings of a stack.

    Args:
        stack: its name.
        config_file: its configuration; None is ``Pulumi.<stack>.yaml``, also in ``stacks/``.

    Raises:
        ConfigurationError: it is wrong.
        Unasked: pulumi is missing, or does not know the stack.
    """
    config_file = config_file or _found(stack)
    file = ["--config-file", str(config_file)] if config_file else []
    values = _asked(stack, "config", *file)
    prefix = "ambientmesh:"
    raw = {
        key.removeprefix(prefix): value.get("value", "")
        for key, value in values.items()
        if key.startswith(prefix) and not value.get("secret")
    }
    merged = layers.merged(raw, config_file, Path())
    if merged.mistakes:
        raise ConfigurationError([mistake.line for mistake in merged.mistakes])
    try:
        return parse(merged.raw if EXTENDS in raw else raw)
    except ConfigurationError as error:
        raise ConfigurationError(error.lines, merged.place) from None


def outputs(stack: str) -> dict[str, Any]:
    """Return the outputs of a stack; secrets are masked.

    Raises:
        Unasked: pulumi is missing, or does not know the stack.
    """
    return _asked(stack, "stack", "output")


def _asked(stack: str, *command: str) -> dict[str, Any]:
    where = ["--json", "--non-interactive", "--stack", stack]
    try:
        # pulumi is the user's own, from PATH, as in every command of the documentation.
        done = subprocess.run(  # noqa: S603
            ["pulumi", *command, *where],  # noqa: S607
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise Unasked(
            "there is no pulumi on the PATH, and it has the stack's configuration; fix:"
            f" make verify STACK={stack} or make drill STACK={stack}, which need none,"
            " or PATH=.local/tools/bin:$PATH once make up has made one"
        ) from None
    if done.returncode:
        raise Unasked(" ".join(done.stderr.split()))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _found(stack: str) -> Path | None:
    try:
        return stack_files.find(stack, Path())
    except stack_files.TwoFiles as error:
        raise Unasked(str(error)) from None
