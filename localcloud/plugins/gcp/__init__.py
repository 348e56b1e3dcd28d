"""The stand-in gcp plugin: a Google Cloud of one machine.

It follows pulumi-gcp 10.2.0.
"""

from localcloud.plugins.engine import Engine
from localcloud.plugins.gcp.provider import GcpProvider


def create(engine: Engine) -> GcpProvider:
    """Return the plugin's provider."""
    return GcpProvider(engine)
