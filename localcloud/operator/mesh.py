"""The Gloo operator, simulated: what it makes of a ServiceMeshController, and takes away."""

import base64
from typing import Any, Final

from localcloud import crds
from localcloud.api import ApiError
from localcloud.operator import workloads
from localcloud.operator.context import Context
from localcloud.operator.status import Condition, conditions, write

FINALIZER: Final = "operator.gloo.solo.io/service-mesh-controller"
MANAGER: Final = "gloo-operator"
COLLECTION: Final = "/apis/operator.gloo.solo.io/v1/servicemeshcontrollers"
SYSTEM_NAMESPACES: Final = ("kube-system", "kube-public", "kube-node-lease")
"""Where istiod publishes no root certificate."""


def operator_runs(context: Context) -> bool:
    """Whether the operator's own Deployment is available: without it nothing is done."""
    selector = "labelSelector=app.kubernetes.io/name%3Dgloo-operator"
    found = context.api.items(f"/apis/apps/v1/deployments?{selector}")
    return any(item.get("status", {}).get("availableReplicas", 0) > 0 for item in found)


def reconcile(context: Context, controller: dict[str, Any]) -> None:
    """Bring a ServiceMeshController one step further; call it again until nothing changes."""
    meta = controller["metadata"]
    path = f"{COLLECTION}/{meta['name']}"
    if "deletionTimestamp" in meta:
        if FINALIZER in meta.get("finalizers", []):
            _remove(context, controller)
            kept = [name for name in meta["finalizers"] if name != FINALIZER]
            context.api.patch(path, {"metadata": {"finalizers": kept}})
        return
    if FINALIZER not in meta.get("finalizers", []):
        finalizers = [*meta.get("finalizers", []), FINALIZER]
        context.api.patch(path, {"metadata": {"finalizers": finalizers}})
        return
    phase, found = _install(context, controller)
    whole = {"apiVersion": "operator.gloo.solo.io/v1", "kind": "ServiceMeshController"}
    status = {
        "phase": phase,
        "observedGeneration": meta["generation"],
        "conditions": conditions(controller, found),
    }
    write(context.api, path, {**whole, **controller}, status, MANAGER)


def _install(context: Context, controller: dict[str, Any]) -> tuple[str, list[Condition]]:
    if phase := context.faults.mesh_phase:
        failed = Condition("ControlPlaneDeployed", False, "Failed", context.faults.message)
        return phase, [failed]
    spec = controller["spec"]
    namespace = spec["installNamespace"]
    if context.api.find(f"/api/v1/namespaces/{namespace}") is None:
        missing = Condition("Initialized", False, "NamespaceNotFound", f"no namespace {namespace}")
        return "PENDING", [missing]
    key = ("installed", controller["metadata"]["uid"], spec["version"])
    if key not in context.since:
        for crd in crds.crds(spec["version"]):
            context.api.apply(workloads.path(crd), crd, MANAGER)
        for obj in _objects(spec):
            context.api.apply(workloads.path(obj), obj, MANAGER)
        context.elapsed(key)
    ready = {obj["metadata"]["name"]: _ready(context, obj) for obj in _workloads(spec)}
    waiting = sorted(name for name, done in ready.items() if not done)
    if waiting:
        message = f"waiting for {', '.join(waiting)}"
        return "RUNNING", [Condition("ControlPlaneDeployed", False, "RollingOut", message)]
    for name in workloads.CLASSES:
        obj = workloads.gateway_class(name)
        if context.api.find(workloads.path(obj)) is None:
            context.api.apply(workloads.path(obj), obj, "istiod")
    return "SUCCEEDED", [Condition("ControlPlaneDeployed", True, "Deployed", "all is rolled out")]


def _image(spec: dict[str, Any], name: str) -> str:
    return f"{workloads.IMAGES}/{name}:{spec['version']}-solo"


def _workloads(spec: dict[str, Any]) -> list[dict[str, Any]]:
    namespace = spec["installNamespace"]
    istiod = workloads.deployment(workloads.ISTIOD, namespace, "istiod", _image(spec, "pilot"))
    return [istiod, *(workloads.agent(n, namespace, _image(spec, n)) for n in workloads.AGENTS)]


def _objects(spec: dict[str, Any]) -> list[dict[str, Any]]:
    ports = [("grpc-xds", 15010), ("https-dns", 15012), ("https-webhook", 443)]
    front = workloads.service(workloads.ISTIOD, spec["installNamespace"], "istiod", ports)
    return [*_workloads(spec), front]


def _ready(context: Context, obj: dict[str, Any]) -> bool:
    live = context.api.find(workloads.path(obj))
    if live is None:
        # Somebody deleted it: an operator puts back what belongs to its object.
        context.api.apply(workloads.path(obj), obj, MANAGER)
        return False
    status = live.get("status", {})
    if status.get("observedGeneration", 0) < live["metadata"]["generation"]:
        return False
    if obj["kind"] == "Deployment":
        return bool(
            status.get("availableReplicas", 0) >= 1
            and status.get("updatedReplicas", 0) == status.get("replicas", 0)
        )
    desired = status.get("desiredNumberScheduled", 0)
    return bool(
        desired > 0
        and status.get("numberAvailable", 0) == desired
        and status.get("updatedNumberScheduled", 0) == desired
    )


def _remove(context: Context, controller: dict[str, Any]) -> None:
    for name in workloads.CLASSES:
        _delete(context, workloads.path(workloads.gateway_class(name)))
    for obj in reversed(_objects(controller["spec"])):
        _delete(context, workloads.path(obj))
    context.forget(("installed", controller["metadata"]["uid"], controller["spec"]["version"]))


def _delete(context: Context, path: str) -> None:
    try:
        context.api.delete(f"{path}?propagationPolicy=Foreground")
    except ApiError as error:
        if error.status != 404:  # noqa: PLR2004 gone already
            raise


def istiod_runs(context: Context, namespace: str) -> bool:
    """Whether istiod is available."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{workloads.ISTIOD}"
    live = context.api.find(path) or {}
    return bool(live.get("status", {}).get("availableReplicas", 0) >= 1)


def root_secret(context: Context, namespace: str) -> dict[str, bytes]:
    """Return the files of ``cacerts``; empty where there is none."""
    found = context.api.find(f"/api/v1/namespaces/{namespace}/secrets/cacerts") or {}
    return {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}


def publish_root(context: Context, root: str) -> None:
    """Write the root certificate into every namespace, as istiod does for its workloads."""
    for namespace in context.api.items("/api/v1/namespaces"):
        name = namespace["metadata"]["name"]
        gone = "deletionTimestamp" in namespace["metadata"]
        if name in SYSTEM_NAMESPACES or gone or context.since.get(("root", name, root)):
            continue
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "istio-ca-root-cert", "namespace": name},
            "data": {"root-cert.pem": root},
        }
        context.api.apply(workloads.path(body), body, "istiod")
        context.elapsed(("root", name, root))
