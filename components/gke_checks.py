"""Asks Google Cloud, before anything is touched, whether clusters can be made as they are planned.

Where there is no credential, or no right to ask, nothing is refused: a preview then says what was
not asked, and what is needed. Only clusters that do not exist yet are asked about.
"""

import asyncio
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pulumi
import pulumi.runtime

from components import gke_plan, google_credentials
from components.access import Access
from components.gke_needs import APIS, PROJECT, Need, lacking, needs, told
from components.gke_plan import GkePlan
from components.google_credentials import SECONDS, NoToken
from components.settings import Settings

ENDPOINTS = {
    "serviceusage": "https://serviceusage.googleapis.com/v1",
    "compute": "https://compute.googleapis.com/compute/v1",
    "container": "https://container.googleapis.com/v1",
}


class Unasked(Exception):  # noqa: N818 a state, told to the user as such
    """Google Cloud did not answer a question; the message says why."""


def _get(token: str, api: str, path: str) -> dict[str, Any] | None:
    """Return an answer; None, if there is no such thing."""
    request = urllib.request.Request(  # noqa: S310 one of ENDPOINTS
        f"{ENDPOINTS[api]}/{path}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 likewise
            found = json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == HTTPStatus.NOT_FOUND:
            return None
        raise Unasked(f"{api} answers HTTP {error.code}") from None
    except (OSError, ValueError) as error:
        raise Unasked(f"{api} cannot be asked: {type(error).__name__}") from None
    return found if isinstance(found, dict) else {}


def _apis(token: str, project: str) -> list[str]:
    asked = [("names", f"projects/{project}/services/{api}") for api in APIS]
    path = f"projects/{project}/services:batchGet?{urllib.parse.urlencode(asked)}"
    found = _get(token, "serviceusage", path) or {}
    off = " ".join(
        str(service.get("name", "")).rpartition("/")[2]
        for service in found.get("services") or []
        if service.get("state") == "DISABLED"
    )
    fix = f"gcloud services enable {off} --project {project}"
    return [f"{project}: APIs are disabled: {off}; fix: {fix}"] if off else []


def _quotas(token: str, project: str, wanted: list[Need]) -> list[str]:
    lines = []
    for region in sorted({need.region for need in wanted}):
        where = f"/regions/{region}" if region else ""
        found = _get(token, "compute", f"projects/{project}{where}")
        if found is None:
            lines.append(
                f"{project}: there is no {f'region {region}' if region else 'such project'}; fix:"
                f" write another{' location' if region else ''}"
            )
            continue
        here = [need for need in wanted if need.region == region]
        place = f"{project} in {region}" if region != PROJECT else project
        lines += [
            f"{place}: {left} of quota {need.metric} are left, and {need.amount} are needed;"
            " fix: ask Google for more, or make fewer"
            for need, left in lacking(here, found.get("quotas") or [])
        ]
    return lines


def _names(token: str, plan: GkePlan) -> list[str]:
    lines = []
    path = f"projects/{plan.project}/locations/{plan.settings.location}/clusters/{plan.name}"
    if _get(token, "container", path) is not None:
        lines.append(
            f"{plan.name}: {path} is there, and is not in this stack's state; fix: give the cluster"
            " another name, delete the one that is there, or, if a killed run of this stack has"
            " made it, take it over by pulumi import"
        )
    network = f"projects/{plan.project}/global/networks/{plan.network}"
    if plan.network and _get(token, "compute", network) is None:
        lines.append(
            f"{plan.name}: there is no network {plan.network} in {plan.project}; fix: make it, or"
            " remove the key network, so that the stack does"
        )
    return lines


def _ask(token: str, settings: Settings, project: str, plans: list[GkePlan]) -> list[str]:
    apis = _apis(token, project)
    if apis:
        return apis  # what is disabled answers nothing
    return [
        *_quotas(token, project, needs(settings, plans)),
        *(line for plan in plans for line in _names(token, plan)),
    ]


def _unasked(project: str, wanted: list[Need], why: str) -> None:
    if pulumi.runtime.is_dry_run():
        pulumi.log.info(
            f"{project}: Google Cloud was not asked whether the clusters can be made: {why};"
            f" needed are the APIs {', '.join(APIS)}, and of the quotas {told(wanted)}"
        )


def missing(settings: Settings, access: Mapping[str, Access]) -> dict[str, list[GkePlan]]:
    """Return the clusters that are yet to be made, by their project."""
    found: dict[str, list[GkePlan]] = {}
    for name, plan in gke_plan.plans(settings).items():
        if name in access and not access[name].exists:
            found.setdefault(plan.project, []).append(plan)
    return found


async def check(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Refuse clusters that Google Cloud would not make."""
    if settings.gcp is not None and not settings.gcp.checks:
        return []
    projects = missing(settings, access)
    if not projects:
        return []
    wanted = {project: needs(settings, plans) for project, plans in projects.items()}
    try:
        token = await asyncio.to_thread(google_credentials.token)
    except NoToken as error:
        for project in projects:
            _unasked(project, wanted[project], str(error))
        return []
    answers = await asyncio.gather(
        *(asyncio.to_thread(_ask, token, settings, *item) for item in projects.items()),
        return_exceptions=True,
    )
    lines: list[str] = []
    for project, answer in zip(projects, answers, strict=True):
        if isinstance(answer, Unasked):
            _unasked(project, wanted[project], str(answer))
        elif isinstance(answer, BaseException):
            raise answer
        else:
            lines += answer
    return lines
