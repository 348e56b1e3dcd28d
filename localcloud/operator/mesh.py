"""The Gloo operator, simulated: what it makes of a ServiceMeshController, and takes away."""

from collections.abc import Mapping
from typing import Any, Final

from localcloud import crds
from localcloud.operator import installation, istiod, workloads
from localcloud.operator.client import ApiError
from localcloud.operator.context import Context
from localcloud.operator.installation import MANAGER
from localcloud.operator.status import Condition, conditions, is_available, is_rolled_out
from localcloud.scenario import Faults

FINALIZER: Final = "operator.gloo.solo.io/service-mesh-controller"
OPERATOR_LABEL: Final = "app.kubernetes.io/name"
BUNDLE_VERSION: Final = "gateway.networking.k8s.io/bundle-version"

STEPS: Final = {
    workloads.ISTIOD: "ControlPlaneDeployed",
    "istio-cni-node": "CNIDeployed",
    "ztunnel": "ZtunnelDeployed",
}
"""Condition of each workload. The real types are not documented: rely on the phase alone."""


def reconcile(context: Context) -> None:
    """Bring the mesh one step further; call it again until nothing changes."""
    if not any(
        is_available(item)
        for item in context.view.all("Deployment")
        if item["metadata"].get("labels", {}).get(OPERATOR_LABEL) == "gloo-operator"
    ):
        return
    found = context.view.all("ServiceMeshController")
    found.sort(key=lambda item: (item["metadata"]["creationTimestamp"], item["metadata"]["name"]))
    for number, controller in enumerate(found):
        meta = controller["metadata"]
        held = FINALIZER in meta.get("finalizers", [])
        if "deletionTimestamp" in meta:
            if held:
                _remove(context, controller)
        elif number:
            first = found[0]["metadata"]["name"]
            why = f"ServiceMeshController {first} installs the mesh: there can be only one"
            _report(context, controller, "FAILED", [Condition("Initialized", False, "Second", why)])
        elif held:
            _install(context, controller)
        else:
            finalizers = [*meta.get("finalizers", []), FINALIZER]
            context.view.merge("ServiceMeshController", controller, {"finalizers": finalizers})


def _report(
    context: Context, controller: Mapping[str, Any], phase: str, found: list[Condition]
) -> None:
    status = {
        "phase": phase,
        "observedGeneration": controller["metadata"]["generation"],
        "conditions": conditions(controller, found),
    }
    context.view.write_status(controller, status, MANAGER)


def _install(context: Context, controller: Mapping[str, Any]) -> None:
    spec = controller["spec"]
    problem = obstacle(context, spec)
    if problem is not None:
        phase = "ABORTED" if problem.reason == "Conflict" else "PENDING"
        _report(context, controller, phase, [problem])
        return
    refused = ""
    if not context.faults.mesh_phase:
        try:
            _apply(context, spec)
        except ApiError as error:
            refused = str(error)
    done = {
        item["metadata"]["name"]: is_rolled_out(context.view.live(item))
        for item in installation.rollouts(spec)
    }
    _report(context, controller, *progress(context.faults, refused, done))
    if refused:
        raise ApiError(0, refused)


def obstacle(context: Context, spec: Mapping[str, Any]) -> Condition | None:
    """Return why an installation cannot begin, if so."""
    namespace = spec["installNamespace"]
    if context.view.find("Namespace", namespace) is None:
        why = f"namespace {namespace} does not exist"
        return Condition("Initialized", False, "NamespaceNotFound", why)
    for item in installation.rollouts(spec):
        live = context.view.live(item)
        if live is not None and not _is_ours(live) and spec.get("onConflict") != "Force":
            what = f"{item['kind']} {namespace}/{item['metadata']['name']}"
            why = f"{what} exists and is not the operator's; onConflict is not Force"
            return Condition("Initialized", False, "Conflict", why)
    return None


def _is_ours(live: Mapping[str, Any]) -> bool:
    return bool(live["metadata"].get("labels", {}).get(workloads.MANAGED_BY) == MANAGER)


def progress(faults: Faults, refused: str, done: Mapping[str, bool]) -> tuple[str, list[Condition]]:
    """Return phase and conditions of an installation.

    Args:
        faults: of the scenario.
        refused: what the API server said against an object; empty if nothing.
        done: whether each workload is rolled out, by its name.
    """
    begun = Condition("Initialized", True, "Initialized")
    if faults.mesh_phase:
        failed = Condition("ControlPlaneDeployed", False, "Failed", faults.message)
        return faults.mesh_phase, [begun, failed]
    if refused:
        return "RUNNING", [begun, Condition("CRDInstalled", False, "Refused", refused)]
    steps = [
        Condition(STEPS[name], True, "Deployed")
        if is_done
        else Condition(STEPS[name], False, "RollingOut", f"{name} is not rolled out yet")
        for name, is_done in done.items()
    ]
    phase = "SUCCEEDED" if all(done.values()) else "RUNNING"
    return phase, [begun, Condition("CRDInstalled", True, "Installed"), *steps]


def _apply(context: Context, spec: Mapping[str, Any]) -> None:
    view = context.view
    for crd in crds.crds(spec["version"]):
        live = view.find("CustomResourceDefinition", crd.name)
        if live is None or is_older(live, crd.bundle):
            path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{crd.name}"
            view.client.apply_text(path, crd.text, MANAGER)
    for item in installation.objects(spec):
        view.ensure(item, MANAGER)


def is_older(live: Mapping[str, Any], bundle: str) -> bool:
    """Whether a CRD of the Gateway API is of an older bundle; a newer one is left alone."""
    found = live["metadata"].get("annotations", {}).get(BUNDLE_VERSION, "")
    return bool(bundle) and _numbers(found) < _numbers(bundle)


def _numbers(version: str) -> list[int]:
    parts = version.removeprefix("v").split("-")[0].split(".")
    return [int(part) for part in parts if part.isdigit()]


def _remove(context: Context, controller: Mapping[str, Any]) -> None:
    """Take away all that was installed but the CRDs, then let go of the controller."""
    found = [context.view.live(item) for item in installation.objects(controller["spec"])]
    # What was in the way of an installation is not the operator's to take away.
    left = [live for live in found if live is not None and _is_ours(live)]
    for live in left:
        context.view.delete(live)
    # istiod's own objects after istiod: it would write them again.
    if left or not istiod.forget(context) or context.faults.finalizer == "stuck":
        return
    finalizers = [name for name in controller["metadata"]["finalizers"] if name != FINALIZER]
    context.view.merge("ServiceMeshController", controller, {"finalizers": finalizers})
