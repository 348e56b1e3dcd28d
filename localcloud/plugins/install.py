"""Chooses the provider plugins, real or stand-in, and puts them into a private Pulumi home.

``auto`` takes the real plugin for each package that has one and a stand-in for the others; ``real``
fails when one is missing; ``standin`` never looks for real ones and needs no internet. The gcp
plugin is a stand-in in every mode: what runs here must make nothing in a real Google Cloud.
"""

import os
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from localcloud.plugins import real
from localcloud.plugins.home import Choice, InstallError, PluginHome
from localcloud.plugins.real import Plugin

__all__ = ["Choice", "InstallError", "Mode", "engine_environment", "install", "wanted"]

PACKAGES = ("kubernetes", "command", "tls", "gcp")
SIMULATED = ("gcp",)
"""Packages that are never real here."""


class Mode(StrEnum):
    """The values of LOCALCLOUD_PLUGINS."""

    AUTO = "auto"
    REAL = "real"
    STANDIN = "standin"


def wanted() -> list[Plugin]:
    """Return the plugins that the installed Python SDKs ask for."""
    return [Plugin(name=name, version=metadata.version(f"pulumi-{name}")) for name in PACKAGES]


def engine_environment(
    choices: Iterable[Choice], environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return what the engine's environment must say for ``choices`` to hold.

    A plugin on PATH would displace a stand-in; those chosen from there are in the home then.
    Ignoring such plugins also hides a language host that is only on PATH; one beside the ``pulumi``
    executable, links resolved, is still found.
    """
    asked = environment.get("PULUMI_IGNORE_AMBIENT_PLUGINS")
    ignored = _shadowed(choices, environment) or bool(asked)
    return {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"} if ignored else {}


def check_mode(mode: str) -> Mode:
    """Return the mode that a text names.

    Raises:
        InstallError: it names none.
    """
    if mode not in tuple(Mode):
        raise InstallError(f"LOCALCLOUD_PLUGINS={mode}: allowed are {', '.join(Mode)}")
    return Mode(mode)


def install(
    mode: Mode | str,
    pulumi: Path,
    pulumi_home: Path,
    *,
    environment: Mapping[str, str] = os.environ,
) -> list[Choice]:
    """Put the plugins for ``mode`` into ``pulumi_home`` and return the choices, one a package.

    Nothing is done for a plugin that is already in place.

    Args:
        mode: ``auto``, ``real`` or ``standin``.
        pulumi: the engine's executable.
        pulumi_home: the private PULUMI_HOME; made when missing.
        environment: the caller's, where PATH, HOME and PULUMI_HOME tell what the user has.

    Raises:
        InstallError: ``mode`` is none of the three, a plugin is missing in mode ``real``, or one
            could not be installed.
    """
    chosen = check_mode(mode)
    home = PluginHome(pulumi, pulumi_home, environment)
    choices: list[Choice] = []
    missing: list[Plugin] = []
    for plugin in wanted():
        if chosen is Mode.STANDIN or plugin.name in SIMULATED:
            choices.append(home.stand_in(plugin))
            continue
        choice = home.real(plugin, patient=chosen is Mode.REAL)
        if choice is None and chosen is Mode.REAL:
            missing.append(plugin)
        else:
            choices.append(choice or home.stand_in(plugin))
    if missing:
        commands = "\n".join(
            f"  pulumi plugin install resource {p.name} {p.version}" for p in missing
        )
        raise InstallError(
            "LOCALCLOUD_PLUGINS=real, but these plugins are neither installed nor downloadable:\n"
            f"{commands}\nrun these where there is internet, or set LOCALCLOUD_PLUGINS=auto"
        )
    if _shadowed(choices, environment):
        return [home.adopted(choice, environment) for choice in choices]
    return choices


def _shadowed(choices: Iterable[Choice], environment: Mapping[str, str]) -> bool:
    return any(not c.is_real and real.ambient(c.plugin, environment) for c in choices)
