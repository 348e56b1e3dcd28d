"""Which links lead from clusters of a stack to clusters of others. Never imports Pulumi."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from components.models import Settings, chosen
from components.naming import link_name
from components.topology import Link, Member


@dataclass(frozen=True, kw_only=True)
class RemoteLink:
    """A directed link out of the stack. The way back is the other stack's."""

    source: str
    target: Member
    stack: str
    """Of the target."""
    key: str
    """Where the stack file says so."""

    @property
    def link(self) -> Link:
        """The link by the names of its two clusters."""
        return Link(self.source, self.target.name)

    @property
    def name(self) -> str:
        """The key of the link in outputs and resources, made as inside the stack."""
        return link_name(self.source, self.target.name)


def links(settings: Settings) -> Iterator[RemoteLink]:
    """Yield every link that ``remotes`` asks for, by the order of names in the stack file."""
    for index, remote in enumerate(settings.remotes):
        networks = Counter(cluster.network for cluster in remote.clusters)
        for place, cluster in enumerate(remote.clusters):
            target = Member(
                name=cluster.name,
                network=cluster.network,
                trust_domain=cluster.trust_domain,
                flat=networks[cluster.network] > 1,
            )
            for source in chosen(remote.sources, settings.names):
                yield RemoteLink(
                    source=source,
                    target=target,
                    stack=remote.stack,
                    key=f"remotes[{index}].clusters[{place}]",
                )
