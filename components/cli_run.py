"""Runs one istioctl or meshctl command: what the command plugin starts, in place of a shell.

``python -m components.cli_run --tool NAME=VERSION [options] 'COMMAND'`` reads a JSON map from its
standard input, where secrets are: ``kubeconfig`` (one or more contexts, as data), ``environment``
and ``stdin``. The kubeconfig becomes a file that only this user can read, where the system has them
one in memory, and it is gone when the tool ends. ``COMMAND`` is text that starts with the tool's
name, or ``api delete CONTEXT PATH...``, which deletes objects that no stack has marked as its own.
"""

import argparse
import contextlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from components import cli_api, cli_binary, cli_download
from components.cli_binary import Name, Tool, Unusable

LONGEST: Final = 900
"""Seconds after which a tool is ended: its own waits are 90 s, and nobody sees it hang."""
SHORTEST_SECRET: Final = 8
"""Characters: what is shorter would blot out half of what a tool says."""


def _pairs(listed: list[str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, _, value in (item.partition("=") for item in listed or ()))


def _parsed(arguments: list[str]) -> tuple[Tool, bool, list[str]]:
    parser = argparse.ArgumentParser(prog="components.cli_run", allow_abbrev=False)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--path")
    parser.add_argument("--download", action="store_true")
    parser.add_argument("--checksum", action="append")
    parser.add_argument("--secret-output", action="store_true")
    parser.add_argument("command")
    found = parser.parse_args(arguments)
    name, _, version = str(found.tool).partition("=")
    tool = Tool(
        name=cast("Name", name),
        version=version,
        path=found.path,
        download=found.download,
        checksums=_pairs(found.checksum),
    )
    return tool, bool(found.secret_output), shlex.split(found.command)


@contextlib.contextmanager
def private_file(content: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the path of a file that only this user can read, and descriptors to pass on for it.

    In memory where the system can: there, not even a killed run leaves anything behind.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("kubeconfig")
        try:
            os.write(descriptor, content.encode())
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)
        return
    handle, path = tempfile.mkstemp()  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        yield path, ()
    finally:
        Path(path).unlink()


def _environment(given: Mapping[str, str], kubeconfig: str) -> dict[str, str]:
    """Return the tool's environment: nothing of the engine's, no kubeconfig but the given one."""
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("PULUMI_") and key != "ISTIOCONFIG"
    }
    return {**inherited, "KUBECONFIG": kubeconfig, **given}


def secrets_in(value: Any) -> Iterator[str]:
    """Yield every text in the credentials of a kubeconfig, or in another structure."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from secrets_in(item)
    elif isinstance(value, str) and len(value) >= SHORTEST_SECRET:
        yield value


def _credentials(payload: Mapping[str, Any]) -> list[str]:
    users = (payload.get("kubeconfig") or {}).get("users") or []
    keys = ("token", "password", "client-key-data")
    found = [{key: user.get("user", {}).get(key) for key in keys} for user in users]
    return list(secrets_in([found, payload.get("environment"), payload.get("stdin")]))


def redacted(text: str, secrets: list[str]) -> str:
    """Return a text without the secrets that the tool was given."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def _executable(tool: Tool) -> str:
    if tool.download and cli_binary.locate(tool) is None:
        cli_download.fetch(tool)
    return cli_binary.check(tool)


def _call(executable: str, words: list[str], payload: Mapping[str, Any], *, secret: bool) -> int:
    kubeconfig = json.dumps(payload.get("kubeconfig") or {})
    with private_file(kubeconfig) as (path, descriptors):
        try:
            done = subprocess.run(  # noqa: S603 the pinned tool, no shell
                [executable, *words],
                env=_environment(payload.get("environment") or {}, path),
                input=payload.get("stdin") or "",
                capture_output=True,
                text=True,
                check=False,
                timeout=LONGEST,
                pass_fds=descriptors,
            )
        except subprocess.TimeoutExpired:
            raise Unusable(f"{words[0]} did not end in {LONGEST} s") from None
    known = _credentials(payload)
    sys.stderr.write(redacted(done.stderr, known))
    if secret and not done.returncode:
        sys.stdout.write(done.stdout)
    elif not secret:
        sys.stdout.write(redacted(done.stdout, known))
    elif done.stdout:
        sys.stderr.write("its standard output is withheld: it may hold a secret\n")
    return done.returncode


def main(arguments: list[str]) -> int:
    """Run what the arguments and standard input say, and return the exit code."""
    tool, secret, words = _parsed(arguments)
    payload: dict[str, Any] = json.loads(sys.stdin.read() or "{}")
    if words[:2] == ["api", "delete"]:
        return cli_api.delete(payload["kubeconfig"], words[2], words[3:])
    if words[:1] != [tool.name]:
        sys.stderr.write(f"found {words[:1]}; allowed: {tool.name} or api delete\n")
        return 1
    try:
        return _call(_executable(tool), words[1:], payload, secret=secret)
    except Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
