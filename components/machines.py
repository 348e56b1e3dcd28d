"""The machines of all clusters, with the namespaces that are made for them alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import Cluster
from components.gates import once
from components.gce import GceInstance, GceInstanceArgs
from components.readiness import Address
from components.settings import Settings, Timeouts, VmSettings
from components.virtual_machine import (
    Host,
    VirtualMachine,
    VirtualMachineArgs,
    owned_namespaces,
)


@dataclass(frozen=True, kw_only=True)
class Home:
    """A cluster as its machines see it."""

    cluster: Cluster
    address: pulumi.Output[Address]
    """Of its east-west gateway."""
    namespaces: Mapping[str, pulumi.Output[str]]
    """Those that something else in the stack makes or labels, once they are there."""
    applications: tuple[pulumi.Resource, ...]
    """What its machines are to reach."""


@dataclass(frozen=True, kw_only=True)
class MachineNamespaceArgs:
    """Where it is."""

    cluster: Cluster
    namespace: str
    timeouts: Timeouts


class MachineNamespace(pulumi.ComponentResource):
    """A namespace for the accounts of machines. It has no pods, and so no label of the mesh."""

    namespace: pulumi.Output[str]

    def __init__(
        self, name: str, args: MachineNamespaceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:MachineNamespace", name, None, opts)
        made = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=args.cluster.inventory.metadata(args.namespace),
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{args.timeouts.deletion}s"),
            ),
        )
        self.namespace = once(made.urn, args.namespace)
        self.register_outputs({"namespace": self.namespace})


def _host(vm: VmSettings, private_key: pulumi.Output[str], timeout: int) -> Host:
    if vm.gce:
        made = GceInstance(
            f"{vm.cluster}-gce.{vm.name}",
            GceInstanceArgs(
                machine=vm.name, settings=vm.gce, private_key=private_key, timeout=timeout
            ),
        )
        return Host(
            address=made.address,
            host_key=made.host_key,
            user=vm.gce.user,
            instance=made.instance,
        )
    if vm.ssh is None:
        raise ValueError(f"{vm.name}: neither ssh nor gce, which the settings refuse")
    return Host(address=vm.ssh.host, host_key=vm.ssh.host_key, user=vm.ssh.user, port=vm.ssh.port)


def _namespaces(settings: Settings, home: Home) -> dict[str, pulumi.Output[str]]:
    cluster = home.cluster
    return {
        namespace: MachineNamespace(
            f"{cluster.name}-vms.{namespace}",
            MachineNamespaceArgs(cluster=cluster, namespace=namespace, timeouts=settings.timeouts),
            cluster.inside,
        ).namespace
        for namespace in sorted(owned_namespaces(settings, cluster.name))
    }


def build(
    settings: Settings,
    homes: Mapping[str, Home],
    root: pulumi.Output[str],
    private_key: pulumi.Output[str] | None,
) -> dict[str, Any]:
    """Register every machine and return the stack output ``vms``; nothing without machines.

    Args:
        settings: the stack's configuration.
        homes: every cluster, by its name.
        root: the mesh's root as PEM.
        private_key: opens every machine; ``bootstrap.check_keys`` demands it.
    """
    if not settings.vms:
        return {}
    if private_key is None:
        raise ValueError("machines without a key")
    namespaces = {
        name: {**_namespaces(settings, home), **home.namespaces} for name, home in homes.items()
    }
    found = {}
    for vm in settings.vms:
        home = homes[vm.cluster]
        made = VirtualMachine(
            # A dot, which no name has: cluster a-vm and machine x are not a and vm-x.
            f"{vm.cluster}-vm.{vm.name}",
            VirtualMachineArgs(
                cluster=home.cluster,
                settings=settings,
                machine=vm,
                host=_host(vm, private_key, settings.timeouts.vm),
                private_key=private_key,
                namespace=namespaces[vm.cluster][vm.home],
                root=root,
                address=home.address,
                applications=home.applications,
            ),
            pulumi.ResourceOptions(provider=home.cluster.provider),
        )
        found[vm.name] = {
            "cluster": vm.cluster,
            "identity": f"spiffe://{home.cluster.trust_domain}/ns/{vm.home}/sa/{vm.account}",
            "ready": made.state["ready"],
            "reachable": made.state["reachable"],
        }
    return {"vms": found}
