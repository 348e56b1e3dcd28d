"""A command on a remote host, over ssh."""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST

from localcloud.plugins.command import ssh
from localcloud.plugins.command.output import Collector, converse, previous
from localcloud.plugins.provider import Cancelled, Properties, ProviderError

Warn = Callable[[str], None]
_CHUNK: Final = 65536
_ADVICE: Final = (
    "This only works if your SSH server is configured to accept these variables via AcceptEnv. "
    "Alternatively, if a Bash-like shell runs the command on the remote host, you could prefix the "
    "command itself with the variables in the form 'VAR=value command'"
)


def run(
    command: str,
    inputs: Mapping[str, Any],
    recorded: Mapping[str, Any],
    collector: Collector,
    cancelled: threading.Event,
    warn: Warn,
) -> Properties:
    """Run ``command`` on the host of ``inputs`` and return its outputs.

    Raises:
        ProviderError: no connection, a refused variable, or the command failed.
    """
    with ssh.connect(inputs["connection"], cancelled) as transport:
        try:
            channel = _session(transport, inputs, previous(inputs, recorded), warn)
            channel.exec_command(command)
            _converse(channel, str(inputs.get("stdin") or ""), collector, cancelled)
            if cancelled.is_set():
                raise Cancelled(collector.failure("cancelled", command))
            status = channel.recv_exit_status()
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise ProviderError(collector.failure(str(error), command)) from None
    if status < 0:
        raise ProviderError(collector.failure("the command ended without a status", command))
    if status:
        raise ProviderError(collector.failure(f"Process exited with status {status}", command))
    return dict(collector.outputs())


def _session(
    transport: paramiko.Transport,
    inputs: Mapping[str, Any],
    optional: Mapping[str, str],
    warn: Warn,
) -> paramiko.Channel:
    """Return a session with its variables set; a refused optional one is only a warning."""
    refused: list[str] = []
    while True:
        channel = transport.open_session()
        for name, value in (inputs.get("environment") or {}).items():
            if not _set_variable(channel, name, str(value)):
                quoted = json.dumps(name)
                raise ProviderError(
                    f"could not set environment variable {quoted}: ssh: setenv failed. {_ADVICE}"
                )
        wanted = {name: value for name, value in optional.items() if name not in refused}
        failed = next((n for n, v in wanted.items() if not _set_variable(channel, n, v)), None)
        if failed is None:
            return channel
        # A refusal closes the channel, so the next one starts without that variable.
        warn(f"Unable to set '{failed}'. {_ADVICE}")
        refused.append(failed)


def _set_variable(channel: paramiko.Channel, name: str, value: str) -> bool:
    """Set a variable and return whether the server accepted it.

    paramiko's own method asks for no answer, so a refusal would pass unseen.
    """
    message = paramiko.Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string("env")
    message.add_boolean(True)
    message.add_string(name)
    message.add_string(value)
    private: Any = channel  # there is no public way to ask with an answer
    private._event_pending()  # noqa: SLF001
    private.transport._send_user_message(message)  # noqa: SLF001
    try:
        private._wait_for_event()  # noqa: SLF001
    except (paramiko.SSHException, EOFError):
        return False
    return True


def _converse(
    channel: paramiko.Channel, stdin: str, collector: Collector, cancelled: threading.Event
) -> None:
    def write() -> None:
        channel.sendall(stdin.encode())
        channel.shutdown_write()

    readers = {
        "stdout": lambda: channel.recv(_CHUNK),
        "stderr": lambda: channel.recv_stderr(_CHUNK),
    }
    converse(collector, readers, write, cancelled, channel.close)
