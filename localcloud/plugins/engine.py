"""The way back to the Pulumi engine: messages under a resource, and whether it still lives."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_PROBE_SECONDS = 1.0
_MISSES = 3


class Engine:
    """The engine at one address (`host:port`), or none when `address` is empty (tests)."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._shown: dict[str, str] = {}
        channel = grpc.insecure_channel(address) if address else None
        self._stub = engine_pb2_grpc.EngineStub(channel) if channel else None

    def info(self, urn: str, message: str) -> None:
        """Show `message` under the resource and keep it in the log."""
        self._log(engine_pb2.INFO, urn, message, ephemeral=False)

    def warning(self, urn: str, message: str) -> None:
        """Show a warning under the resource."""
        self._log(engine_pb2.WARNING, urn, message, ephemeral=False)

    def debug(self, urn: str, message: str) -> None:
        """Add a message that only `pulumi --debug` shows."""
        self._log(engine_pb2.DEBUG, urn, message, ephemeral=False)

    def status(self, urn: str, message: str) -> None:
        """Show what is being waited for in the resource's line; an empty message clears it."""
        # A terminal would not show the difference, and a log would be full of it.
        if self._shown.get(urn, "") == message:
            return
        self._shown[urn] = message
        self._log(engine_pb2.INFO, urn, message, ephemeral=True)

    def _log(
        self, severity: engine_pb2.LogSeverity.ValueType, urn: str, message: str, *, ephemeral: bool
    ) -> None:
        if self._stub is None:
            return
        request = engine_pb2.LogRequest(
            severity=severity, message=message, urn=urn, ephemeral=ephemeral
        )
        # A message that cannot be delivered must not fail the operation it speaks of.
        with contextlib.suppress(grpc.RpcError):
            self._stub.Log(request, timeout=5)

    def when_gone(self, action: Callable[[], None]) -> None:
        """Run `action` once, on a thread, when the engine no longer answers or our parent died."""
        threading.Thread(target=self._watch, args=(action,), daemon=True, name="engine").start()

    def _watch(self, action: Callable[[], None]) -> None:
        parent = os.getppid()
        pause = threading.Event()
        misses = 0
        while os.getppid() == parent and misses < _MISSES:
            pause.wait(_PROBE_SECONDS)
            misses = 0 if self._answers() else misses + 1
        action()

    def _answers(self) -> bool:
        if not self._address:
            return True
        host, _, port = self._address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
        except OSError:
            return False
        return True
