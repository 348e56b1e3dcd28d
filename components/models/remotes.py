"""Clusters of other stacks, to which clusters of this one are linked."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, model_validator

from components.fields import DnsLabel, TrustDomain, is_dns_label, wrong
from components.models.base import Model, Names
from components.naming import PROJECT
from components.shapes import like

_STACK: Final = re.compile(r"([A-Za-z0-9_.-]+/){0,2}[A-Za-z0-9_.-]{1,100}")


def _stack(value: str) -> str:
    if not _STACK.fullmatch(value):
        raise wrong(
            "'stack', 'organization/stack' or 'organization/project/stack', of a-z, A-Z, 0-9, '_',"
            " '.' and '-'",
            "write the name that pulumi stack ls shows",
        )
    return value


StackName = Annotated[str, AfterValidator(_stack), like(_STACK, 512, "stack's name")]
"""A stack of the same backend, as ``pulumi stack`` takes it."""


def stack_parts(name: str) -> tuple[str, str, str]:
    """Return organization, project and stack of a stack's name; a short one has no organization."""
    *organization, stack = name.split("/")
    project = organization.pop() if len(organization) > 1 else PROJECT
    return "".join(organization), project, stack


def same_stack(one: str, other: str) -> bool:
    """Whether two names may be of one stack: without an organization, any may be meant."""
    (a, *one_rest), (b, *other_rest) = stack_parts(one), stack_parts(other)
    return one_rest == other_rest and (a == b or not a or not b)


class RemoteClusterSettings(Model):
    """A cluster of another stack, as that stack's file says it."""

    name: DnsLabel
    """Its name there. Links are named by it, so that no cluster of this file may have it."""
    network: DnsLabel = ""
    """Its ``topology.istio.io/network``; default: its name."""
    trust_domain: TrustDomain = ""
    """Its SPIFFE trust domain; default: its name."""

    @model_validator(mode="before")
    @classmethod
    def _derive(cls, data: Any) -> Any:
        if isinstance(data, dict) and is_dns_label(data.get("name")):
            return {"network": data["name"], "trustDomain": data["name"]} | data
        return data


class RemoteSettings(Model):
    """Another stack of this program. What it publishes is read by stack reference in every run."""

    stack: StackName
    """In the same backend: ``stack``, ``organization/stack`` or ``organization/project/stack``."""
    clusters: Annotated[tuple[RemoteClusterSettings, ...], Field(min_length=1)]
    """Those of its clusters to link to. One that it does not publish (yet, or any more) is waited
    for with a warning, and linked by a later ``up``."""
    sources: Names | None = Field(default=None, alias="from")
    """The clusters of this file that get the links; default: every one."""
