"""The private Pulumi home: how plugins, real and stand-in, come into it."""

import functools
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from localcloud.plugins import real
from localcloud.plugins.real import Plugin

CHECKOUT = Path(__file__).resolve().parents[2]
_DOWNLOAD_SECONDS = 300.0
_LOCAL_SECONDS = 120.0
# How long an unsuccessful look at the internet is believed before it is repeated.
_OFFLINE_SECONDS = 3600.0
# -P keeps the program's folder off the path; PYTHONPATH would leak into what the plugin starts.
_SCRIPT = """\
#!/bin/sh
{mark}
exec {python} -P -c 'import sys
sys.path.insert(0, sys.argv.pop(1))
from localcloud.plugins.__main__ import main
sys.exit(main(sys.argv[1:]))' {checkout} {name} "$@"
"""


class InstallError(Exception):
    """A plugin could not be had; the message names it and the way out."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The plugin that serves one package, and where it came from."""

    plugin: Plugin
    is_real: bool
    source: str

    def __str__(self) -> str:
        """Return the line for the user."""
        kind = "real" if self.is_real else "stand-in"
        return f"{self.plugin.name} {self.plugin.version}: {kind}, {self.source}"


def script(plugin: Plugin) -> str:
    """Return the stand-in's program: this Python on this checkout."""
    return _SCRIPT.format(
        mark=real.STAND_IN_MARK,
        python=shlex.quote(sys.executable),
        checkout=shlex.quote(str(CHECKOUT)),
        name=plugin.name,
    )


class PluginHome:
    """A private PULUMI_HOME.

    Args:
        pulumi: the engine's executable.
        path: the home; made when missing.
        environment: the caller's, where PATH, HOME and PULUMI_HOME tell what the user has.
        probe: tells whether the internet answers, asked at most once; by default a real look.
    """

    def __init__(
        self,
        pulumi: Path,
        path: Path,
        environment: Mapping[str, str],
        probe: Callable[[], bool] | None = None,
    ) -> None:
        self.path = path
        self._pulumi = pulumi
        self._environment = environment
        self._online = functools.cache(probe or real.internet_answers)
        path.mkdir(parents=True, exist_ok=True)

    def real(self, plugin: Plugin, *, patient: bool) -> Choice | None:
        """Return the real plugin, installed from the nearest place that has it, or None.

        ``patient`` looks at the internet even when that has failed within the last hour.
        """
        program = real.ambient(plugin, self._environment)
        if program:
            # Whatever its version: the engine says if it is older than wanted.
            source = f"from PATH in its own version: {program}"
            return Choice(plugin=plugin, is_real=True, source=source)
        if real.installed(plugin, self.path) == plugin:
            return Choice(plugin=plugin, is_real=True, source=f"installed in {self.path}")
        user = real.user_home(self._environment)
        found = real.installed(plugin, user) if user.resolve() != self.path.resolve() else None
        if found:
            self._install(plugin, "--file", str(found.directory(user)), "--reinstall")
            other = "" if found == plugin else f", version {found.version} under the wanted number"
            return Choice(plugin=plugin, is_real=True, source=f"copied from {user}{other}")
        return self._downloaded(plugin, patient=patient)

    def _downloaded(self, plugin: Plugin, *, patient: bool) -> Choice | None:
        failures = self._failures()
        if not patient and 0 <= time.time() - failures.get(plugin.executable, 0) < _OFFLINE_SECONDS:
            return None
        if self._online():
            try:
                self._install(plugin, "--reinstall", seconds=_DOWNLOAD_SECONDS)
            except InstallError:
                pass  # as good as offline: remembered below
            else:
                return Choice(plugin=plugin, is_real=True, source="downloaded")
        failures[plugin.executable] = time.time()
        self._memory.write_text(json.dumps(failures), encoding="utf-8")
        return None

    @property
    def _memory(self) -> Path:
        return self.path / "localcloud-downloads.json"

    def _failures(self) -> dict[str, float]:
        """Return when a download of each plugin last failed, in seconds since the epoch."""
        try:
            read = json.loads(self._memory.read_text(encoding="utf-8"))
            return {str(name): float(when) for name, when in read.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def stand_in(self, plugin: Plugin) -> Choice:
        """Return the stand-in, installed unless this very script already is."""
        content = script(plugin)
        program = plugin.program(self.path)
        if not (os.access(program, os.X_OK) and program.read_bytes() == content.encode()):
            with tempfile.TemporaryDirectory(dir=self.path) as directory:
                made = Path(directory) / plugin.executable
                made.write_text(content, encoding="utf-8")
                made.chmod(0o755)
                self._install(plugin, "--file", directory, "--reinstall")
        return Choice(plugin=plugin, is_real=False, source=f"from {CHECKOUT}")

    def adopted(self, choice: Choice, environment: Mapping[str, str]) -> Choice:
        """Return a choice that holds also where the engine ignores plugins on PATH."""
        program = real.ambient(choice.plugin, environment) if choice.is_real else None
        if program is None:
            return choice
        with tempfile.TemporaryDirectory(dir=self.path) as directory:
            shutil.copy(program, directory)
            self._install(choice.plugin, "--file", directory, "--reinstall")
        source = f"copied from PATH in its own version: {program}"
        return replace(choice, source=source)

    def _install(self, plugin: Plugin, *how: str, seconds: float = _LOCAL_SECONDS) -> None:
        verb = ["plugin", "install", "resource", plugin.name, plugin.version]
        argv = [str(self._pulumi), *verb, *how]
        own = {"PULUMI_HOME": str(self.path), "PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            done = subprocess.run(
                argv,
                env={**self._environment, **own},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InstallError(f"{shlex.join(argv)} did not end in {seconds:.0f} s") from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise InstallError(f"{shlex.join(argv)} failed: {said}")
