"""Which stack a pack runs for, by what the engine puts into its environment."""

import json
from collections.abc import Mapping
from pathlib import Path

from components import layers, naming, stack_files
from components.keys import EXTENDS, PREFIX, SECRETS
from components.models import PolicySettings, Settings
from components.settings import ConfigurationError, parse
from policies.policy import Context


def _settings(config: Mapping[str, str], stack: str, project: Path) -> Settings | None:
    own = {
        key.removeprefix(PREFIX): text
        for key, text in config.items()
        if key.startswith(PREFIX) and key.removeprefix(PREFIX) not in SECRETS
    }
    if EXTENDS in own:
        try:
            file = stack_files.find(stack, project)
        except stack_files.TwoFiles:
            file = None
        merged = layers.merged(own, file, project)
        if merged.mistakes:
            return None
        own = merged.raw
    try:
        return parse(own)
    except ConfigurationError:
        return None


def context(environment: Mapping[str, str], project: Path) -> Context:
    """Return the stack, its configuration read as the program reads it, layers included.

    Where that is wrong the pack has its defaults: the program ends with every mistake in it.

    Args:
        environment: of the process. The engine hands configuration over in ``PULUMI_CONFIG``,
            secrets in clear text; they are left unread.
        project: folder of Pulumi.yaml.
    """
    config = json.loads(environment.get("PULUMI_CONFIG") or "{}")
    stack = environment.get("PULUMI_STACK", "")
    settings = _settings(config, stack, project)
    # A backend without organizations calls its only one so (pulumi: ``settings.py``).
    organization = environment.get("PULUMI_ORGANIZATION") or "organization"
    name = environment.get("PULUMI_PROJECT") or naming.PROJECT
    return Context(
        chosen=settings.policies if settings else PolicySettings(),
        settings=settings,
        owner=naming.owner(organization, name, stack),
        project=project,
    )
