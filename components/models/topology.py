"""Which clusters are joined to which."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from components.fields import DnsLabel, wrong
from components.models.base import Model, Names


def _several(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) == 1:
        raise wrong("at least two clusters", "add another, or take the entry out")
    return names


class GroupSettings(Model):
    """Clusters that are all joined to one another, such as those of a region."""

    name: DnsLabel
    """What messages call it. Nothing in a cluster is named by it."""
    clusters: Names
    """Its clusters. One may be in several groups."""
    hubs: Names | None = None
    """Those of its clusters that are joined to the hubs of every other group; default: none."""


class EdgeSettings(Model):
    """Links that the shape does not have: one way by ``from`` and ``to``, or both ways."""

    source: DnsLabel | None = Field(default=None, alias="from")
    """The cluster whose workloads call; it gets the peer Gateway."""
    to: DnsLabel | None = None
    """The cluster whose services are called."""
    between: Annotated[Names, AfterValidator(_several)] | None = None
    """In place of ``from`` and ``to``: each of these clusters is linked to every other of them."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        one_way = self.source is not None and self.to is not None
        either = self.source is not None or self.to is not None
        if one_way == (self.between is not None) or (either and self.between is not None):
            raise wrong("from and to, or between", "write who calls whom, or who is joined")
        return self


class TopologySettings(Model):
    """The directed links of the mesh. A link reaches one cluster and no further."""

    shape: Literal["full-mesh", "hub-and-spokes", "ring", "groups", "none"] = "full-mesh"
    """``full-mesh``: each cluster with every other. ``hub-and-spokes``: each with every hub.
    ``ring``: each with its two neighbours by name. ``groups``: each with those of its groups.
    ``none``: only what ``links`` says. All but ``links`` are both ways."""
    hubs: Names | None = None
    """Of ``hub-and-spokes``. Hubs are joined to one another, too."""
    groups: Annotated[tuple[GroupSettings, ...], Field(min_length=1)] | None = None
    """Of ``groups``."""
    links: tuple[EdgeSettings, ...] = ()
    """Links that are there besides those of the shape."""
