"""A virtual machine outside the cluster that calls services of the mesh through its own ztunnel.

It is a client only: nothing in the mesh can call it. Its identity is a ServiceAccount, its token
what ``istioctl bootstrap`` prints; the token travels on standard input, never in an argument.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as k8s
from pulumi_command import remote

from components import cli, membership, scripts
from components.cli import CliArgs
from components.cluster import Cluster
from components.gates import once
from components.istio_values import tag
from components.naming import BOOKINFO_NAMESPACE
from components.ownership import Key
from components.readiness import Address
from components.root_certificate import published
from components.settings import Settings, VmSettings

LOADER: Final = 'IFS= read -r BOOTSTRAP_TOKEN; export BOOTSTRAP_TOKEN; exec sh -s -- "$@"'
"""Takes the token from the first line of standard input; the rest is the script, so that no file
is left on the machine and a script that is gone cannot keep a container from being removed."""

PRODUCT_PAGE: Final = "http://productpage.{domain}:9080/productpage"


def as_root(user: str, *words: str) -> str:
    """Return the command line that runs the script on standard input with these arguments."""
    sudo = [] if user == "root" else ["sudo", "-n"]
    return shlex.join([*sudo, "sh", "-c", LOADER, "ztunnel", *words])


def owned_namespaces(settings: Settings, site: str) -> set[str]:
    """Return the namespaces of a cluster that are made for machines and for nothing else."""
    found = {vm.home for vm in settings.vms if vm.cluster == site}
    if settings.bookinfo.enabled:
        found.discard(BOOKINFO_NAMESPACE)
    return found - {entry.name for _, entry in membership.entries(settings, site)}


def planned(settings: Settings, site: str) -> set[Key]:
    """Return the objects of the machines of one cluster."""
    accounts: set[Key] = {
        ("ServiceAccount", vm.home, vm.account) for vm in settings.vms if vm.cluster == site
    }
    return accounts | {("Namespace", "", name) for name in owned_namespaces(settings, site)}


def targets(settings: Settings, site: str) -> tuple[str, ...]:
    """Return what a machine of a cluster must reach: the product page, by each name it has."""
    if not settings.bookinfo.enabled:
        return ()
    found = [PRODUCT_PAGE.format(domain=BOOKINFO_NAMESPACE)]
    if membership.scope(membership.bookinfo(settings, site), "productpage"):
        domain = f"{BOOKINFO_NAMESPACE}.{membership.GLOBAL_DOMAIN}"
        found.append(PRODUCT_PAGE.format(domain=domain))
    return tuple(found)


def told(answer: str) -> dict[str, Any]:
    """Return what the probe printed: readiness, and the status of each URL."""
    lines = [line.split() for line in answer.splitlines()]
    pairs = [words for words in lines if len(words) == len(("url", "status"))]
    return {"ready": ["ready"] in lines, "reachable": {url: int(status) for url, status in pairs}}


@dataclass(frozen=True, kw_only=True)
class Host:
    """How a machine is reached by ssh."""

    address: pulumi.Input[str]
    host_key: pulumi.Input[str]
    user: str
    port: int = 22
    instance: pulumi.Resource | None = None
    """The machine itself, where the stack makes it: what is on it goes with it."""


@dataclass(frozen=True, kw_only=True)
class VirtualMachineArgs:
    """Which machine, and what it becomes in the mesh."""

    cluster: Cluster
    settings: Settings
    machine: VmSettings
    host: Host
    private_key: pulumi.Output[str]
    namespace: pulumi.Input[str]
    """Of its account, once it exists."""
    root: pulumi.Output[str]
    """The mesh's root as PEM: a token holds it, so that another root means another token."""
    address: pulumi.Output[Address]
    """Of the east-west gateway, by which the machine finds istiod; a token holds it, too."""
    applications: Sequence[pulumi.Resource]


class VirtualMachine(pulumi.ComponentResource):
    """The account, its token, the container on the machine, and the proof that it works."""

    state: pulumi.Output[dict[str, Any]]
    """Whether its ztunnel is ready, and what it has reached through it."""

    def __init__(
        self, name: str, args: VirtualMachineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ambientmesh:index:VirtualMachine", name, None, opts)
        vm, cluster = args.machine, args.cluster
        account = k8s.core.v1.ServiceAccount(
            f"{name}-account",
            metadata=cluster.inventory.metadata(
                vm.account, namespace=vm.home, within=args.namespace
            ),
            opts=pulumi.ResourceOptions(parent=self, deleted_with=cluster.made),
        )
        token = self._token(name, args, account)
        container = self._container(name, args, token)
        answer = self._probe(name, args, container)
        self.state = pulumi.Output.unsecret(answer.stdout).apply(told)
        self.register_outputs({"state": self.state})

    def _token(
        self, name: str, args: VirtualMachineArgs, account: k8s.core.v1.ServiceAccount
    ) -> pulumi.Output[str]:
        vm, cluster = args.machine, args.cluster
        namespace, owner = once(account.urn, vm.home), once(account.urn, vm.account)
        timeout = args.settings.timeouts.vm
        secret = f"/api/v1/namespaces/{vm.home}/secrets/{vm.account}-istio-bootstrap"
        bootstrap: cli.Words = ("istioctl", "bootstrap", "--namespace", namespace)
        made = cli.command(
            f"{name}-token",
            CliArgs(
                tool=cli.tool(args.settings, "istioctl"),
                clusters=(cluster,),
                create=[*bootstrap, "--service-account", owner, "--context", cluster.name],
                delete=cli.deletion(cluster, secret),
                triggers=[vm.token_generation, f"{vm.home}/{vm.account}"],
                rerun_on=[
                    published(account, cluster, vm.home, args.root, timeout),
                    args.address.apply(lambda found: found.value),
                ],
                secret_output=True,
            ),
            parent=self,
        )
        # However it wraps its output: a line break would end the first line of standard input.
        printed: pulumi.Output[str] = made.stdout
        return printed.apply(lambda text: "".join(text.split()))

    def _container(
        self, name: str, args: VirtualMachineArgs, token: pulumi.Output[str]
    ) -> remote.Command:
        vm, host = args.machine, args.host
        owner = f"{args.cluster.inventory.owner}/{vm.name}"
        identity = f"{args.cluster.name}/{vm.home}/{vm.account}"
        image = f"{args.settings.mesh.hub}/ztunnel:{tag(args.settings)}-distroless"
        stdin: Any = pulumi.Output.secret(
            token.apply(lambda text: f"{text}\n{scripts.text('ztunnel')}")
        )
        return remote.Command(
            f"{name}-ztunnel",
            connection=_connection(args),
            create=as_root(host.user, "run", owner, identity, image),
            delete=as_root(host.user, "remove", owner, identity),
            stdin=stdin,
            # Another machine is another container: the one on the old machine goes.
            triggers=[host.address, host.port],
            add_previous_output_in_env=False,  # sshd accepts no variables by itself
            logging=remote.Logging.NONE,
            opts=pulumi.ResourceOptions(parent=self, deleted_with=host.instance),
        )

    def _probe(
        self, name: str, args: VirtualMachineArgs, container: remote.Command
    ) -> remote.Command:
        asked = [str(args.settings.timeouts.vm), *targets(args.settings, args.cluster.name)]
        running: pulumi.Output[str] = pulumi.Output.unsecret(container.stdout)
        return remote.Command(
            f"{name}-probe",
            connection=_connection(args),
            create=running.apply(lambda digest: shlex.join(["sh", "-s", "--", digest, *asked])),
            stdin=scripts.text("probe"),
            add_previous_output_in_env=False,
            logging=remote.Logging.NONE,
            opts=pulumi.ResourceOptions(
                parent=self,
                deleted_with=args.host.instance,
                # What it asks for must run, and no data of theirs is part of the question.
                depends_on=list(args.applications),
            ),
        )


def _connection(args: VirtualMachineArgs) -> remote.ConnectionArgs:
    host = args.host
    return remote.ConnectionArgs(
        host=host.address,
        port=host.port,
        user=host.user,
        host_key=host.host_key,
        private_key=args.private_key,
    )
