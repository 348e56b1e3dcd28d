"""What the routes of ``manifests/`` must find: they are plain YAML that users edit. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from components import manifests
from components.config_errors import shown
from components.models import Settings
from components.naming import BOOKINFO_NAMESPACE
from components.rule import Rule

Object = Mapping[str, Any]
FIX = "fix: mend the route, or what it leads to"


def _used(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the key that a file of routes is used for, with the file's name."""
    if settings.bookinfo.enabled and settings.ingress is not None:
        yield "ingress", "ingress"
    if settings.bookinfo.enabled and settings.bookinfo.reviews_route:
        yield "bookinfo.reviewsRoute", "reviews"


def files(settings: Settings) -> list[str]:
    """Refuse files that the program cannot read: with them no other rule is asked."""
    sample = ["bookinfo"] if settings.bookinfo.enabled else []
    used = [*sample, *(file for _, file in _used(settings))]
    return [line for file in used for line in manifests.problems(file)]


def parents(settings: Settings) -> list[str]:
    """Refuse routes to a Gateway that is not in their file, or to a listener that it has not."""
    return [
        f"{key}: found parent {shown(ref.get('name'))} of HTTPRoute {route} in"
        f" manifests/{file}.yaml; allowed: {allowed}; {FIX}"
        for key, file in _used(settings)
        for route, ref in _refs(manifests.load(file), "parentRefs")
        if (allowed := _lack_of_parent(file, ref))
    ]


def _refs(objects: list[dict[str, Any]], part: str) -> Iterator[tuple[str, Object]]:
    """Yield what the routes refer to in Bookinfo's namespace: only that is in these files."""
    for obj in manifests.of_kind(objects, "HTTPRoute"):
        spec = obj["spec"]
        places = [spec] if part == "parentRefs" else spec.get("rules") or []
        for ref in (ref for place in places for ref in place.get(part) or []):
            if (ref.get("namespace") or BOOKINFO_NAMESPACE) == BOOKINFO_NAMESPACE:
                yield obj["metadata"]["name"], ref


def _lack_of_parent(file: str, ref: Object) -> str:
    """Return what a parent could be instead, or nothing if it is right."""
    kind = ref.get("kind") or "Gateway"
    if kind != "Gateway":
        return _lack_of_port(ref, every=True) if kind == "Service" else ""
    gateways = {
        obj["metadata"]["name"]: obj["spec"]["listeners"]
        for obj in manifests.of_kind(manifests.load(file), "Gateway")
    }
    listeners = gateways.get(ref.get("name", ""))
    if listeners is None:
        return f"Gateways of that file: {', '.join(gateways) or 'it has none'}"
    given = {key: ref[key] for key in ("sectionName", "port") if ref.get(key)}
    told = [{"sectionName": found["name"], "port": found["port"]} for found in listeners]
    if any(given.items() <= found.items() for found in told):
        return ""
    return "its listeners: " + ", ".join(f"{one['sectionName']} on {one['port']}" for one in told)


def _lack_of_port(ref: Object, *, every: bool = False) -> str:
    """Return what a Service or its port could be instead, or nothing if it is right.

    Args:
        ref: to a Service.
        every: whether a reference without a port means all of them.
    """
    ports = manifests.ports(manifests.load("bookinfo"))
    name, port = str(ref.get("name")), ref.get("port")
    if name not in ports:
        return f"Services of manifests/bookinfo.yaml: {', '.join(ports)}"
    known = ports[name]
    fits = port in known or (every and port is None)
    return "" if fits else f"its ports: {', '.join(map(str, known))}, not {shown(port)}"


def services(settings: Settings) -> list[str]:
    """Refuse routes to a Service, or a port of one, that Bookinfo has not."""
    return [
        f"{key}: found backend {shown(ref.get('name'))} of HTTPRoute {route} in"
        f" manifests/{file}.yaml; allowed: {allowed}; {FIX}"
        for key, file in _used(settings)
        for route, ref in _refs(manifests.load(file), "backendRefs")
        if (ref.get("kind") or "Service") == "Service" and (allowed := _lack_of_port(ref))
    ]


RULES: tuple[Rule, ...] = (
    Rule("AM404", parents, needs=("bookinfo", "ingress")),
    Rule("AM405", services, needs=("bookinfo", "ingress")),
    Rule("AM406", files, needs=("bookinfo", "ingress")),
)
