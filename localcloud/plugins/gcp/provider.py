"""The provider of the stand-in gcp plugin."""

from localcloud.plugins.provider import Provider


class GcpProvider(Provider):
    """A Google Cloud of one machine."""

    package = "gcp"
    version = "10.2.0"
