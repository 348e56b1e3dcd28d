"""What all parts of the configuration share."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from components.fields import DnsLabel


class Model(BaseModel):
    """Frozen, strict, and without unknown keys; keys are written in camelCase."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)


class Site(Model):
    """A cluster that the stack reaches, member of the mesh or not."""

    name: DnsLabel
    """Its identity: resources are named by it, so that another name is another cluster."""
    context: str = Field(min_length=1)
    """Context of the kubeconfig. Always explicit, so that no current context is ever trusted."""
    kubeconfig: str | None = Field(default=None, min_length=1)
    """Path of the kubeconfig that has the context; default: the stack's ``kubeconfig``."""


def listed(value: Any) -> Any:
    """Return a list as a tuple: where a validator has read the whole before, JSON is Python."""
    return tuple(value) if isinstance(value, list) else value


def chosen(some: tuple[str, ...] | None, every: tuple[str, ...]) -> tuple[str, ...]:
    """Return the clusters that a key ``clusters`` means: those it names, or every one."""
    return every if some is None else tuple(name for name in every if name in some)


Names = Annotated[tuple[DnsLabel, ...], Field(min_length=1)]
"""Clusters by name; rules say which names exist. An empty list would only look like a switch."""
