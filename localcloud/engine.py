"""The engine by hand on a stack of local planes, for what `make` has no verb for."""

import subprocess
from collections.abc import Sequence
from typing import Final

from localcloud.placement import SessionError
from localcloud.stack import Stack

CONFIGURED: Final = ("up", "preview", "refresh", "destroy")
STATE: Final = ("state", "cancel")
"""Commands that take no configuration. Others are left out: `stack rm` would remove the committed
stack file, and what `config set` writes is overwritten by the next `make`."""


def run(stack: Stack, arguments: Sequence[str]) -> int:
    """Run a command of the engine on a stack and return its exit code.

    Raises:
        SessionError: the command is not one of those that do no harm here.
    """
    verb = arguments[0] if arguments else ""
    if verb not in (*CONFIGURED, *STATE):
        raise SessionError(
            f"found pulumi {verb or '(nothing)'}; allowed: {', '.join((*CONFIGURED, *STATE))}; fix:"
            " python -m localcloud pulumi --stack NAME -- up --refresh"
        )
    where = ["--stack", stack.name]
    where += ["--config-file", str(stack.config_file)] if verb in CONFIGURED else []
    argv = ["pulumi", *arguments, *where, *stack.pack(verb)]
    return subprocess.run(argv, cwd=stack.checkout, env=stack.env(), check=False).returncode
