"""What a stack must not grow beyond unnoticed."""

from typing import Annotated

from pydantic import Field

from components.models.base import Model

Count = Annotated[int, Field(ge=1)]


class LimitSettings(Model):
    """The most that a stack may come to; what is not limited may grow. Refused before `up`."""

    clusters: Count | None = None
    """Clusters of the mesh."""
    links: Count | None = None
    """Directed links: two for every pair that is linked both ways."""
    load_balancers: Count | None = None
    """Of east-west gateways, of the ways in, and of the management plane."""
    resources: Count | None = None
    """Resources in the state, which the engine writes anew at every step."""
    monthly_usd: Count | None = None
    """The high end of the price range that a preview prints. What has no price there counts as
    nothing, and a preview warns of it."""
