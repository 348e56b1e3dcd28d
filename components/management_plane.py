"""The Gloo management plane on one cluster, a member of the mesh or one outside it."""

import shlex
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components import gloo_platform, management_values
from components.cluster import Cluster
from components.gates import once
from components.gke_plan import GkePlan
from components.gloo_platform import ROOT_SECRET, TOKEN_SECRET
from components.management_gates import address_gate, agent_gate
from components.management_values import (
    LICENSE_KEY,
    LICENSE_SECRET,
    RELAY_PORT,
    TELEMETRY_PORT,
)
from components.naming import MANAGEMENT_NAMESPACE
from components.ownership import Key
from components.relay import MGMT_SERVER, TELEMETRY_GATEWAY, RelayAuthority
from components.settings import Settings

SIGNING_SECRET = "relay-tls-signing-secret"  # noqa: S105 the name of a Secret
SERVER_SECRET = "relay-server-tls-secret"  # noqa: S105 the name of a Secret
TELEMETRY_SECRET = "gloo-telemetry-gateway-tls-secret"  # noqa: S105 the name of a Secret

UI_PORT = 8090


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the plane's objects in one cluster, but for those of its charts."""
    if settings.management is None or settings.management.site != site:
        return set()
    names = (
        LICENSE_SECRET,
        ROOT_SECRET,
        SIGNING_SECRET,
        SERVER_SECRET,
        TELEMETRY_SECRET,
        TOKEN_SECRET,
    )
    found: set[Key] = {("Secret", MANAGEMENT_NAMESPACE, name) for name in names}
    found.add(("Namespace", "", MANAGEMENT_NAMESPACE))
    own = {site} & set(settings.names)
    # meshctl makes the others' itself.
    others = set(settings.names) if settings.management.mode == "declarative" else set()
    return found | {gloo_platform.planned_cluster(name) for name in own | others}


@dataclass(frozen=True, kw_only=True)
class ManagementPlaneArgs:
    """Where the plane runs, and whom it trusts."""

    cluster: Cluster
    settings: Settings
    relay: RelayAuthority
    license_key: pulumi.Output[str] | None
    ready: pulumi.Output[str] | None
    """Known once the mesh of the cluster is ready; None for a cluster outside the mesh."""


class ManagementPlane(pulumi.ComponentResource):
    """Management server, UI, telemetry gateway, and the plane's secrets, made before they start."""

    relay_address: pulumi.Output[str]
    """Where agents of other clusters reach the management server *now*."""
    telemetry_address: pulumi.Output[str]
    registered: pulumi.Output[str] | None
    """The state of the cluster's own agent, if it is a member of the mesh."""
    namespace: pulumi.Output[str]
    """gloo-mesh, once KubernetesClusters can be made in it."""

    def __init__(
        self, name: str, args: ManagementPlaneArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:ManagementPlane", name, None, opts)
        cluster, settings = args.cluster, args.settings
        child = pulumi.ResourceOptions(parent=self, provider=cluster.provider)
        namespace = gloo_platform.namespace(name, cluster, settings, "declarative", child)
        within = once(namespace.urn, MANAGEMENT_NAMESPACE)
        secrets = self._secrets(name, args, within, child)
        kinds = gloo_platform.crds(name, settings, within, child)
        self.namespace = once(kinds.urn, MANAGEMENT_NAMESPACE)
        member = args.ready is not None
        called = pulumi.Output.from_input(cluster.name)
        if args.ready is not None:
            own = k8s.apiextensions.CustomResource(
                f"{name}-registration",
                **gloo_platform.CLUSTER_KIND,
                metadata=cluster.inventory.metadata(
                    cluster.name, namespace=MANAGEMENT_NAMESPACE, within=self.namespace
                ),
                spec=gloo_platform.cluster_spec(),
                opts=child,
            )
            called = once(pulumi.Output.all(args.ready, own.urn), cluster.name)
        platform = gloo_platform.release(
            name,
            gloo_platform.PLATFORM,
            settings,
            self.namespace,
            management_values.plane(called, member=member, licensed=args.license_key is not None),
            # The server reads its secrets when it starts; no value of the chart is their content.
            pulumi.ResourceOptions(parent=self, provider=cluster.provider, depends_on=secrets),
        )
        waits = settings.timeouts
        self.relay_address = address_gate(cluster, platform, MGMT_SERVER, RELAY_PORT, waits)
        self.telemetry_address = address_gate(
            cluster, platform, TELEMETRY_GATEWAY, TELEMETRY_PORT, waits
        )
        self.registered = agent_gate(cluster, platform, waits) if member else None
        self.register_outputs(
            {"relayAddress": self.relay_address, "telemetryAddress": self.telemetry_address}
        )

    def _secrets(
        self,
        name: str,
        args: ManagementPlaneArgs,
        within: pulumi.Input[str],
        child: pulumi.ResourceOptions,
    ) -> list[pulumi.Resource]:
        relay = args.relay
        served = {
            "ca.crt": relay.root_pem,
            "tls.crt": relay.server_pem,
            "tls.key": relay.server_key_pem,
        }
        files = {
            ROOT_SECRET: {"ca.crt": relay.root_pem},
            # What agents' certificates are signed with.
            SIGNING_SECRET: {
                "ca.crt": relay.root_pem,
                "tls.crt": relay.root_pem,
                "tls.key": relay.root_key_pem,
            },
            SERVER_SECRET: served,
            TELEMETRY_SECRET: served,
            TOKEN_SECRET: {"token": relay.token},
        }
        if args.license_key is not None:
            files[LICENSE_SECRET] = {LICENSE_KEY: args.license_key}
        return [
            gloo_platform.secret(f"{name}/{own}", args.cluster, within, content, child)
            for own, content in files.items()
        ]


def ui_command(context: str, kubeconfig: str | None) -> str:
    """Return how to open the UI, which asks nobody for a password and has no address of its own.

    Args:
        context: of the management cluster.
        kubeconfig: that has it; None: kubectl's own.
    """
    file = f" --kubeconfig {shlex.quote(kubeconfig)}" if kubeconfig else ""
    return (
        f"kubectl{file} --context {context} -n {MANAGEMENT_NAMESPACE} port-forward svc/gloo-mesh-ui"
        f" {UI_PORT}:{UI_PORT}, then http://localhost:{UI_PORT}"
    )


def gke_ui_command(plan: GkePlan) -> str:
    """Return how to open the UI where the stack made the management cluster: gcloud knows it."""
    where = f"--location {plan.settings.location} --project {plan.project}"
    by_name = "" if plan.authorized_networks else " --dns-endpoint"
    context = f"gke_{plan.project}_{plan.settings.location}_{plan.name}"
    return (
        f"gcloud container clusters get-credentials {plan.name} {where}{by_name}"
        f" && {ui_command(context, None)}"
    )
