"""Links by istioctl's own commands: ``links.mode: istioctl``, in place of Gateways in the graph.

The commands make the same Gateways, under the same names, as field manager ``istioctl`` and without
the stack's mark. istioctl has nothing that takes them back, so that they are deleted by name. Which
Gateways these are, and that the two modes never meet on one: ``components.link_modes``.
"""

from dataclasses import dataclass

import pulumi
from pulumi_command import local

from components import cli
from components.cli import CliArgs
from components.cli_binary import Tool
from components.cluster import Cluster
from components.live import gateway_path
from components.naming import EAST_WEST_GATEWAY, GATEWAY_NAMESPACE, peer_gateway

MULTICLUSTER = ("istioctl", "multicluster")
IN_NAMESPACE = ("--namespace", GATEWAY_NAMESPACE)


def expose(
    name: str,
    tool: Tool,
    cluster: Cluster,
    network: pulumi.Output[str],
    namespace: pulumi.Input[str],
    *,
    parent: pulumi.Resource,
) -> local.Command:
    """Make the east-west gateway of a cluster.

    Args:
        name: of the resource.
        tool: the istioctl to call.
        cluster: where.
        network: known once the mesh is ready; istioctl reads it from istiod's namespace.
        namespace: of the gateway, once it is there: istioctl does not make it.
        parent: the component it belongs to.
    """
    return cli.command(
        name,
        CliArgs(
            tool=tool,
            clusters=(cluster,),
            create=[*MULTICLUSTER, "expose", *IN_NAMESPACE, "--context", cluster.name],
            delete=cli.deletion(cluster, gateway_path(GATEWAY_NAMESPACE, EAST_WEST_GATEWAY)),
            rerun_on=[network, namespace],
        ),
        parent=parent,
    )


def link(
    name: str,
    tool: Tool,
    source: Cluster,
    target: Cluster,
    address: pulumi.Input[str],
    namespace: pulumi.Input[str],
    *,
    parent: pulumi.Resource,
) -> local.Command:
    """Make the peer Gateway in ``source`` that points at ``target``; one direction only.

    Args:
        name: of the resource.
        tool: the istioctl to call.
        source: where the Gateway is.
        target: where it points at.
        address: of the target's east-west gateway, which istioctl reads itself; another one makes
            it run again.
        namespace: of the source's gateways, once its own gateway is in it.
        parent: the component it belongs to.
    """
    direction = ["--from", source.name, "--to", target.name]
    path = gateway_path(GATEWAY_NAMESPACE, peer_gateway(target.network))
    return cli.command(
        name,
        CliArgs(
            tool=tool,
            clusters=(source, target),
            create=[*MULTICLUSTER, "link", *IN_NAMESPACE, *direction],
            delete=cli.deletion(source, path),
            rerun_on=[address, namespace, target.trust_domain, target.network],
        ),
        parent=parent,
    )


@dataclass(frozen=True, kw_only=True)
class LinkCheckArgs:
    """Of which clusters, and after what."""

    tool: Tool
    clusters: tuple[Cluster, ...]
    connected: pulumi.Output[str]
    """The state of every link, once all are connected: istioctl itself does not wait."""


class LinkCheck(pulumi.ComponentResource):
    """istioctl's own verdict on the whole mesh, once every link is connected. It makes nothing."""

    def __init__(
        self, name: str, args: LinkCheckArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:LinkCheck", name, None, opts)
        names = ",".join(cluster.name for cluster in args.clusters)
        cli.command(
            f"{name}-command",
            CliArgs(
                tool=args.tool,
                clusters=args.clusters,
                # All contexts at once: asked about one, it compares no roots.
                create=[*MULTICLUSTER, "check", "--contexts", names],
                delete=None,
                rerun_on=[args.connected],
            ),
            parent=self,
        )
        self.register_outputs({})
