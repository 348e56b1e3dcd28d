"""What precedes the first resource: kubeconfigs, inventories, license, leftovers of a crash."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pulumi
import pulumi.runtime

from components import config_errors, gloo_operator, kubeconfig, naming, ownership, plan
from components.live import ClusterReader, Reader, Unreachable
from components.ownership import Inventory
from components.program import Access, survey
from components.settings import Settings

T = TypeVar("T")

MOST_SHOWN = 10
"""Objects in the way that are named: another stack's mesh has dozens, and ten tell whose it is."""
RELEASE_TYPE = "kubernetes:helm.sh/v3:Release"


def _now(work: Coroutine[Any, Any, T]) -> T:
    """Finish ``work`` before anything is registered; the SDK's own loop is already running."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


def access(settings: Settings) -> dict[str, Access]:
    """Return how each cluster is reached, with what is already in it.

    Raises:
        pulumi.RunError: naming every context that cannot be used, every two that lead to the same
            cluster, every object of somebody else's under a planned name, and, but for a preview,
            every cluster that does not answer.
    """
    readers: dict[str, tuple[dict[str, Any], Reader]] = {}
    lines: list[str] = []
    for index, cluster in enumerate(settings.clusters):
        try:
            config = kubeconfig.single_context(
                cluster.kubeconfig or settings.kubeconfig, cluster.context
            )
        except kubeconfig.KubeconfigError as error:
            lines.append(f"clusters[{index}].context: {error}")
            continue
        readers[cluster.name] = (config, ClusterReader(config))
    if lines:
        raise pulumi.RunError(config_errors.report(pulumi.get_stack(), lines))
    owner = naming.owner(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())
    found = _now(survey(owner, readers))
    _refuse(settings, [item.inventory for item in found.values()])
    if not pulumi.runtime.is_dry_run():
        _forget_interrupted_releases(found)
    return found


def _refuse(settings: Settings, inventories: list[Inventory]) -> None:
    clusters = {cluster.name: cluster for cluster in settings.clusters}
    silent, taken = [], []
    for inventory in inventories:
        taken += ownership.conflicts(inventory, plan.objects(settings, clusters[inventory.cluster]))
        if inventory.unreachable:
            silent.append(f"{inventory.cluster} does not answer: {inventory.unreachable}")
    if twins := ownership.twins(inventories):
        raise pulumi.RunError("\n".join(["nothing was touched", *twins]))
    if pulumi.runtime.is_dry_run():
        for line in silent:
            pulumi.log.warn(f"{line}; what is in it is unknown, and `up` would refuse to begin")
        silent = []
    if silent:
        # Without its answer nobody could tell whose objects the provider would apply over.
        raise pulumi.RunError("\n".join(["nothing was touched", *silent]))
    if taken:
        title = f"objects in the way: {len(taken)}; nothing was touched"
        more = [f"and {len(taken) - MOST_SHOWN} more"] if len(taken) > MOST_SHOWN else []
        raise pulumi.RunError("\n".join([title, *taken[:MOST_SHOWN], *more]))


def check_license(settings: Settings, license_key: pulumi.Output[str] | None) -> None:
    """Demand a chart that is there, and the license key, but for the simulated operator.

    Raises:
        pulumi.RunError: when there is no such chart, or it is real and the key is missing.
    """
    chart = settings.charts.gloo_operator
    if problem := gloo_operator.problem(chart):
        raise pulumi.RunError(config_errors.report(pulumi.get_stack(), [problem]))
    if license_key is not None:
        return
    if gloo_operator.is_simulated(chart):
        pulumi.log.info("licenseKey is not set: the chart is simulated, which needs none")
        return
    line = (
        "licenseKey: found nothing; allowed: a license key of Solo Enterprise for Istio, because"
        f" charts.glooOperator is the real operator ({chart});"
        " fix: pulumi config set --secret ambientmesh:licenseKey"
    )
    raise pulumi.RunError(config_errors.report(pulumi.get_stack(), [line]))


def _releases_in_state() -> set[str]:
    """Return the URNs of the Helm releases that the stack's state knows."""
    result = pulumi.runtime.invoke(
        "pulumi:pulumi:readStackResourceOutputs", {"stackName": pulumi.get_stack()}
    )
    resources = (result.value or {}).get("outputs") or {}
    return {urn for urn, found in resources.items() if found.get("type") == RELEASE_TYPE}


def _forget_interrupted_releases(found: dict[str, Access]) -> None:
    release, namespace = naming.OPERATOR_RELEASE, naming.OPERATOR_NAMESPACE
    known: set[str] | None = None
    for name, cluster in found.items():
        inventory = cluster.inventory
        records = ownership.unfinished_releases(inventory, namespace, release)
        if not records:
            continue
        # The mesh is registered after its operator is in the state, so it is proof enough.
        in_state = inventory.owns(("ServiceMeshController", "", naming.MESH_CONTROLLER))
        if not in_state:
            known = _releases_in_state() if known is None else known
            in_state = any(urn.endswith(f"::{name}-operator-release") for urn in known)
        for record, pending in records.items():
            if in_state and not pending:
                continue
            pulumi.log.info(
                f"{name}: an interrupted run left Helm record {record}; it is removed,"
                " and the release is installed over the objects it has already made"
            )
            try:
                _now(cluster.reader.delete(f"/api/v1/namespaces/{namespace}/secrets/{record}"))
            except Unreachable as error:
                raise pulumi.RunError(f"{name}: cannot remove Secret {record}: {error}") from None
