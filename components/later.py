"""Reads a cluster that is made in the same run: as soon as there is a way to it."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi.runtime

from components.live import ClusterReader, Kubeconfig, Nothing, Reader, Unreachable


class LaterReader:
    """A reader by a kubeconfig that is an output.

    While that is unknown, a preview finds nothing, for nothing is there; a run that changes
    something finds a cluster that does not answer yet.
    """

    def __init__(
        self,
        kubeconfig: pulumi.Output[Kubeconfig],
        connect: Callable[[Kubeconfig], Reader] = ClusterReader,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._connect = connect
        self._reader: Reader | None = None

    async def get(self, path: str) -> dict[str, Any] | None:
        """Return the object at an API path, or None where there is none.

        Raises:
            Unreachable: the API server does not answer, or there is none yet.
        """
        return await (await self._connected()).get(path)

    async def metadata(self, path: str) -> list[dict[str, Any]]:
        """Return the metadata of every object of a collection.

        Raises:
            Unreachable: the API server does not answer, or there is none yet.
        """
        return await (await self._connected()).metadata(path)

    async def delete(self, path: str) -> None:
        """Delete the object at an API path.

        Raises:
            Unreachable: the API server does not answer, or there is none yet.
        """
        await (await self._connected()).delete(path)

    async def _connected(self) -> Reader:
        if self._reader is None:
            if not await self._kubeconfig.is_known():
                if pulumi.runtime.is_dry_run():
                    return Nothing()
                raise Unreachable("the cluster is not made yet")
            found = await self._kubeconfig.future()
            if self._reader is None and found is not None:
                self._reader = self._connect(found)
        return self._reader or Nothing()
