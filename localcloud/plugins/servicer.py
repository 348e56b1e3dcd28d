"""Pulumi's ResourceProvider protocol over one `Provider`.

Follows proto/pulumi/provider.proto as of pulumi 3.200. Components, calls, parameterization and
mappings are not implemented and say so.
"""
# The protocol's service fixes the methods' names, arguments and meaning.
# ruff: noqa: N802, D102, ARG002

import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from localcloud.plugins import wire
from localcloud.plugins.engine import Engine
from localcloud.plugins.provider import PartialFailure, Provider, ProviderError, State
from localcloud.plugins.values import from_struct, to_struct

Reply = TypeVar("Reply")


def _guarded(context: grpc.ServicerContext, run: Callable[[], Reply]) -> Reply:
    """Run a method; turn what it raises into a gRPC error whose message is for people."""
    try:
        return run()
    except PartialFailure as failure:
        context.set_trailing_metadata((("grpc-status-details-bin", wire.partial_trailer(failure)),))
        context.abort(grpc.StatusCode.UNKNOWN, str(failure))
    except ProviderError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
    except NotImplementedError:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not supported by this stand-in plugin")
    except Exception as error:  # noqa: BLE001 - the boundary: anything must become a gRPC error
        # The frames tell a developer where it was; the values in them may be secret.
        frames = "".join(traceback.format_tb(error.__traceback__))
        sys.stderr.write(f"{type(error).__name__}\n{frames}")
        context.abort(grpc.StatusCode.INTERNAL, f"internal error: {type(error).__name__}: {error}")
    raise AssertionError("abort returned")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Translates each call to the provider's Python method. Method names are the protocol's."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Any
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=self._provider.autonaming
        )

    def Attach(self, request: plugin_pb2.PluginAttach, context: Any) -> empty_pb2.Empty:
        self._provider.engine = Engine(request.address)
        return empty_pb2.Empty()

    def GetSchema(self, request: Any, context: Any) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=self._provider.schema())

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return _guarded(
            context, lambda: wire.checked(self._provider.check_config(wire.check(request)))
        )

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return _guarded(
            context, lambda: wire.diff(self._provider.diff_config(wire.change(request)))
        )

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        _guarded(context, lambda: self._provider.configure(from_struct(request.args)))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=self._provider.supports_preview,
            supports_autonaming_configuration=self._provider.autonaming,
        )

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        arguments = from_struct(request.args)
        found = _guarded(context, lambda: self._provider.invoke(request.tok, arguments))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(found))  # a keyword in Python
        return response

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return _guarded(context, lambda: wire.checked(self._provider.check(wire.check(request))))

    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return _guarded(context, lambda: wire.diff(self._provider.diff(wire.change(request))))

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        state = State(
            urn=request.urn,
            timeout=request.timeout,
            preview=request.preview,
            properties=from_struct(request.properties),
        )
        made = _guarded(context, lambda: self._provider.create(state))
        return provider_pb2.CreateResponse(id=made.id, properties=to_struct(made.properties))

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        state = State(
            urn=request.urn,
            id=request.id,
            properties=from_struct(request.properties),
            inputs=from_struct(request.inputs),
        )
        live = _guarded(context, lambda: self._provider.read(state))
        if not live.id:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=live.id, properties=to_struct(live.properties), inputs=to_struct(live.inputs)
        )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        updated = _guarded(context, lambda: self._provider.update(wire.change(request)))
        return provider_pb2.UpdateResponse(properties=to_struct(updated))

    def Delete(
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        state = State(
            urn=request.urn,
            id=request.id,
            timeout=request.timeout,
            properties=from_struct(request.properties),
            inputs=from_struct(request.old_inputs),
        )
        _guarded(context, lambda: self._provider.delete(state))
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        self._provider.cancel()
        return empty_pb2.Empty()
