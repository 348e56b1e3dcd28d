"""What precedes the first resource: kubeconfigs, inventories, license, leftovers of a crash."""

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pulumi
import pulumi.runtime

from components import (
    agreement,
    charts,
    gateway_crds,
    leaving,
    management_values,
    mistakes,
    naming,
    ownership,
    plan,
    preflight,
    published,
    remote_links,
    root_checks,
    stack_state,
    versions,
    ways,
)
from components.access import Access, survey
from components.live import Unreachable
from components.mistakes import coded
from components.published import Remotes
from components.settings import Secrets, Settings, places, revealed

T = TypeVar("T")

MOST_SHOWN = 10
"""Objects in the way that are named: another stack's mesh has dozens, and ten tell whose it is."""
LOST = (
    "; fix: make it answer, or, if somebody deleted it,"
    " PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh, and then pulumi up (docs/operations.md)"
)
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
    entries = ways.find(settings)
    owner = naming.owner(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())
    planned = {name: plan.looked_at(settings, name) for name in entries}
    found = _now(survey(owner, entries, planned))
    _refuse(settings, found)
    if settings.policies.levels.no_foreign_loss == "disabled":
        return found
    return _now(leaving.look(settings, found.values()))


def _refuse(settings: Settings, found: dict[str, Access]) -> None:
    inventories = [item.inventory for item in found.values()]
    silent, taken, holders = [], [], {}
    for inventory in inventories:
        planned = plan.objects(settings, inventory.cluster)
        taken += ownership.conflicts(inventory, planned)
        holders[inventory.cluster] = ownership.holders(inventory, planned)
        if inventory.unreachable:
            remedy = LOST if found[inventory.cluster].later else ""
            silent.append(f"{inventory.cluster} does not answer: {inventory.unreachable}{remedy}")
    if twins := ownership.twins(inventories):
        raise pulumi.RunError("\n".join(["nothing was touched", *coded("AM903", twins)]))
    if pulumi.runtime.is_dry_run():
        for line in silent:
            pulumi.log.warn(f"{line}; what is in it is unknown, and `up` would refuse to begin")
        silent = []
    if silent:
        # Without its answer nobody could tell whose objects the provider would apply over.
        raise pulumi.RunError("\n".join(["nothing was touched", *coded("AM904", silent)]))
    _stop_at(_now(preflight.problems(settings, found, preflight.EARLY)))
    if taken:
        title = f"objects in the way: {len(taken)}; nothing was touched"
        if line := ownership.neighbour(inventories[0].owner, holders):
            raise pulumi.RunError("\n".join([title, *coded("AM902", [line])]))
        more = [f"and {len(taken) - MOST_SHOWN} more"] if len(taken) > MOST_SHOWN else []
        shown = coded("AM901", taken[:MOST_SHOWN])
        raise pulumi.RunError("\n".join([title, *shown, *more]))
    _stop_at(_now(preflight.problems(settings, found)))


def _stop_at(lines: list[str]) -> None:
    if lines:
        count = "1 obstacle" if len(lines) == 1 else f"{len(lines)} obstacles"
        where = places()
        listed = [mistakes.told(line, where) for line in lines]
        raise pulumi.RunError("\n".join([f"{count} in the way; nothing was touched", *listed]))


def _refuse_settings(lines: list[str]) -> None:
    if lines:
        raise pulumi.RunError(mistakes.report(pulumi.get_stack(), lines, where=places()))


def remotes(settings: Settings, found: Mapping[str, Access]) -> Remotes:
    """Return what the stacks of ``settings.remotes`` publish, if it fits.

    Raises:
        pulumi.RunError: naming every stack that cannot be read or is gone, and everything in which
            one does not agree with this stack.
    """
    own = naming.owner(pulumi.get_organization(), pulumi.get_project(), pulumi.get_stack())
    seen, lines = published.read_all(settings)
    lines = lines or agreement.problems(settings, seen, own)
    _refuse_settings(lines or _now(published.lost(settings, seen, found)))
    for link in remote_links.links(settings):
        if reason := published.waiting(link, seen):
            pulumi.log.warn(f"no link from {link.source} to {link.target.name} yet: {reason}")
    return seen


def check_charts(settings: Settings, secrets: Secrets) -> None:
    """Demand charts that are there, and the license key, but for simulated ones.

    What the clusters refuse comes before it: a chart that may not be used need not be had.

    Raises:
        pulumi.RunError: when there is no such chart, or one is real and the key is missing.
    """
    used = list(charts.sources(settings))
    lacking = dict.fromkeys(line for source in used if (line := charts.problem(source)))
    lines = coded("AM322", lacking) + coded("AM325", management_values.problems(settings))
    _refuse_settings(lines + coded("AM326", _gateway_api(settings)))
    real = [source for source in used if not charts.is_simulated(source)]
    if "licenseKey" in secrets:
        return
    if not real:
        pulumi.log.info("licenseKey is not set: the charts are simulated, which need none")
        return
    named = " and ".join(
        f"charts.{source.key} is {source.product} ({source.address})"
        for source in {source.key: source for source in reversed(real)}.values()
    )
    line = (
        "AM323 licenseKey: found nothing; allowed: a license key of Solo Enterprise for Istio,"
        f" because {named}; fix: pulumi config set --secret ambientmesh:licenseKey"
    )
    _refuse_settings([line])


def check_keys(settings: Settings, secrets: Secrets) -> None:
    """Demand the key that opens the machines, where there are any, and that of a given root.

    Raises:
        pulumi.RunError: when one is missing, or does not fit.
    """
    revealed_root = revealed("rootKey") if "rootKey" in secrets else None
    lines = root_checks.key_problems(settings, revealed_root)
    if settings.vms and "sshPrivateKey" not in secrets:
        lines.append(
            "AM324 sshPrivateKey: found nothing; allowed: a private key that opens the machines of"
            " vms; fix: pulumi config set --secret ambientmesh:sshPrivateKey < KEYFILE"
        )
    _refuse_settings(lines)


def _gateway_api(settings: Settings) -> list[str]:
    """Put the CRDs of the Gateway API together for the Helm route; return what keeps from it."""
    if settings.mesh.install != "helm":
        return []
    source = settings.charts.gateway_api
    try:
        gateway_crds.ensure(versions.release(settings.mesh_version).gateway_api, source)
    except gateway_crds.CrdError as error:
        line = (
            f"charts.gatewayApi: {error}; allowed: the address of the repository's raw files, or"
            " the folder with those of the standard channel; fix: mend it, or name a mirror"
        )
        return [line]
    return []


def _releases_in_state() -> set[str]:
    """Return the URNs of the Helm releases that the stack's state knows."""
    resources = stack_state.resources()
    return {urn for urn, found in resources.items() if found.get("type") == RELEASE_TYPE}


def forget_interrupted_releases(settings: Settings, found: Mapping[str, Access]) -> None:
    """Remove Helm's records of what a killed run began, but in a preview; after all refusals."""
    if pulumi.runtime.is_dry_run():
        return
    known: set[str] | None = None
    for name, cluster in found.items():
        for release in plan.releases(settings, name):
            records = ownership.unfinished_releases(
                cluster.inventory, release.namespace, release.name
            )
            if not records:
                continue
            in_state = release.proof is not None and cluster.inventory.owns(release.proof)
            if not in_state:
                known = _releases_in_state() if known is None else known
                in_state = any(urn.endswith(f"::{release.resource}") for urn in known)
            for record, pending in records.items():
                if pending or not in_state:
                    _forget(name, cluster, release.namespace, record)


def _forget(name: str, cluster: Access, namespace: str, record: str) -> None:
    pulumi.log.info(
        f"{name}: an interrupted run left Helm record {record}; it is removed,"
        " and the release is installed over the objects it has already made"
    )
    try:
        _now(cluster.reader.delete(f"/api/v1/namespaces/{namespace}/secrets/{record}"))
    except Unreachable as error:
        raise pulumi.RunError(f"{name}: cannot remove Secret {record}: {error}") from None
