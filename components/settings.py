"""Reads the configuration of one stack, and tells every mistake in it at once.

``load`` is the only reader of ``pulumi.Config``. What may be said is in ``components.models``.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import pulumi
import pulumi.runtime
from pydantic import ValidationError

from components import (
    config_errors,
    config_lines,
    layers,
    models,
    rules,
    secrecy,
    stack_files,
    stray_keys,
    versions,
)
from components.config_files import decoded
from components.keys import EXTENDS, PREFIX, SECRETS
from components.mistakes import Where, nowhere, split
from components.models import *  # noqa: F403 one import for all who read settings
from components.models import Settings
from components.salvage import Lost, salvage
from components.secrecy import HIDDEN

KEYS: Final = frozenset(field.alias or name for name, field in Settings.model_fields.items())
"""The settings' own keys of a stack file."""

Secrets = Mapping[str, pulumi.Output[str]]
"""Those of ``SECRETS`` that are set."""


class ConfigurationError(Exception):
    """The stack's configuration is wrong. ``lines`` holds one line for every mistake."""

    def __init__(self, lines: list[str], where: Where = nowhere) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.where = where


def parse(raw: Mapping[str, str], withheld: Collection[str] = ()) -> Settings:
    """Return the settings that the raw values of a stack file describe.

    Args:
        raw: value of every key of the project's namespace as Pulumi hands it over: scalars as
            text, structures as JSON.
        withheld: keys whose values no message may have, as they are encrypted. The caller tells of
            them; here they are left out, and rules that need them are silent.

    Raises:
        ConfigurationError: with one line for every mistake in the whole file.
    """
    unseen = {*SECRETS, *withheld}
    data = {key: decoded(key, text) for key, text in raw.items() if key not in unseen}
    hidden = {(key,) for key in withheld}
    try:
        settings = Settings.model_validate_json(json.dumps(data))
    except ValidationError as error:
        lines = config_errors.lines(error, Settings, (*SECRETS, EXTENDS))
        lines = [line for line in lines if split(line)[1] not in withheld]
        if left := salvage(data, Settings, error):
            left[1].removed |= hidden
            lines += rules.problems(*left)
        raise ConfigurationError(lines) from None
    if lines := rules.problems(settings, Lost(removed={*hidden}) if hidden else None):
        raise ConfigurationError(lines)
    return settings


def revealed(name: str) -> str | None:
    """Return a secret in clear text, for a check before the first resource; nothing may keep it."""
    return pulumi.Config().get(name)


def _stack_file(stack: str, names: Collection[str]) -> Path | None:
    """Return the file that the engine has most likely read; None if there is none, or two.

    Raises:
        pulumi.RunError: the engine has read none, and there is one that it must be told of.
    """
    try:
        file = stack_files.find(stack, Path())
    except stack_files.TwoFiles:
        return None
    if not names and (option := stack_files.option(stack, Path())):
        raise pulumi.RunError(
            f"nothing was touched: the engine has read no configuration of {stack}; fix: write"
            f" the option{option} after the command"
        )
    return file


def places() -> Where:
    """Return what finds keys in the stack's files; none, if the engine has read another one."""
    keys = pulumi.runtime.get_config_env()
    try:
        file = stack_files.find(pulumi.get_stack(), Path())
    except stack_files.TwoFiles:
        return nowhere
    written = config_lines.of_file(file, keys)
    if written is nowhere:
        return nowhere
    own = {key.removeprefix(PREFIX): text for key, text in keys.items() if key.startswith(PREFIX)}
    merged = layers.merged(own, file, Path())
    return lambda key: merged.place(key) or written(key)


def load() -> tuple[Settings, Secrets]:
    """Read the stack's configuration and its secrets.

    Raises:
        pulumi.RunError: naming every mistake, before any resource is registered.
    """
    config = pulumi.Config()
    prefix = f"{config.name}:"
    keys = pulumi.runtime.get_config_env()
    names = [key.removeprefix(prefix) for key in keys if key.startswith(prefix)]
    found = {name: config.get_secret(name) for name in SECRETS}
    secrets = {name: value for name, value in found.items() if value is not None}
    encrypted = {key for key in names if pulumi.runtime.is_config_secret(f"{prefix}{key}")}
    lines = secrecy.problems(names, encrypted, {*KEYS, EXTENDS})
    withheld = encrypted & {*KEYS, EXTENDS}
    plain = [name for name in names if name not in {*SECRETS, *withheld}]
    raw = {name: HIDDEN if name in encrypted else config.get(name) or "" for name in plain}
    stack = pulumi.get_stack()
    file = _stack_file(stack, names)
    wrong: list[str] = []
    if EXTENDS in withheld:
        raise pulumi.RunError(config_errors.report(stack, lines, where=places()))
    if EXTENDS in raw:
        merged = layers.merged(raw, file, Path())
        raw, wrong = merged.raw, [mistake.line for mistake in merged.mistakes]
        if not merged.complete:
            raise pulumi.RunError(config_errors.report(stack, lines, wrong))
    try:
        settings = parse(raw, withheld)
    except ConfigurationError as error:
        lines += error.lines
    file = file or Path(stack_files.name(stack))
    stray = stray_keys.strays(config.name, {*KEYS, *SECRETS, EXTENDS}, keys, file)
    if lines or stray or wrong:
        raise pulumi.RunError(config_errors.report(stack, lines, [*stray, *wrong], places()))
    if not versions.is_known(settings.mesh_version):
        known = ", ".join(versions.RELEASES)
        pulumi.log.warn(
            f"meshVersion {settings.mesh_version} is not in the table of known versions ({known});"
            " the objects of the newest one are used"
        )
    return settings, secrets


__all__ = [  # noqa: PLE0604 the models' own list is text, too
    "KEYS",
    "SECRETS",
    "ConfigurationError",
    "Secrets",
    "load",
    "parse",
    "places",
    "revealed",
    *models.__all__,
]
