"""One control plane as data: its folder, ports, certificates and the command of each process."""

import base64
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.pki import Authority, Pair, service_account_key

PROCESSES: Final = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "operator",
)
FIRST: Final = ("etcd", "kube-apiserver")
"""What must run before anything else can; the others are started once the API server is ready."""

CONTROLLING: Final = ("kube-controller-manager", "kube-scheduler")
"""What must be healthy besides the API server for a plane to be ready."""

PORTS: Final = ("etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler")

CONTROLLERS: Final = (
    "clusterrole-aggregation-controller",
    "daemonset-controller",
    "deployment-controller",
    "disruption-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "garbage-collector-controller",
    "job-controller",
    "namespace-controller",
    "replicaset-controller",
    "resourcequota-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "statefulset-controller",
)
"""What a mesh needs of kube-controller-manager. No node controllers: kwok's nodes never leave."""

MEMORY: Final[Mapping[str, str]] = {"GOGC": "40"}
"""Collect garbage early: two planes with everything around them fit into 1.5 GiB."""


@dataclass(frozen=True)
class Plane:
    """One control plane. ``index`` gives it a service network of its own."""

    name: str
    index: int
    folder: Path
    ports: Mapping[str, int]
    binaries: Path

    @property
    def url(self) -> str:
        """Address of the API server."""
        return f"https://127.0.0.1:{self.ports['kube-apiserver']}"

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of a cluster administrator."""
        return self.folder / "kubeconfig"

    @property
    def etcd_pki(self) -> Path:
        """Folder with etcd's certificates."""
        return self.folder / "pki" / "etcd"

    @property
    def context(self) -> str:
        """Name of the context in kubeconfigs."""
        return f"local-{self.name}"

    def authority(self) -> Authority:
        """Return the plane's certificate authority."""
        return Authority(self.folder / "pki", f"localcloud {self.name}")

    def etcd_authority(self) -> Authority:
        """Return etcd's own authority: a client of the API server is not one of etcd."""
        return Authority(self.etcd_pki, f"localcloud {self.name} etcd")

    def client(self, user: str, groups: str = "") -> Pair:
        """Return a client certificate for a user of the API server."""
        return self.authority().issue(user.replace(":", "-"), user, organization=groups)

    def prepare(self) -> None:
        """Write certificates and kubeconfigs; what exists is kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        hosts = ["127.0.0.1", "localhost", "kubernetes", "kubernetes.default"]
        hosts += ["kubernetes.default.svc", f"10.{self.index + 100}.0.1"]
        self.authority().issue("server", "kube-apiserver", hosts=hosts)
        self.etcd_authority().issue("etcd", "etcd", hosts=["127.0.0.1", "localhost"])
        service_account_key(self.folder / "pki")
        self._kubeconfig(self.kubeconfig, "admin", "system:masters")
        self._kubeconfig(self.folder / "kcm.kubeconfig", "system:kube-controller-manager")
        self._kubeconfig(self.folder / "scheduler.kubeconfig", "system:kube-scheduler")
        self._kubeconfig(self.folder / "kwok.kubeconfig", "kwok", "system:masters")

    def entries(self, user: str, groups: str = "") -> dict[str, Any]:
        """Return the cluster, user and context entries of a kubeconfig."""

        def data(path: Path) -> str:
            return base64.b64encode(path.read_bytes()).decode()

        pair = self.client(user, groups)
        certificate, key = data(pair.cert), data(pair.key)
        cluster = {
            "server": self.url,
            "certificate-authority-data": data(self.authority().pair.cert),
        }
        return {
            "clusters": [{"name": self.context, "cluster": cluster}],
            "users": [
                {
                    "name": self.context,
                    "user": {"client-certificate-data": certificate, "client-key-data": key},
                }
            ],
            "contexts": [
                {
                    "name": self.context,
                    "context": {"cluster": self.context, "user": self.context},
                }
            ],
        }

    def _kubeconfig(self, path: Path, user: str, groups: str = "") -> None:
        write_kubeconfig(path, self.entries(user, groups), self.context)

    def command(self, process: str, world: Path) -> list[str]:
        """Return the argv of one of ``PROCESSES``."""
        binary = str(self.binaries / process)
        builders = {
            "etcd": self._etcd,
            "kube-apiserver": self._api_server,
            "kube-controller-manager": self._controller_manager,
            "kube-scheduler": self._scheduler,
            "kwok": self._kwok,
        }
        if process == "operator":
            module = [sys.executable, "-m", "localcloud.operator"]
            return [*module, "--plane", self.name, "--world", str(world)]
        return [binary, *builders[process]()]

    def _etcd(self) -> list[str]:
        pki = self.etcd_pki
        client = f"https://127.0.0.1:{self.ports['etcd']}"
        peer = f"https://127.0.0.1:{self.ports['etcd-peer']}"
        files = {"cert-file": pki / "etcd.crt", "key-file": pki / "etcd.key"}
        files["trusted-ca-file"] = pki / "ca.crt"
        tls = [f"--{flag}={path}" for flag, path in files.items()]
        return [
            f"--name={self.name}",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster={self.name}={peer}",
            *tls,
            *(flag.replace("--", "--peer-", 1) for flag in tls),
            "--client-cert-auth",
            "--peer-client-cert-auth",
            "--log-level=warn",
            # A crash of this machine may lose a local plane; every write would cost a disk flush.
            "--unsafe-no-fsync",
        ]

    def _api_server(self) -> list[str]:
        pki, etcd = self.folder / "pki", self.etcd_pki
        return [
            f"--etcd-servers=https://127.0.0.1:{self.ports['etcd']}",
            f"--etcd-cafile={etcd / 'ca.crt'}",
            f"--etcd-certfile={etcd / 'etcd.crt'}",
            f"--etcd-keyfile={etcd / 'etcd.key'}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self.ports['kube-apiserver']}",
            f"--tls-cert-file={pki / 'server.crt'}",
            f"--tls-private-key-file={pki / 'server.key'}",
            f"--client-ca-file={pki / 'ca.crt'}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki / 'service-accounts.pub'}",
            f"--service-account-signing-key-file={pki / 'service-accounts.key'}",
            f"--service-cluster-ip-range=10.{self.index + 100}.0.0/16",
            # It taints new nodes until a node controller, which no plane needs, finds them ready.
            "--disable-admission-plugins=TaintNodesByCondition",
            # Only one API server a plane: nobody else needs to find it.
            "--endpoint-reconciler-type=none",
            "--profiling=false",
        ]

    def _serving(self, process: str) -> list[str]:
        pki = self.folder / "pki"
        return [
            "--bind-address=127.0.0.1",
            f"--secure-port={self.ports[process]}",
            f"--tls-cert-file={pki / 'server.crt'}",
            f"--tls-private-key-file={pki / 'server.key'}",
            "--leader-elect=false",
            "--profiling=false",
        ]

    def _controller_manager(self) -> list[str]:
        pki = self.folder / "pki"
        return [
            f"--kubeconfig={self.folder / 'kcm.kubeconfig'}",
            f"--controllers={','.join(CONTROLLERS)}",
            "--use-service-account-credentials",
            f"--service-account-private-key-file={pki / 'service-accounts.key'}",
            f"--root-ca-file={pki / 'ca.crt'}",
            *self._serving("kube-controller-manager"),
        ]

    def _scheduler(self) -> list[str]:
        return [
            f"--kubeconfig={self.folder / 'scheduler.kubeconfig'}",
            *self._serving("kube-scheduler"),
        ]

    def _kwok(self) -> list[str]:
        return [
            f"--kubeconfig={self.folder / 'kwok.kubeconfig'}",
            f"--config={self.folder / 'stages.yaml'}",
            "--manage-all-nodes",
            f"--cidr=10.{self.index + 180}.0.0/16",
            "--node-ip=127.0.0.1",
        ]


def write_kubeconfig(path: Path, entries: Mapping[str, Any], current: str) -> None:
    """Write a kubeconfig that only its owner can read, in one step: others may be reading it."""
    content = {"apiVersion": "v1", "kind": "Config", "current-context": current, **entries}
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    scratch.touch(mode=0o600)
    scratch.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    scratch.replace(path)
