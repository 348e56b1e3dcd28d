"""Ties the readiness of live objects to the graph: outputs that resolve when an object is ready.

During ``up`` such an output resolves only after its gate; during ``preview`` it takes one look and
never waits. Whatever consumes it has a data edge to the object, so destroy runs backwards.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import pulumi
import pulumi.runtime

from components.readiness import NotReady

T = TypeVar("T")


def teller(resource: pulumi.Resource) -> Callable[[str], None]:
    """Return what shows a passing message in a resource's line."""
    return lambda text: pulumi.log.info(text, resource=resource, ephemeral=True)


def once(ready: pulumi.Output[Any], value: T) -> pulumi.Output[T]:
    """Return a value with a data edge to what must be ready before it, and outlive it.

    A preview knows the value also while it knows nothing of what comes before: what is in a cluster
    that is yet to be made has no outputs at all then, not even its own name.
    """
    if not pulumi.runtime.is_dry_run():
        return ready.apply(lambda _: value)
    future: asyncio.Future[T] = asyncio.Future()
    future.set_result(value)
    known: asyncio.Future[bool] = asyncio.Future()
    known.set_result(True)
    return pulumi.Output(ready.resources(), future, known, ready.is_secret())


def after(ready: pulumi.Output[Any], values: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    """Return values with a data edge to what must be ready before them, and outlive them."""
    return {key: once(ready, value) for key, value in values.items()}


def gated(
    resource: pulumi.Resource,
    wait: Callable[[], Awaitable[T]],
    look: Callable[[], Awaitable[T | None]],
) -> pulumi.Output[T]:
    """Return an output that resolves when the object behind ``resource`` is ready.

    Args:
        resource: the object that is waited for. Its URN is the edge: unlike its id it is known at
            preview, so the look may tell what is already there.
        wait: returns the value once ready, or raises ``NotReady``. Called during ``up`` only.
        look: returns the value if it is already there, else None, which makes the output unknown.
            Called during ``preview`` only.
    """
    return settled(resource.urn, wait, look)


def settled(
    since: pulumi.Output[Any],
    wait: Callable[[], Awaitable[T]],
    look: Callable[[], Awaitable[T | None]],
) -> pulumi.Output[T]:
    """Return what ``gated`` does, for an object that no resource stands for.

    Args:
        since: known once it is worth looking; must be known at preview too.
        wait: as of ``gated``.
        look: as of ``gated``.
    """

    async def settle() -> T | None:
        if pulumi.runtime.is_dry_run():
            return await look()
        try:
            return await wait()
        except NotReady as error:
            raise pulumi.RunError(str(error)) from None

    def known(value: T | None) -> pulumi.Output[T]:
        # The SDK's types have no place for the sentinel of an unknown value.
        return pulumi.Output.from_input(cast("T", pulumi.UNKNOWN if value is None else value))

    def looked(_: Any) -> pulumi.Output[T]:
        settled: pulumi.Output[T | None] = pulumi.Output.from_input(cast("Any", settle()))
        return settled.apply(known)

    return since.apply(looked)
