"""The stand-in `kubernetes` plugin; follows pulumi-kubernetes 4.32.

What it does not do: client-side apply, YAML rendering, `helm.v4`, `yaml`, `kustomize` and the other
component resources and functions, and the OpenAPI checks of the real plugin's warnings.
"""

from localcloud.plugins.engine import Engine
from localcloud.plugins.kubernetes.provider import KubernetesProvider
from localcloud.plugins.provider import Provider


def create(engine: Engine) -> Provider:
    """Return the provider that reports to `engine`."""
    return KubernetesProvider(engine)
