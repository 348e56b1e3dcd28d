"""Every policy, in the order in which docs/policies.md has them."""

from typing import Final

from policies import budget, control_planes, credentials, images, mesh, namespaces, providers
from policies.policy import Policy

POLICIES: Final[tuple[Policy, ...]] = (
    *providers.POLICIES,
    *control_planes.POLICIES,
    *credentials.POLICIES,
    *images.POLICIES,
    *mesh.POLICIES,
    *namespaces.POLICIES,
    *budget.POLICIES,
)
