"""Asks Google Cloud, before anything is touched, whether clusters can be made as they are planned.

Where there is no credential, or no right to ask, nothing is refused: a preview then says what was
not asked, and what is needed. Only clusters that do not exist yet are asked about.
"""

import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.runtime

from components import gke_plan, google_credentials
from components.access import Access
from components.gke_needs import APIS, PROJECT, Need, lacking, needs, told
from components.gke_plan import NODE_TAG, GkePlan
from components.gke_ranges import AUTO, AUTO_FREE, free_blocks
from components.google_apis import Google, Silent, Unasked, aside
from components.google_credentials import NoToken, Token
from components.settings import Settings

PATIENCE: Final = 20
"""Seconds that a preview waits for a token, and then for the answers."""


SIMULATED: Final = "LOCALCLOUD_GCP"
"""Environment variable with the folder of localcloud's Google Cloud, where nobody has a credential:
with one, Google is asked whatever the variable says."""


class Missing(NamedTuple):
    """The clusters of one project that are yet to be made."""

    project: str
    plans: list[GkePlan]
    made: Collection[str]
    """Names of the resources in the stack's state."""
    wanted: list[Need]
    free: list[str]
    """Blocks that no cluster of the stack has, and none of another project is told of."""


class Answers(NamedTuple):
    """What Google Cloud said of one project."""

    obstacles: list[str]
    unasked: list[str]
    """What it did not say, and why."""


def _apis(google: Google, project: str) -> list[str]:
    names = [f"projects/{project}/services/{api}" for api in APIS]
    found = google.get("serviceusage", f"projects/{project}/services:batchGet", names=names) or {}
    off = " ".join(
        str(service.get("name", "")).rpartition("/")[2]
        for service in found.get("services") or []
        if service.get("state") == "DISABLED"
    )
    fix = f"gcloud services enable {off} --project {project}"
    return [f"{project}: APIs are disabled: {off}; fix: {fix}"] if off else []


def _quotas(google: Google, project: str, wanted: list[Need]) -> list[str]:
    there = google.get("compute", f"projects/{project}", fields="name,quotas")
    if there is None:
        return [f"{project}: there is no such project; fix: write another"]
    listed = google.get("compute", f"projects/{project}/regions", fields="items(name,quotas)") or {}
    quotas = {str(region.get("name")): region for region in listed.get("items") or []}
    lines = []
    for region in sorted({need.region for need in wanted}):
        if region != PROJECT and region not in quotas:
            lines.append(f"{project}: there is no region {region}; fix: write another location")
            continue
        here = [need for need in wanted if need.region == region]
        place = f"{project} in {region}" if region != PROJECT else project
        found = there if region == PROJECT else quotas[region]
        lines += [
            f"{place}: {left} of quota {need.metric} are left, and {need.amount} are needed;"
            " fix: ask Google for more, or make fewer"
            for need, left in lacking(here, found.get("quotas") or [])
        ]
    return lines


def _tags(cluster: Mapping[str, Any]) -> set[str]:
    """Return the network tags of a cluster's nodes, as Google's API says them."""
    configs = [pool.get("config") or {} for pool in cluster.get("nodePools") or []]
    configs.append((cluster.get("nodePoolAutoConfig") or {}).get("networkTags") or {})
    return {tag for config in configs for tag in config.get("tags") or []}


def _names(google: Google, asked: Missing) -> list[str]:
    project, plans = asked.project, asked.plans
    # One question for all of them: a fleet has hundreds.
    found = google.get(
        "container",
        f"projects/{project}/locations/-/clusters",
        fields="clusters(name,location,nodePools(config(tags)),nodePoolAutoConfig(networkTags))",
    )
    there = {
        (str(cluster.get("location")), str(cluster.get("name"))): cluster
        for cluster in (found or {}).get("clusters") or []
    }
    lines = [
        f"{plan.name}: projects/{project}/locations/{plan.settings.location}/clusters/{plan.name}"
        " is there, and is not in this stack's state; fix: give the cluster another name, delete"
        " the one that is there, or, if a killed run of this stack has made it, take it over by"
        " pulumi import"
        for plan in plans
        if (plan.settings.location, plan.name) in there
    ]
    # What other programs make has other names: only such a cluster is in the way from elsewhere.
    return lines + [
        f"{plan.name}: cluster {name} in {location} of {project} is another stack's, and so is the"
        f" rule {plan.called('mesh')} of the firewall, a name that the whole project has once; fix:"
        " give the cluster another name"
        for plan in plans
        for (location, name), cluster in sorted(there.items())
        if name == plan.name
        and location != plan.settings.location
        and NODE_TAG in _tags(cluster)
        and f"{plan.name}-gke-firewall-mesh" not in asked.made
    ]


def _networks(google: Google, asked: Missing) -> list[str]:
    project, plans = asked.project, asked.plans
    lines = []
    free = iter(asked.free)
    for network in sorted({plan.network for plan in plans if plan.network}):
        inside = [plan for plan in plans if plan.network == network]
        path = f"projects/{project}/global/networks/{network}"
        found = google.get("compute", path, fields="name,autoCreateSubnetworks")
        if found is None:
            lines += [
                f"{plan.name}: there is no network {network} in {project}; fix: make it, or remove"
                " the key network, so that the stack does"
                for plan in inside
            ]
        elif found.get("autoCreateSubnetworks"):
            lines += [
                f"{plan.name}: network {network} of {project} is in auto mode, where {AUTO} is"
                f" Google's own, and the block of the cluster, {plan.block}, is in it; fix: write"
                f" a cidr such as {next(free, '192.168.0.0/17')}, or another network"
                for plan in inside
                if plan.block.overlaps(AUTO)
            ]
    return lines


def _ask(token: Token, asked: Missing) -> Answers:
    project = asked.project
    google = Google(token, project)
    questions: tuple[tuple[str, Callable[[], list[str]]], ...] = (
        ("APIs are enabled", partial(_apis, google, project)),
        ("quotas have room", partial(_quotas, google, project, asked.wanted)),
        ("names are free", partial(_names, google, asked)),
        ("networks fit", partial(_networks, google, asked)),
    )
    answers = Answers([], [])
    for about, question in questions:
        try:
            found = question()
        except Silent as error:
            return answers._replace(unasked=[*answers.unasked, f"whether {about}: {error}"])
        except Unasked as error:
            answers.unasked.append(f"whether {about}: {error}")
            continue
        answers.obstacles.extend(found)
        if found and question is questions[0][1]:
            break  # what is disabled answers nothing
    return answers


def _unasked(asked: Missing, why: str) -> None:
    if pulumi.runtime.is_dry_run():
        needed = "".join(f"\n    {item}" for item in (*APIS, *told(asked.wanted)))
        pulumi.log.info(
            f"{asked.project}: Google Cloud was not asked {why}; needed are these APIs, and so much"
            f" of these quotas:{needed}"
        )


def _simulated(projects: Iterable[str]) -> None:
    if pulumi.runtime.is_dry_run():
        pulumi.log.info(
            f"{', '.join(projects)}: Google Cloud is SIMULATED here, and has no APIs to enable and"
            " no quotas; in a real one a preview asks about them"
        )


async def _answers(token: Token, asked: Missing) -> Answers:
    try:
        return await aside(partial(_ask, token, asked), PATIENCE)
    except TimeoutError:
        why = f"whether the clusters can be made: there is no answer after {PATIENCE} s"
        return Answers([], [why])


def missing(settings: Settings, access: Mapping[str, Access]) -> list[Missing]:
    """Return the clusters that are yet to be made, by their projects."""
    plans = gke_plan.plans(settings)
    yet = [name for name in plans if name in access and not access[name].exists]
    made = frozenset[str]().union(*(access[name].made for name in yet))
    projects = dict[str, list[GkePlan]]()
    for name in yet:
        projects.setdefault(plans[name].project, []).append(plans[name])
    # Each project tells of others, so that all mistakes are mended at once.
    free = list(free_blocks(AUTO_FREE, [plan.block for plan in plans.values()]))
    return [
        Missing(project, own, made, needs(settings, own, made), free[at :: len(projects)])
        for at, (project, own) in enumerate(projects.items())
    ]


async def check(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Refuse clusters that Google Cloud would not make."""
    if settings.gcp is not None and not settings.gcp.checks:
        return []
    projects = missing(settings, access)
    if not projects:
        return []
    try:
        token = await aside(google_credentials.token, PATIENCE)
    except (NoToken, TimeoutError) as error:
        if os.environ.get(SIMULATED):
            _simulated(found.project for found in projects)
            return []
        why = str(error) or f"there is no token after {PATIENCE} s"
        for found in projects:
            _unasked(found, f"whether the clusters can be made: {why}")
        return []
    told_of = await asyncio.gather(*(_answers(token, found) for found in projects))
    for found, answers in zip(projects, told_of, strict=True):
        if answers.unasked:
            _unasked(found, ", ".join(answers.unasked))
    return [line for answers in told_of for line in answers.obstacles]
