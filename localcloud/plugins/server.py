"""The gRPC server that every stand-in plugin shares.

It prints its port on stdout, as the engine expects, and answers until the engine is gone.
"""

import os
import signal
import sys
from collections.abc import Callable
from concurrent import futures
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.plugins.engine import Engine
from localcloud.plugins.provider import Provider
from localcloud.plugins.servicer import Servicer

THREADS: Final = 128  # most of them sleep in a wait
_MAX_MESSAGE: Final = 400 * 1024 * 1024  # as the engine's own limit
_GRACE_SECONDS: Final = 1.0


def serve(make: Callable[[Engine], Provider], engine_address: str) -> None:
    """Serve the provider that `make` returns until the engine at `engine_address` is gone."""
    engine = Engine(engine_address)
    provider = make(engine)
    server, port = start(provider)

    def leave() -> None:
        provider.cancel()
        server.stop(_GRACE_SECONDS).wait(_GRACE_SECONDS * 2)
        os._exit(0)

    engine.when_gone(leave)
    # How the engine ends its plugins. Ctrl-C in a terminal does not reach us: each plugin has
    # a process group of its own. The engine waits 5 s for it to leave, and then kills it.
    signal.signal(signal.SIGINT, lambda *_: leave())
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def start(provider: Provider) -> tuple[grpc.Server, int]:
    """Start serving `provider` on a free loopback port and return the server and the port."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=THREADS),
        options=(
            ("grpc.max_receive_message_length", _MAX_MESSAGE),
            ("grpc.max_send_message_length", _MAX_MESSAGE),
        ),
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
