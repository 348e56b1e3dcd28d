"""What must be known of a given root before anything is touched: its time, its key, the old root.

A mesh keeps its root: ambient has no way from one to another that workloads survive
(istio/istio#47427), so another one is refused where ``cacerts`` is already there.
"""

import datetime as dt
from collections.abc import Mapping

from components import given_root
from components.access import Access
from components.naming import CA_SECRET, ISTIO_NAMESPACE, ROOT_ANNOTATION
from components.ownership import Inventory, Key
from components.settings import Settings
from components.trust import fingerprint

CACERTS: Key = ("Secret", ISTIO_NAMESPACE, CA_SECRET)


def key_problems(settings: Settings, key: str | None) -> list[str]:
    """Return a line if the root's key is missing, of no use, or not wanted.

    Args:
        settings: the stack's configuration.
        key: the secret ``rootKey``, if it is set.
    """
    certificate = settings.trust.root_certificate
    if not certificate:
        if key is None:
            return []
        line = (
            "AM501 rootKey: found a secret; allowed: none without trust.rootCertificate, as the"
            " stack makes its own root; fix: add the certificate, or pulumi config rm"
            " ambientmesh:rootKey"
        )
        return [line]
    if key is None:
        line = (
            "AM501 rootKey: found nothing; allowed: the private key of trust.rootCertificate; fix:"
            " pulumi config set --secret ambientmesh:rootKey < KEYFILE"
        )
        return [line]
    problem = given_root.key_problem(certificate, key)
    return [f"AM502 rootKey: {problem}"] if problem else []


def _day(time: dt.datetime) -> str:
    return time.date().isoformat()


def time_problems(settings: Settings, *, signs: bool, now: dt.datetime) -> list[str]:
    """Return a line if a given root is not valid now, or not for as long as what it will sign.

    Args:
        settings: the stack's configuration.
        signs: whether an intermediate is yet to be made. One that is there and ends after its root
            is no more than a warning (``components.trust``).
        now: with a time zone.
    """
    certificate = settings.trust.root_certificate
    if not certificate:
        return []
    begins, ends = given_root.validity(certificate)
    days = settings.trust.intermediate_validity_days
    key = "AM503 trust.rootCertificate"
    if not begins <= now < ends:
        line = (
            f"{key}: found one that is valid from {_day(begins)} until {_day(ends)}; allowed: one"
            " that is valid now; fix: write another root"
        )
        return [line]
    if signs and now + dt.timedelta(days=days) > ends:
        line = (
            f"{key}: found one that ends on {_day(ends)}; allowed: one that outlives the"
            f" intermediates it signs, of {days} days; fix: write another root, or set"
            f" trust.intermediateValidityDays to at most {(ends - now).days}"
        )
        return [line]
    return []


def _other_root(inventory: Inventory, wanted: str) -> str:
    """Return a line if a cluster of this stack has a root already, and another one."""
    if not inventory.owns(CACERTS):
        return ""
    annotations = inventory.found[CACERTS].get("annotations") or {}
    found = str(annotations.get(ROOT_ANNOTATION) or "")
    if found == wanted:
        return ""
    had = f"the root {found[:23]}… that was given" if found else "a root of the stack's own"
    want = f"{wanted[:23]}…" if wanted else "a root of the stack's own"
    fix = "take the certificate out again" if wanted and not found else "put the old one back"
    return (
        f"AM504 trust.rootCertificate: found {want}, but the mesh in {inventory.cluster} runs under"
        f" {had}; allowed: the root that it has, because ambient has no way from one root to"
        f" another; fix: {fix}, or pulumi destroy first (docs/operations.md)"
    )


async def check(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Refuse a root that is not valid, and one that is not the running mesh's."""
    certificate = settings.trust.root_certificate
    wanted = fingerprint(certificate) if certificate else ""
    inventories = [access[name].inventory for name in settings.names if name in access]
    signs = any(not inventory.owns(CACERTS) for inventory in inventories)
    lines = [_other_root(inventory, wanted) for inventory in inventories]
    return [
        *time_problems(settings, signs=signs, now=dt.datetime.now(dt.UTC)),
        *(line for line in lines if line),
    ]
