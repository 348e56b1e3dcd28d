"""istiod as a whole, simulated: what a pod of it read when it started, and what it writes.

istiod reads the network label of its namespace and the root of its authority once, when it starts.
What a pod read is kept in an annotation on it, so that it outlives this process. An intermediate
that changes under the same root is taken up at once; another root only by a pod that starts later.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from localcloud.operator import authority, workloads
from localcloud.operator.authority import Authority
from localcloud.operator.context import Context
from localcloud.operator.status import Condition, conditions, is_available

MANAGER: Final = "istiod"
STARTED: Final = "ambientmesh.dev/simulated-start"
NETWORK: Final = "topology.istio.io/network"
SECRET: Final = "istio-ca-secret"  # noqa: S105 its name
ROOT_CONFIG_MAP: Final = "istio-ca-root-cert"
ZTUNNEL: Final = "ztunnel"
UNSERVED_NAMESPACES: Final = ("kube-system", "kube-public", "kube-node-lease")
"""Where istiod publishes no root certificate."""

_OWN: Final = {workloads.MANAGED_BY: MANAGER}


@dataclass(frozen=True, kw_only=True)
class Istiod:
    """A running istiod.

    Attributes:
        cluster: name of the cluster, as it was given.
        trust_domain: the mesh's.
        version: its image's tag.
        network: as read at start; empty while the namespace has no label.
        network_now: the label as it is.
        root: SHA-256 of the root that it started with.
        authority: what it would start with now.
        misconfigured: what in its values keeps it from peering; empty if nothing.
        any_trust_domain: whether it takes peers of other trust domains.
    """

    namespace: str
    cluster: str
    trust_domain: str
    version: str
    network: str
    network_now: str
    root: str
    authority: Authority
    misconfigured: str = ""
    any_trust_domain: bool = True


class Authorities:
    """Authorities of a plane, checked anew only when their Secret changes."""

    def __init__(self) -> None:
        self._checked: dict[str, Authority] = {}

    def of(self, context: Context, namespace: str) -> Authority:
        """Return the authority of an istiod that starts in ``namespace`` now."""
        given = context.view.find("cacerts", "cacerts", namespace)
        if given is not None:
            return self._check(given, is_own=False)
        own = context.view.find(SECRET, SECRET, namespace)
        return Authority() if own is None else self._check(own, is_own=True)

    def _check(self, secret: Mapping[str, Any], *, is_own: bool) -> Authority:
        version = secret["metadata"]["resourceVersion"]
        if version not in self._checked:
            data = secret.get("data") or {}
            files = {name: base64.b64decode(value) for name, value in data.items()}
            found = authority.read(files)
            self._checked = {
                version: Authority(found.root, found.problem, found.pem, is_own=is_own)
            }
        return self._checked[version]


def look(context: Context, authorities: Authorities) -> Istiod | None:
    """Return the istiod that runs on a plane, or None; a pod that just started reads its world."""
    deployment = next(filter(_is_istiod, context.view.all("Deployment")), None)
    if deployment is None or not is_available(deployment):
        return None
    namespace = deployment["metadata"]["namespace"]
    pods = [pod for pod in context.view.all("istiod") if _runs(pod, namespace)]
    if not pods:
        return None
    # While one replaces another, the newest speaks: it is the one that stays.
    pod = max(
        pods, key=lambda item: (item["metadata"]["creationTimestamp"], item["metadata"]["uid"])
    )
    home = context.view.find("Namespace", namespace) or {"metadata": {}}
    label = (home["metadata"].get("labels") or {}).get(NETWORK, "")
    found = authorities.of(context, namespace)
    if not found.root and not found.problem:
        _sign_itself(context, namespace)
        return None
    started = read_start(pod)
    now = Start(network=started.network or label, root=started.root or found.root)
    if now != started:
        text = json.dumps(asdict(now), sort_keys=True)
        context.view.merge("istiod", pod, {"annotations": {STARTED: text}})
    container = pod["spec"]["containers"][0]
    env = _env(container)
    return Istiod(
        namespace=namespace,
        cluster=env.get("CLUSTER_ID", ""),
        trust_domain=env.get("TRUST_DOMAIN", ""),
        version=container["image"].rpartition(":")[2],
        network=now.network,
        network_now=label,
        root=now.root,
        authority=found,
        misconfigured=_wrong_values(env, label, context.view.find("DaemonSet", ZTUNNEL, namespace)),
        any_trust_domain=env.get("PILOT_SKIP_VALIDATE_TRUST_DOMAIN", "true") == "true",
    )


def _env(container: Mapping[str, Any]) -> dict[str, str]:
    return {item["name"]: item.get("value", "") for item in container.get("env") or []}


def _wrong_values(env: Mapping[str, str], label: str, ztunnel: Mapping[str, Any] | None) -> str:
    """Return what keeps an istiod from peering; what the operator leaves unsaid is well."""
    if env.get("PEERING_ENABLED", "true") != "true":
        return "platforms.peering.enabled is not true"
    if env.get("NETWORK", label) != label:
        return f"global.network is {env['NETWORK']!r}, and label {NETWORK} says {label!r}"
    if ztunnel is None:
        return ""
    proxy = _env(ztunnel["spec"]["template"]["spec"]["containers"][0])
    checks = {
        "multiCluster.clusterName": (proxy.get("CLUSTER_ID"), env.get("CLUSTER_ID", "")),
        "network": (proxy.get("NETWORK"), label),
        "env.SKIP_VALIDATE_TRUST_DOMAIN": (
            proxy.get("SKIP_VALIDATE_TRUST_DOMAIN", "false" if "NETWORK" in proxy else None),
            env.get("PILOT_SKIP_VALIDATE_TRUST_DOMAIN", "true"),
        ),
    }
    for what, (found, wanted) in checks.items():
        if found is not None and found != wanted:
            return f"ztunnel's {what} is {found!r}, and istiod says {wanted!r}"
    return ""


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a pod read when it started."""

    network: str = ""
    root: str = ""


def read_start(pod: Mapping[str, Any]) -> Start:
    """Return what a pod read when it started; empty for one that has not yet."""
    text = (pod["metadata"].get("annotations") or {}).get(STARTED)
    return Start(**json.loads(text)) if text else Start()


def _is_istiod(deployment: Mapping[str, Any]) -> bool:
    return deployment["metadata"]["name"] in (workloads.ISTIOD, workloads.HELM_ISTIOD)


def _runs(pod: Mapping[str, Any], namespace: str) -> bool:
    meta = pod["metadata"]
    if meta["namespace"] != namespace or "deletionTimestamp" in meta:
        return False
    found = pod.get("status", {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in found)


def _sign_itself(context: Context, namespace: str) -> None:
    files = authority.self_signed("cluster.local")
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": workloads.metadata(SECRET, namespace, _OWN),
        "type": "istio.io/ca-root",
        "data": {name: base64.b64encode(content).decode() for name, content in files.items()},
    }
    context.view.client.apply(secret, MANAGER)


def publish(context: Context, running: Istiod) -> None:
    """Write what istiod writes of its own accord: classes, and its root into every namespace."""
    if context.view.serves("GatewayClass"):
        for name in workloads.CLASSES:
            live = context.view.ensure(workloads.gateway_class(name), MANAGER)
            accepted = [Condition("Accepted", True, "Accepted", "Handled by Istio controller")]
            context.view.write_status(live, {"conditions": conditions(live, accepted)}, MANAGER)
    if not running.root or running.root != running.authority.root:
        return
    for namespace in context.view.all("Namespace"):
        meta = namespace["metadata"]
        if meta["name"] not in UNSERVED_NAMESPACES and "deletionTimestamp" not in meta:
            labels = {"istio.io/config": "true", **_OWN}
            config_map = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": workloads.metadata(ROOT_CONFIG_MAP, meta["name"], labels),
                "data": {"root-cert.pem": running.authority.pem},
            }
            context.view.ensure(config_map, MANAGER)


def clear(context: Context) -> None:
    """Remove what an istiod of its own chart wrote, once that is gone: nobody else would."""
    if context.view.all("ServiceMeshController"):
        return  # the operator will
    if not any(map(_is_istiod, context.view.all("Deployment"))):
        forget(context)


def forget(context: Context) -> bool:
    """Remove what istiod wrote, and return whether it is gone.

    The real istiod leaves its ConfigMaps behind, the entries of global services, and a waypoint
    whose label is still there. Here they go, so that what is left after a removal is left by the
    program under test.
    """
    found = [
        *(item for item in context.view.all("ConfigMap") if _is_ours(item)),
        *(item for item in context.view.all(SECRET) if _is_ours(item)),
        *(item for item in context.view.all("WorkloadEntry") if _is_ours(item)),
        *(item for item in context.view.all("ServiceEntry") if _is_ours(item)),
        *(item for item in context.view.all("Gateway") if _is_ours(item)),
        *(
            item
            for item in context.view.all("GatewayClass")
            if item["metadata"]["name"] in workloads.CLASSES
        ),
    ]
    for item in found:
        context.view.delete(item)
    return not found


def _is_ours(item: Mapping[str, Any]) -> bool:
    labels = item["metadata"].get("labels") or {}
    return bool(labels.get(workloads.MANAGED_BY) == MANAGER)
