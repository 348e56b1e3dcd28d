"""A stand-in engine that keeps every registration, so that tests can ask about edges."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks

_LOOP = asyncio.new_event_loop()
"""One loop for every run: the SDK ties its root resource to the loop that it first met."""


def _told_by_the_run(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of outputs that failed with a run: the run has raised the same error."""
    if not isinstance(context.get("exception"), pulumi.RunError):
        loop.default_exception_handler(context)


_LOOP.set_exception_handler(_told_by_the_run)

SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the protocol's constant
STACK = "ambientmesh-test"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"


class Echo(Mocks):
    """Gives back what a resource was asked to be, and the few outputs that others read."""

    def __init__(
        self, outputs: Mapping[str, Mapping[str, Any]], *, preview: bool, silent: tuple[str, ...]
    ) -> None:
        self.outputs = outputs
        self.preview = preview
        self.silent = silent

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if args.typ.startswith(self.silent):
            # As the engine answers for a provider whose configuration is not known.
            return "", {}
        outputs = self.outputs.get(args.typ, {})
        if self.preview:
            outputs = dict.fromkeys(outputs, UNKNOWN)
        return "" if self.preview else f"{args.name}-id", {**args.inputs, **outputs}

    def call(self, args: MockCallArgs) -> Any:
        assert args.token in self.outputs, f"unexpected invoke {args.token}"
        return dict(self.outputs[args.token])


class Recorder(MockMonitor):
    """Remembers the raw request behind every resource, by its name."""

    def __init__(
        self, outputs: Mapping[str, Mapping[str, Any]], *, preview: bool, silent: tuple[str, ...]
    ) -> None:
        super().__init__(Echo(outputs, preview=preview, silent=silent))
        self.seen: dict[str, Any] = {}
        self.read: dict[str, Any] = {}
        self.names: dict[str, str] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 the protocol's name
        register: Any = super().RegisterResource
        reply = register(request)
        assert request.name not in self.seen, f"two resources are called {request.name}"
        self.seen[request.name] = request
        self.names[reply.urn] = request.name
        return reply

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 the protocol's name
        read: Any = super().ReadResource
        reply = read(request)
        self.read[request.name] = request
        self.names[reply.urn] = request.name
        return reply

    def inputs(self, name: str) -> dict[str, Any]:
        """Return a resource's inputs with secrets unwrapped."""
        raw = json_format.MessageToDict(self.seen[name].object)
        unwrapped: dict[str, Any] = _unwrap(raw)
        return unwrapped

    def is_secret(self, name: str, *path: str) -> bool:
        """Whether an input, or something above it, travels in the secret envelope."""
        value: Any = json_format.MessageToDict(self.seen[name].object)
        for key in path:
            if isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
                return True
            value = value[key]
        return isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE

    def unknown(self, name: str) -> Iterator[str]:
        """Yield the path of every input that is unknown, with dots; a list's items are ``*``."""
        yield from _unknown(self.inputs(name), ())

    def parent(self, name: str) -> str:
        """Return the name of a resource's parent; the stack, where it has no other."""
        return self.names.get(self._request(name).parent, STACK)

    def _request(self, name: str) -> Any:
        return self.seen.get(name) or self.read[name]

    def provider(self, name: str) -> str | None:
        """Return the name of the provider a resource was registered with."""
        reference = self.seen[name].provider
        return self.names.get(reference.rsplit("::", 1)[0]) if reference else None

    def edges(self, name: str) -> set[str]:
        """Return the names a resource depends on directly: data, depends_on and parent."""
        known = self._request(name).dependencies
        direct = {self.names[urn] for urn in known if urn in self.names}
        return direct if name == STACK else direct | {self.parent(name)}

    def reachable(self, name: str) -> set[str]:
        """Return everything a resource depends on, however far."""
        found: set[str] = set()
        todo = [name]
        while todo:
            if (here := todo.pop()) == STACK:
                continue
            for edge in self.edges(here) - found:
                found.add(edge)
                todo.append(edge)
        return found


def _unwrap(value: Any) -> Any:
    if isinstance(value, dict):
        if SIGNATURE_KEY in value:
            return _unwrap(value.get("value"))
        return {key: _unwrap(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unwrap(item) for item in value]
    return value


def _unknown(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    if value == UNKNOWN:
        yield ".".join(path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from _unknown(item, (*path, "*"))


def record(
    program: Callable[[], Any],
    *,
    outputs: Mapping[str, Mapping[str, Any]] | None = None,
    preview: bool = False,
    silent: tuple[str, ...] = (),
) -> Recorder:
    """Run a program against the recorder and return what it registered.

    Args:
        program: registers resources.
        outputs: what resources give beside their inputs, by type.
        preview: whether nothing is made, so that these outputs are unknown.
        silent: beginnings of the types that give nothing at all.
    """
    monitor = Recorder(outputs or {}, preview=preview, silent=silent)
    under_test: Any = pulumi.runtime.test
    asyncio.set_event_loop(_LOOP)
    set_mocks(monitor.mocks, project="ambientmesh", stack="test", preview=preview, monitor=monitor)
    under_test(program)()
    return monitor
