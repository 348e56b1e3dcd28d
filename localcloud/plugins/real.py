"""Where real provider plugins can be had: on PATH, in a Pulumi home, or from the internet.

The rules are those of pulumi 3.200.0 (``sdk/go/common/workspace/plugins.go``): an executable on
PATH comes first whatever its version, then an installed plugin of exactly the version that the SDK
asks for. An installed plugin of another version is not used by the engine, so it is offered here to
be copied under the wanted one.
"""

import os
import re
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Pulumi's plugin host; any answer from it counts, and its absence is known within seconds.
_PROBE_URL = "https://get.pulumi.com/releases/plugins/"
PROBE_SECONDS = 3.0
STAND_IN_MARK = "# A localcloud stand-in, not the real plugin."


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A resource plugin by name and the exact version that its Python SDK asks for."""

    name: str
    version: str

    @property
    def executable(self) -> str:
        """The file name of the plugin's program."""
        return f"pulumi-resource-{self.name}"

    def directory(self, home: Path) -> Path:
        """Return where the engine looks for it in a Pulumi home."""
        return home / "plugins" / f"resource-{self.name}-v{self.version}"

    def program(self, home: Path) -> Path:
        """Return its program in a Pulumi home."""
        return self.directory(home) / self.executable


def ambient(plugin: Plugin, environment: Mapping[str, str]) -> Path | None:
    """Return the program on PATH, which the engine prefers to every installed one."""
    if environment.get("PULUMI_IGNORE_AMBIENT_PLUGINS"):
        return None
    found = shutil.which(plugin.executable, path=environment.get("PATH", ""))
    return Path(found) if found else None


def user_home(environment: Mapping[str, str]) -> Path:
    """Return the caller's own Pulumi home."""
    named = environment.get("PULUMI_HOME")
    return Path(named) if named else Path(environment.get("HOME", "~")).expanduser() / ".pulumi"


def installed(plugin: Plugin, home: Path) -> Plugin | None:
    """Return the best usable plugin in ``home``: the exact version, else the newest of its major.

    A directory without its program, or that an installation has left unfinished, does not count,
    and neither does a stand-in.
    """
    found = {
        version: other
        for version, other in _versions(plugin, home)
        if version[0] == _parse(plugin.version)[0] and _is_real(other, home)
    }
    if not found:
        return None
    return found.get(_parse(plugin.version)) or found[max(found)]


def _parse(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _versions(plugin: Plugin, home: Path) -> Iterator[tuple[tuple[int, ...], Plugin]]:
    prefix = f"resource-{plugin.name}-v"
    for path in (home / "plugins").glob(f"{prefix}*"):
        version = path.name.removeprefix(prefix)
        if re.fullmatch(r"\d+\.\d+\.\d+", version):
            yield _parse(version), Plugin(name=plugin.name, version=version)


def _is_real(plugin: Plugin, home: Path) -> bool:
    directory, program = plugin.directory(home), plugin.program(home)
    unfinished = directory.with_name(directory.name + ".partial")  # the engine's own mark
    if not os.access(program, os.X_OK) or unfinished.exists():
        return False
    with program.open("rb") as file:
        return STAND_IN_MARK.encode() not in file.read(256)


def internet_answers() -> bool:
    """Tell within ``PROBE_SECONDS`` whether Pulumi's plugin host can be reached.

    A name lookup cannot be interrupted, so a thread makes it and is left behind.
    """
    answers: list[bool] = []

    def ask() -> None:
        request = urllib.request.Request(_PROBE_URL, method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=PROBE_SECONDS):  # noqa: S310 - https, above
                answers.append(True)
        except urllib.error.HTTPError:
            answers.append(True)  # it refuses to list its files, but it is there
        except OSError:
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return bool(answers) and answers[0]
