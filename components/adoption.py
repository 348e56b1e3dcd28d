"""What namespaces and services that the stack adopts must be like, asked of the live clusters."""

import asyncio
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components import likeness, membership, namespaces
from components.access import Access
from components.live import Unreachable
from components.naming import OWNER_ANNOTATION, field_manager
from components.settings import NamespaceSettings, Settings, chosen

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a cluster has of one entry."""

    cluster: str
    index: int
    entry: NamespaceSettings
    namespace: Object | None
    services: Mapping[str, Object]

    @property
    def key(self) -> str:
        """Return the entry's place in the stack file."""
        return f"namespaces[{self.index}]"


async def check(settings: Settings, access: Mapping[str, Access]) -> list[str]:
    """Return a line for everything that keeps an adopted namespace or service from being so."""
    wanted = [
        (site, index, entry)
        for site in settings.names
        if site in access
        for index, entry in membership.entries(settings, site)
    ]
    found = await asyncio.gather(
        *(_look(access[site], site, index, entry) for site, index, entry in wanted),
        return_exceptions=True,
    )
    lines: list[str] = []
    seen: list[Seen] = []
    for (site, _, _), item in zip(wanted, found, strict=True):
        if isinstance(item, Seen):
            seen.append(item)
        elif isinstance(item, Unreachable):
            lines.append(f"{site} does not answer: {item}")
        else:
            raise item
    for item in seen:
        lines += problems(settings, item, access[item.cluster].inventory.owner)
    lines += unknown(settings, seen)
    return [*dict.fromkeys(lines), *differences(settings, seen)]


def unknown(settings: Settings, seen: Sequence[Seen]) -> Iterator[str]:
    """Yield a line for every listed service of Bookinfo's that nobody has made: a misspelt one.

    Which services the stack makes there is known, so that another can only be one that is there.
    """
    for index, entry in enumerate(settings.namespaces):
        looks = [item for item in seen if item.index == index]
        silent = len(looks) < len(chosen(entry.clusters, settings.names))
        if silent or not membership.is_bookinfos(settings, entry):
            continue
        own = membership.own_services(settings, entry)
        live = {name for item in looks for name in item.services}
        allowed = [*own, *sorted(live.difference(own))]
        for place, service in enumerate(entry.services):
            if service.name not in allowed:
                close = difflib.get_close_matches(service.name, allowed, n=1)
                guess = f"did you mean {close[0]!r}? If not, create" if close else "create"
                yield (
                    f"namespaces[{index}].services[{place}].name: found {service.name!r}; allowed:"
                    f" Services of Bookinfo or of a live namespace {entry.name}:"
                    f" {', '.join(allowed)}; fix: {guess} it there first, or take it out"
                )


async def _look(access: Access, site: str, index: int, entry: NamespaceSettings) -> Seen:
    path = f"/api/v1/namespaces/{entry.name}"
    namespace, services = await asyncio.gather(
        access.reader.get(path), access.reader.get(f"{path}/services")
    )
    items = (services or {}).get("items") or []
    return Seen(
        cluster=site,
        index=index,
        entry=entry,
        namespace=namespace,
        services={item["metadata"]["name"]: item for item in items},
    )


def problems(settings: Settings, seen: Seen, owner: str) -> list[str]:
    """Return what is wrong with an entry in one cluster."""
    if membership.is_ours(settings, seen.entry):
        return list(_conflicting_services(settings, seen, owner))
    if seen.namespace is None:
        line = (
            f"{seen.key}.name: found {seen.entry.name!r}, which {seen.cluster} does not have;"
            f" allowed: a namespace of {seen.cluster}; fix: create it there, write create: true,"
            f" or leave {seen.cluster} out of {seen.key}.clusters"
        )
        return [line]
    mark = (seen.namespace["metadata"].get("annotations") or {}).get(OWNER_ANNOTATION)
    if mark == owner:
        line = (
            f"{seen.key}.create: found false, but this stack made namespace {seen.entry.name} in"
            f" {seen.cluster} and would delete it with all that is in it; allowed: true; fix: write"
            f" create: true, or give it away first: kubectl annotate namespace {seen.entry.name}"
            f" {OWNER_ANNOTATION}- and pulumi state delete"
        )
        return [line]
    lines = [
        f"{seen.key}.services: found {service.name!r}, which is no Service of namespace"
        f" {seen.entry.name} in {seen.cluster}; allowed: Services that exist; fix: create it there,"
        " or take it out"
        for service in membership.adopted_services(settings, seen.entry)
        if service.name not in seen.services
    ]
    lines += conflicts(
        f"{seen.cluster}: Namespace {seen.entry.name}",
        seen.namespace,
        {
            "labels": membership.namespace_labels(seen.entry),
            "annotations": namespaces.patched_annotations(
                owner, membership.namespace_annotations(seen.entry)
            ),
        },
        field_manager(owner),
    )
    return [*lines, *_conflicting_services(settings, seen, owner)]


def _conflicting_services(settings: Settings, seen: Seen, owner: str) -> Iterator[str]:
    for service in membership.adopted_services(settings, seen.entry):
        if service.name in seen.services:
            annotations = membership.service_annotations(seen.entry, service.name)
            yield from conflicts(
                f"{seen.cluster}: Service {seen.entry.name}/{service.name}",
                seen.services[service.name],
                {
                    "labels": membership.service_labels(seen.entry, service.name),
                    "annotations": namespaces.patched_annotations(owner, annotations),
                },
                field_manager(owner),
            )


def holders(obj: Object, part: str, key: str) -> list[str]:
    """Return the field managers of a label or annotation, from the object's managedFields."""
    return [
        str(entry.get("manager"))
        for entry in obj["metadata"].get("managedFields") or []
        if f"f:{key}" in entry.get("fieldsV1", {}).get("f:metadata", {}).get(f"f:{part}", {})
    ]


def conflicts(
    title: str, obj: Object, wanted: Mapping[str, Mapping[str, str]], manager: str
) -> list[str]:
    """Return a line for every wanted value that another writer has set otherwise.

    Such a value is never overwritten: also one that a user set in place of ours, until the stack
    file or the user gives way.
    """
    lines = []
    for part, values in wanted.items():
        for key, value in values.items():
            found = (obj["metadata"].get(part) or {}).get(key)
            others = [name for name in holders(obj, part, key) if name != manager]
            if found is None or found == value or not others:
                continue
            kind = {"labels": "label", "annotations": "annotation"}[part]
            lines.append(
                f"{title}: {kind} {key} is {found!r}, set by {' and '.join(others)}; allowed:"
                f" {value!r}, or none; fix: take it away there ({key}-), or say the same in the"
                " stack file"
            )
    return lines


def differences(settings: Settings, seen: Sequence[Seen]) -> list[str]:
    """Return how a service that spans clusters differs between two of them."""
    places: dict[str, list[tuple[str, Object]]] = {}
    for item in seen:
        own = membership.own_services(settings, item.entry)
        for name, service in item.services.items():
            spans = membership.scope(item.entry, name)
            if spans and name not in own and not likeness.is_made_for_a_gateway(service):
                key = f"{item.entry.name}/{name}"
                places.setdefault(key, []).append((item.cluster, service))
    return [
        f"Service {name} spans clusters, but {line}; allowed: the same ports and labels in every"
        " cluster; fix: make them the same"
        for name, found in sorted(places.items())
        for line in likeness.differences(found)
    ]
