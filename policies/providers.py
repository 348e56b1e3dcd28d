"""No resource lands where nobody has said that it should."""

import re
from collections.abc import Iterator
from typing import Final

from policies.policy import Context, Finding, Policy
from policies.resource import Resource

TARGETLESS: Final = frozenset({"command", "pulumi", "random", "tls"})
"""Packages whose provider leads nowhere: there is nothing that a default one could get wrong."""
_PREFIX: Final = "pulumi:providers:"
_DEFAULT: Final = re.compile(r"default(_.*)?")
"""What the engine calls its own, with version and address of the plugin (pulumi:
``providers.NewDefaultProviderRequest``); a provider of a program may begin with the word, too."""


def default_provider(resource: Resource, context: Context) -> Iterator[Finding]:
    """Refuse what the engine's own provider would make, wherever the environment points it."""
    del context
    provider = resource.provider
    if provider is None or not _DEFAULT.fullmatch(provider.name):
        return
    package = provider.type.removeprefix(_PREFIX)
    if package not in TARGETLESS:
        yield Finding(
            f"{resource.title} is made by the default provider of {package}.",
            "give it the provider of its cluster or project: opts.provider, or its parent's.",
        )


POLICIES: Final = (
    Policy(
        name="no-default-provider",
        says="Every resource of a cluster or a cloud has a provider of its own.",
        of_resource=default_provider,
    ),
)
