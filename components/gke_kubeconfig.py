"""The kubeconfig of a GKE cluster, as data: one context, and a credential plugin.

Never a token: it would be in the state, and be worth nothing an hour later.
"""

import shutil
from collections.abc import Mapping
from typing import Any, Final

CLUSTER_TYPE: Final = "gcp:container/cluster:Cluster"
PLUGIN: Final = "gke-gcloud-auth-plugin"
INSTALL: Final = (
    "gcloud components install gke-gcloud-auth-plugin, or the package of that name"
    " (google-cloud-cli-gke-gcloud-auth-plugin for apt and dnf)"
)


class Incomplete(Exception):  # noqa: N818 a state of the cluster, told to the user as such
    """The stack's state has the cluster, but not how it is reached; the message says the fix."""


def resource_name(cluster: str) -> str:
    """Return what the ``gcp.container.Cluster`` of a cluster is called in the state."""
    return f"{cluster}-gke-cluster"


def kubeconfig(context: str, server: str, authority: str) -> dict[str, Any]:
    """Return a kubeconfig with one context and no credential.

    Args:
        context: its name: that of the cluster in the stack.
        server: address of the control plane, with ``https://``.
        authority: its certificate authority in base64; empty where the whole world trusts it.
    """
    cluster = {"server": server}
    if authority:
        cluster["certificate-authority-data"] = authority
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": PLUGIN,
        # By itself it takes whom gcloud is logged in as: another account, or nobody in a CI that
        # has no gcloud. This is the credential that the clusters are made with.
        "args": ["--use_application_default_credentials"],
        "installHint": f"Install it: {INSTALL}",
        "interactiveMode": "Never",
        "provideClusterInfo": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
        "clusters": [{"name": context, "cluster": cluster}],
        "users": [{"name": context, "user": {"exec": plugin}}],
    }


def endpoint(
    address: str, authority: str, endpoints: Mapping[str, Any] | None, *, by_name: bool
) -> tuple[str, str]:
    """Return where a control plane is reached, and the authority of its certificate there.

    Args:
        address: its IP address, which authorized networks reach, with a port where it is not 443.
        authority: of the certificate that it shows there.
        endpoints: what the cluster says of the ways to it.
        by_name: whether it is reached by its DNS name, where it has one.
    """
    named = ((endpoints or {}).get("dns_endpoint_config") or {}).get("endpoint")
    return (f"https://{named}", "") if by_name and named else (f"https://{address}", authority)


def of_state(cluster: str, resources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the kubeconfig of a cluster that the stack has made; None, if it has not.

    Args:
        cluster: its name in the stack.
        resources: type and outputs of everything in the stack's state, by URN.

    Raises:
        Incomplete: it is there without an address, as after an interrupted run.
    """
    wanted = f"::{resource_name(cluster)}"
    for urn, found in resources.items():
        if found.get("type") != CLUSTER_TYPE or not urn.endswith(wanted):
            continue
        outputs = found.get("outputs") or {}
        address = outputs.get("endpoint")
        authority = (outputs.get("masterAuth") or {}).get("clusterCaCertificate")
        if not address or not authority:
            raise Incomplete(
                "the stack's state has it without endpoint and certificate;"
                " fix: pulumi refresh, then try again"
            )
        named = (outputs.get("controlPlaneEndpointsConfig") or {}).get("dnsEndpointConfig") or {}
        server = endpoint(
            str(address),
            str(authority),
            {"dns_endpoint_config": named},
            by_name=bool(named.get("allowExternalTraffic")),
        )
        return kubeconfig(cluster, *server)
    return None


def published(kubeconfig: Mapping[str, Any]) -> dict[str, str]:
    """Return what of a kubeconfig is no credential, as the stack's outputs have it."""
    cluster = kubeconfig["clusters"][0]["cluster"]
    return {
        "server": cluster["server"],
        "certificateAuthority": cluster.get("certificate-authority-data", ""),
    }


def of_outputs(cluster: str, published: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kubeconfig that the function ``published`` was given."""
    return kubeconfig(cluster, published["server"], published.get("certificateAuthority", ""))


def plugin_problem() -> str:
    """Return why no credential can be had on this machine; empty, if one can."""
    if shutil.which(PLUGIN):
        return ""
    return f"{PLUGIN} is not on the PATH, and gives the credential; fix: {INSTALL}"
