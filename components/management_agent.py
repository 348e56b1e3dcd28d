"""A cluster registered with the management plane of another one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import cli, gloo_platform, management_values
from components.access import Access
from components.cli import CliArgs
from components.cluster import Cluster
from components.gates import once
from components.gloo_platform import MODE_ANNOTATION, ROOT_SECRET, TOKEN_SECRET
from components.management_gates import agent_gate
from components.naming import MANAGEMENT_NAMESPACE
from components.ownership import Key
from components.relay import RelayAuthority
from components.settings import Settings


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the agent's objects in one cluster, but for those of its charts."""
    plane = settings.management
    if plane is None or plane.site == site or site not in settings.names:
        return set()
    found: set[Key] = {("Namespace", "", MANAGEMENT_NAMESPACE)}
    if plane.mode == "declarative":
        names = (ROOT_SECRET, TOKEN_SECRET)
        found |= {("Secret", MANAGEMENT_NAMESPACE, name) for name in names}
    return found


async def check_modes(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Refuse to register a cluster in one way that is registered in the other."""
    plane = settings.management
    if plane is None:
        return []
    key: Key = ("Namespace", "", MANAGEMENT_NAMESPACE)
    lines = []
    for name in sorted(set(settings.names) - {plane.site}):
        if name not in access or not access[name].inventory.owns(key):
            continue
        found = access[name].inventory.found[key].get("annotations") or {}
        if (mode := found.get(MODE_ANNOTATION, plane.mode)) != plane.mode:
            lines.append(
                f"management.mode: found {plane.mode!r}; allowed: {mode!r}, because {name} is"
                " registered in that way; fix: take management out, run up, and set it again"
            )
    return lines


@dataclass(frozen=True, kw_only=True)
class ManagementAgentArgs:
    """Which cluster is registered where."""

    cluster: Cluster
    management: Cluster
    settings: Settings
    relay: RelayAuthority
    namespace: pulumi.Output[str]
    """Of the management cluster, once KubernetesClusters can be made in it."""
    relay_address: pulumi.Output[str]
    telemetry_address: pulumi.Output[str]
    ready: pulumi.Output[str]
    """Known once the mesh of the cluster is ready."""


class ManagementAgent(pulumi.ComponentResource):
    """The agent in one cluster, and the KubernetesCluster that announces it in the other.

    Two clusters are involved, so that every child names its provider.
    """

    registered: pulumi.Output[str]
    """``registered``, once the management server has let the agent in."""

    def __init__(
        self, name: str, args: ManagementAgentArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:ManagementAgent", name, None, opts)
        plane = args.settings.management
        mode = plane.mode if plane else "declarative"
        cluster = args.cluster
        # Not of the component: what announces the cluster is in another one.
        here = pulumi.ResourceOptions(
            parent=self, provider=cluster.provider, deleted_with=cluster.made
        )
        namespace = gloo_platform.namespace(name, cluster, args.settings, mode, here)
        within = once(namespace.urn, MANAGEMENT_NAMESPACE)
        if mode == "meshctl":
            installed: pulumi.Resource = self._by_meshctl(name, args, within)
        else:
            installed = self._declared(name, args, within, here)
        self.registered = agent_gate(cluster, installed, args.settings.timeouts)
        self.register_outputs({"registered": self.registered})

    def _declared(
        self,
        name: str,
        args: ManagementAgentArgs,
        within: pulumi.Input[str],
        here: pulumi.ResourceOptions,
    ) -> pulumi.Resource:
        cluster = args.cluster
        registration = k8s.apiextensions.CustomResource(
            f"{name}-registration",
            **gloo_platform.CLUSTER_KIND,
            metadata=args.management.inventory.metadata(
                cluster.name, namespace=MANAGEMENT_NAMESPACE, within=args.namespace
            ),
            spec=gloo_platform.cluster_spec(),
            opts=pulumi.ResourceOptions(parent=self, provider=args.management.provider),
        )
        files = {
            ROOT_SECRET: {"ca.crt": args.relay.root_pem},
            TOKEN_SECRET: {"token": args.relay.token},
        }
        secrets = [
            gloo_platform.secret(f"{name}/{own}", cluster, within, content, here)
            for own, content in files.items()
        ]
        kinds = gloo_platform.crds(name, args.settings, within, here)
        called = once(pulumi.Output.all(args.ready, registration.urn), cluster.name)
        return gloo_platform.release(
            name,
            gloo_platform.PLATFORM,
            args.settings,
            once(kinds.urn, MANAGEMENT_NAMESPACE),
            management_values.agent(
                called, relay=args.relay_address, telemetry=args.telemetry_address
            ),
            # The agent reads its secrets when it starts; no value of the chart is their content.
            pulumi.ResourceOptions.merge(here, pulumi.ResourceOptions(depends_on=secrets)),
        )

    def _by_meshctl(
        self, name: str, args: ManagementAgentArgs, within: pulumi.Input[str]
    ) -> pulumi.Resource:
        cluster, plane = args.cluster, args.management
        contexts = ("--kubecontext", plane.name, "--remote-context", cluster.name)
        register = (
            *("meshctl", "cluster", "register", cluster.name, *contexts),
            *("--profiles", "gloo-mesh-agent"),
            *("--relay-server-address", args.relay_address),
            *("--telemetry-server-address", args.telemetry_address),
        )
        return cli.command(
            f"{name}-registration",
            CliArgs(
                tool=cli.tool(args.settings, "meshctl"),
                clusters=(plane, cluster),
                create=register,
                delete=("meshctl", "cluster", "deregister", cluster.name, *contexts),
                rerun_on=[args.ready, args.namespace, within],
            ),
            parent=self,
        )
