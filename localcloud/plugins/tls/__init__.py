"""The stand-in tls plugin: keys, requests and certificates made by the cryptography package.

It follows pulumi-tls 5.6.2, that is terraform-provider-tls 4.x behind the Terraform bridge. Not in
it: the data sources (``getCertificate``, ``getPublicKey``) and the ``proxy`` setting, which only
those use.
"""

from localcloud.plugins.engine import Engine
from localcloud.plugins.tls.provider import TlsProvider


def create(engine: Engine) -> TlsProvider:
    """Return the plugin's provider."""
    return TlsProvider(engine)
