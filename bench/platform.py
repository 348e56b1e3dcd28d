"""The workshop's chapter on the management plane, with the stand-in charts and scripted meshctl."""

import json
import secrets
from pathlib import Path
from typing import Final

from bench.shell import Shell
from components import management_values

CHARTS: Final = "localcloud/charts/gloo-platform"
NAMESPACE: Final = "gloo-mesh"
MADE: Final = {"relay-root-tls-secret": "ca.crt", "relay-identity-token-secret": "token"}
"""What the real chart makes by itself, the stand-in does not, and meshctl copies."""
ADDRESS: Final = "jsonpath={.status.loadBalancer.ingress[0].ip}"


def prepare(shell: Shell, context: str, root: Path) -> None:
    """Make what only the real chart would make; no part of the chapter."""
    shell.kubectl(context, "create", "ns", NAMESPACE)
    content = {"ca.crt": root.read_text(encoding="utf-8"), "token": secrets.token_hex()}
    for name, file in MADE.items():
        shell.apply(
            context,
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "stringData": {file: content[file]},
            },
        )


def install(shell: Shell, context: str, cluster: str, values: Path) -> None:
    """Install the plane's two charts, and wait for the addresses that registration asks for."""
    found = management_values.plane(cluster, member=True, licensed=False)
    values.write_text(json.dumps(found), encoding="utf-8")  # JSON is YAML
    words = ("helm", "upgrade", "-i", f"--kube-context={context}", "-n", NAMESPACE)
    crds, plane = "gloo-platform-crds", "gloo-platform"
    agreed = "installEnterpriseCrds=false"
    shell.run(*words, "--create-namespace", crds, f"{CHARTS}/{crds}", "--set", agreed)
    shell.run(*words, plane, f"{CHARTS}/{plane}", "--values", str(values))
    shell.wait(context, NAMESPACE, "deployment", "--all", "--for=condition=Available")
    for service in ("gloo-mesh-mgmt-server", "gloo-telemetry-gateway"):
        until = "--for=jsonpath={.status.loadBalancer.ingress}"
        shell.wait(context, NAMESPACE, f"service/{service}", until)


def register(shell: Shell, context: str, remote: str, name: str) -> None:
    """Register another cluster, and wait until its agent runs."""
    where = ("-n", NAMESPACE, "get", "svc", "gloo-telemetry-gateway", "-o", ADDRESS)
    address = shell.kubectl(context, *where)
    shell.run(
        "meshctl",
        *("cluster", "register", name, "--kubecontext", context, "--remote-context", remote),
        *("--profiles", "gloo-mesh-agent", "--telemetry-server-address", f"{address}:4317"),
    )
    shell.wait(remote, NAMESPACE, "deployment", "--all", "--for=condition=Available")
