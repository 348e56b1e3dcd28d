"""The stand-in command plugin: programs run here or over ssh as a part of a resource's life.

It follows pulumi-command 1.2.1 on pulumi-go-provider 1.5.
"""

from localcloud.plugins.command.provider import CommandProvider
from localcloud.plugins.engine import Engine


def create(engine: Engine) -> CommandProvider:
    """Return the plugin's provider."""
    return CommandProvider(engine)
