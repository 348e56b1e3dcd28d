"""Speaks the engine's protocol for policy packs: docs/decisions/0011-policies.md says why."""

from collections.abc import Iterable, Sequence
from concurrent import futures
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as protocol
from pulumi.runtime.proto import analyzer_pb2_grpc, plugin_pb2

from components.models import PolicyLevels
from policies.policy import Context, Finding, Policy
from policies.resource import Resource

PACK: Final = "ambientmesh"
VERSION: Final = "0.1.0"
"""That of PulumiPolicy.yaml, which the engine shows."""
URL: Final = "docs/policies.md"
MAX_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes: the engine's own limit (pulumi: ``rpcutil.GrpcChannelOptions``). At the end of a run it
sends the whole stack in one message."""
_LEVELS: Final = {
    "advisory": protocol.ADVISORY,
    "mandatory": protocol.MANDATORY,
    "disabled": protocol.DISABLED,
}


def levels(chosen: PolicyLevels) -> dict[str, protocol.EnforcementLevel.ValueType]:
    """Return the level of every policy by its name."""
    return {name: _LEVELS[level] for name, level in chosen.model_dump(by_alias=True).items()}


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers the engine for a list of policies and a stack."""

    def __init__(self, policies: Sequence[Policy], context: Context) -> None:
        self._policies = policies
        self._context = context
        self._levels = levels(context.chosen.levels)

    def GetAnalyzerInfo(self, request: Any, context: Any) -> protocol.AnalyzerInfo:  # noqa: N802
        """Return which policies there are, and how strict each is."""
        del request, context
        policies = [
            protocol.PolicyInfo(
                name=policy.name,
                description=policy.says,
                enforcementLevel=self._levels[policy.name],
                policy_type=protocol.POLICY_TYPE_STACK
                if policy.of_stack
                else protocol.POLICY_TYPE_RESOURCE,
                url=URL,
            )
            for policy in self._policies
        ]
        return protocol.AnalyzerInfo(
            name=PACK, version=VERSION, supportsConfig=True, policies=policies
        )

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        """Return the version of the pack."""
        del request, context
        return plugin_pb2.PluginInfo(version=VERSION)

    def ConfigureStack(  # noqa: N802
        self, request: Any, context: Any
    ) -> protocol.AnalyzerStackConfigureResponse:
        """Take note of nothing: the environment has said it all."""
        del request, context
        return protocol.AnalyzerStackConfigureResponse()

    def Configure(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Take levels from the engine: the stack's own, but for ``--policy-pack-config``."""
        del context
        known = self._levels.keys() & request.policyConfig.keys()
        for name in known:
            self._levels[name] = request.policyConfig[name].enforcementLevel
        return empty_pb2.Empty()

    def Remediate(self, request: Any, context: Any) -> protocol.RemediateResponse:  # noqa: N802
        """Change nothing: what is wrong is mended where it is written."""
        del request, context
        return protocol.RemediateResponse()

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Do nothing: no check takes long, and the engine ends this process."""
        del request, context
        return empty_pb2.Empty()

    def Analyze(self, request: Any, context: Any) -> protocol.AnalyzeResponse:  # noqa: N802
        """Look at the inputs of one resource."""
        del context
        resource = _resource(request, request.options.parent)
        return self._response(
            (policy, policy.of_resource(resource, self._context))
            for policy in self._enforced()
            if policy.of_resource
        )

    def AnalyzeStack(self, request: Any, context: Any) -> protocol.AnalyzeResponse:  # noqa: N802
        """Look at all that is in the stack after a run, or would be."""
        del context
        resources = [_resource(item, item.parent) for item in request.resources]
        return self._response(
            (policy, policy.of_stack(resources, self._context))
            for policy in self._enforced()
            if policy.of_stack
        )

    def _enforced(self) -> list[Policy]:
        return [p for p in self._policies if self._levels[p.name] != protocol.DISABLED]

    def _response(
        self, found: Iterable[tuple[Policy, Iterable[Finding]]]
    ) -> protocol.AnalyzeResponse:
        return protocol.AnalyzeResponse(
            diagnostics=[
                protocol.AnalyzeDiagnostic(
                    policyName=policy.name,
                    policyPackName=PACK,
                    policyPackVersion=VERSION,
                    description=policy.says,
                    message=finding.message,
                    enforcementLevel=self._levels[policy.name],
                    urn=finding.urn,
                )
                for policy, findings in found
                for finding in findings
            ]
        )


def _resource(message: Any, parent: str) -> Resource:
    provider = None
    if message.HasField("provider"):
        given = message.provider
        provider = Resource(urn=given.urn, type=given.type, name=given.name, given=given.properties)
    return Resource(
        urn=message.urn,
        type=message.type,
        name=message.name,
        given=message.properties,
        parent=parent,
        provider=provider,
    )


def serve(policies: Sequence[Policy], context: Context) -> None:
    """Answer the engine until it ends this process; the first line of output is the port."""
    options = [("grpc.max_receive_message_length", MAX_MESSAGE)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=options)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(policies, context), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 the protocol
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:  # the engine's way of saying that it needs no more
        server.stop(None)
